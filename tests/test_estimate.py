"""Estimating on the user's own activations: arrays, files, specifications, and every refusal."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from ibtui.errors import DataError, MeasureError, UsageError
from ibtui.estimation import estimate, estimate_file, parse, rows
from ibtui.information import ESTIMATORS
from ibtui.information.binning import Binning
from ibtui.information.count import one_number
from ibtui.information.diagnostics import output_loss_bits
from ibtui.information.exact import Exact
from ibtui.information.kde import Kde
from tests.information.oracles import entropy_bits, informations_bits, make_layer
from tests.information.oracles import rows as states_of


def network(seed=0, replicates=3, samples=50):
    """Activations of three tanh layers, (replicate, sample, unit), and labels."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, 5))
    hidden = np.tanh(x @ rng.normal(size=(replicates, 5, 4)))
    narrow = np.tanh(3 * hidden @ rng.normal(size=(replicates, 4, 2)))
    output = np.sign(narrow[:, :, :1])
    return {"T1": hidden, "T2": narrow, "T3": output}, (x[:, 0] > 0).astype(int), x


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.int8, np.int64, bool])
def test_arrays_of_any_numbers_are_counted_as_they_are(dtype):
    layers, labels, _ = network()
    given_layers = {name: (array * 5).round().astype(dtype) for name, array in layers.items()}
    if np.dtype(dtype).kind == "f":
        assert np.signbit(given_layers["T1"][given_layers["T1"] == 0]).any()  # -0.0 is 0.0
    made = estimate(given_layers, labels, ["exact"])
    for n, array in enumerate(given_layers.values()):
        for r in range(3):
            expected = informations_bits(states_of(array[r]), labels.tolist())
            found = made.recording.i_xt_bits[0, 0, r, n], made.recording.i_ty_bits[0, 0, r, n]
            assert_allclose(found, expected, atol=1e-9)


def test_float64_states_beyond_float32_are_told_apart():
    array = 1 + np.arange(32)[:, None] * 1e-12
    made = estimate({"T1": array}, np.arange(32) % 2, ["exact"])
    assert_allclose(made.recording.i_xt_bits, [[[[5.0]]]])


def test_the_recording_has_the_users_axes():
    layers, labels, x = network()
    made = estimate(layers, labels, ["exact", Binning(bins=4), "kde"], inputs=x, activation="tanh")
    header = made.recording.header
    assert header.series == ("exact", "binning-4", "kde-upper", "kde-lower")
    assert (header.layers, header.units, header.replicates) == (("T1", "T2", "T3"), (4, 2, 1), 3)
    assert header.samples == 50
    assert_allclose(header.input_bits, np.log2(50))
    assert_allclose(header.label_bits, entropy_bits(labels.tolist()))
    assert made.recording.i_xt_bits.shape == made.recording.i_ty_bits.shape == (1, 4, 3, 3)
    assert np.isfinite(made.recording.output_loss_bits[0]).all((1, 2)).tolist() == [
        False,
        True,
        False,
        False,
    ]
    extremes = made.recording.activation_min[0, 1, 2], made.recording.activation_max[0, 1, 2]
    assert extremes == (-1.0, 1.0)
    layer = make_layer(layers["T2"], labels, activation="tanh")
    assert_allclose(made.recording.i_xt_bits[0, 2:, :, 1], Kde().measure(layer).i_xt_bits)


def test_repeated_inputs_lower_their_entropy():
    layers, labels, x = network()
    x[25:] = x[:25]
    assert_allclose(
        estimate(layers, labels, ["exact"], inputs=x).recording.header.input_bits, np.log2(25)
    )


def test_labels_in_the_forms_that_files_have():
    layers, labels, _ = network()
    expected = estimate(layers, labels, ["exact"]).recording.i_ty_bits
    for form in (labels[:, None], np.eye(2)[labels], np.eye(2, dtype=bool)[labels], labels * 3.0):
        assert_allclose(estimate(layers, form, ["exact"]).recording.i_ty_bits, expected)
    with pytest.raises(DataError, match=r"1\.5 is no label, in row 0"):
        estimate(layers, labels + 0.5, ["exact"])
    with pytest.raises(DataError, match="is no label, in row 0"):
        estimate(layers, labels + 2.0**60, ["exact"])


def test_the_limit_of_labels_that_equal_inputs_do_not_determine():
    """16 inputs x 64, labels flipped with p = 0.2: a layer that knows the flips is impossible."""
    of_x, flipped = np.arange(1024) // 64, np.arange(1024) % 64 < 13
    labels = (of_x % 2) ^ flipped
    t = np.stack((of_x, flipped), axis=1).astype(float)
    made = estimate({"T1": t, "T2": t[:, :1]}, labels, ["exact"], inputs=of_x[:, None])
    share = 13 / 64
    limit = 1 + share * np.log2(share) + (1 - share) * np.log2(1 - share)
    assert_allclose(made.recording.header.shared_bits, limit)
    assert [row["above_hy"] for row in rows(made)] == [1, 0]
    whole = estimate({"T1": t}, of_x % 2, ["exact"], inputs=of_x[:, None]).recording.header
    assert whole.shared_bits == whole.label_bits


def test_labels_of_any_kind():
    layers, labels, _ = network()
    texts = np.array(["no", "yes"])[labels]
    numbers = estimate(layers, labels, ["exact"]).recording.i_ty_bits
    assert_allclose(estimate(layers, texts, ["exact"]).recording.i_ty_bits, numbers)
    assert_allclose(estimate(layers, labels * 100 - 7, ["exact"]).recording.i_ty_bits, numbers)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), bins=st.integers(1, 9))
def test_what_binning_loses_of_the_output(seed, bins):
    layers, labels, _ = network(seed)
    layer = make_layer(layers["T1"], labels, activation="tanh")
    output = make_layer(layers["T3"], labels)
    found = Binning(bins=bins).measure(layer).states
    lost = output_loss_bits(found, one_number(output.words, output.word_bits))
    levels = Binning(bins=bins).grid(layer).levels(layer.values).numpy()
    for r in range(3):
        states, answers = states_of(levels[r]), states_of(output.values[r].numpy())
        joint = entropy_bits(list(zip(states, answers, strict=True)))
        assert_allclose(lost[r], joint - entropy_bits(states), atol=1e-9)
    assert (lost >= -1e-9).all()
    assert Exact().measure(layer).states is None


def test_rows_are_plain_values():
    layers, labels, x = network()
    made = estimate(layers, labels, ["exact", "binning:bins=3"], inputs=x, activation="tanh")
    table = json.loads(json.dumps(rows(made), allow_nan=False))
    assert [(row["series"], row["layer"]) for row in table] == [
        (series, layer) for series in ("exact", "binning-3") for layer in ("T1", "T2", "T3")
    ]
    first, binned = table[0], table[3]
    assert first["saturated"] == 1.0
    assert first["breaks_dpi"] is None
    assert first["output_loss_bits"] is None
    assert first["replicates"] == 3
    assert_allclose(first["i_xt_bits"], np.log2(50))
    assert binned["output_loss_bits"] > 0
    assert_allclose(table[2]["i_ty_bits"], made.recording.i_ty_bits[0, 0, :, 2].mean())
    # One replicate has no deviation.
    alone = rows(estimate({"T1": layers["T1"][0]}, labels, ["exact"]))
    assert alone[0]["i_xt_deviation"] is None


def test_a_layer_that_knows_more_than_the_one_before_breaks_the_inequality():
    layers, labels, _ = network()
    backwards = {name: layers[name] for name in ("T3", "T1")}
    assert [row["breaks_dpi"] for row in rows(estimate(backwards, labels, ["exact"]))] == [
        None,
        1.0,
    ]


def test_shares_are_of_the_replicates_that_were_measured():
    layers, labels, _ = network()
    backwards = {name: layers[name] for name in ("T3", "T1")}
    first, second = rows(estimate(backwards, labels, ["exact:replicates=2"]))
    assert first["replicates"] == second["replicates"] == 2
    assert (second["saturated"], second["breaks_dpi"]) == (1.0, 1.0)


def test_samples_in_another_order_break_no_inequality():
    """Sums of float32 kernels differ from order to order in the ninth digit."""
    rng = np.random.default_rng(0)
    values = np.tanh(rng.normal(size=(600, 10))).astype(np.float32)
    labels = np.sort(values[:, 0] > 0).astype(int)
    orders = [np.lexsort((rng.random(600), labels)) for _ in range(9)]
    made = estimate({f"T{n}": values[order] for n, order in enumerate(orders)}, labels, ["kde"])
    assert (np.diff(made.recording.i_xt_bits[0], axis=2) > 1e-9).any()
    assert not any(row["breaks_dpi"] for row in rows(made))


def test_an_estimate_above_the_entropy_is_marked_and_not_saturated():
    """A Gaussian copula of two highly correlated variables says more than 16 samples can."""
    x = np.random.default_rng(0).normal(size=(16, 1))
    made = estimate({"T1": x, "T2": x}, np.arange(16) % 2, ["exact"], inputs=x)
    bits = made.recording.i_xt_bits
    bits[0, 0, 0, 0] = 5.0
    made.recording.i_ty_bits[0, 0, 0, 1] = 1.5
    first, second = rows(made)
    assert (first["above_hx"], first["above_hy"], first["saturated"]) == (1.0, 0.0, 0.0)
    assert (second["above_hx"], second["above_hy"], second["saturated"]) == (0.0, 1.0, 1.0)


def test_a_file(tmp_path):
    layers, labels, x = network()
    path = tmp_path / "activations.npz"
    np.savez(path, y=labels, x=x, **layers)
    made = estimate_file(path, ["exact", "knn:neighbours=2"])
    direct = estimate(layers, labels, ["exact", "knn:neighbours=2"], inputs=x)
    assert made.recording.header == direct.recording.header
    assert_allclose(made.recording.i_xt_bits, direct.recording.i_xt_bits)


def test_activations_by_layer():
    layers, labels, _ = network()
    by_layer = {"T1": "tanh", "T2": "tanh", "T3": "sigmoid"}
    made = estimate(layers, labels, ["binning:bins=1"], activation=by_layer)
    # T3 is +-1: under the bounds [0, 1] of a sigmoid, -1 is a state below them.
    assert_allclose(made.recording.i_xt_bits[0, 0, :, :2], 0)
    assert (made.recording.i_xt_bits[0, 0, :, 2] > 0.1).all()


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("exacte", "name: 'exacte' is not known (did you mean 'exact'?)"),
        ("binning:bin=3", "bin: unknown key (did you mean 'bins'?)"),
        ("binning:bins=0", "bins: 0 is below 1 (set it to 1 or more)"),
        ("binning:bins=many", "bins: 'many' is not a whole number"),
        ("binning:bins", "'bins' is not KEY=VALUE (for example bins=100)"),
        ("renyi:alpha=1.0", "alpha: 1.0 is a limit of the formula (set 1.01)"),
    ],
)
def test_specifications_that_are_wrong(spec, said):
    with pytest.raises(UsageError) as caught:
        parse(spec)
    assert str(caught.value) == f"{spec}: {said}"


def test_specifications_that_are_right():
    assert parse("binning:bins=100,bounds=layer") == Binning(bins=100, bounds="layer")
    assert parse("kde:variance=0.001,label=saxe").series == ("saxe-upper", "saxe-lower")


LAYERS, LABELS, _ = network()


@pytest.mark.parametrize(
    ("error", "said", "arguments"),
    [
        (
            DataError,
            "T2: has 9 samples, but there are 50 labels",
            [{"T2": np.ones((9, 2))}, LABELS],
        ),
        (DataError, "T1: has shape (50,), not (sample, unit) or", [{"T1": np.ones(50)}, LABELS]),
        (DataError, "T1: has shape (50, 0)", [{"T1": np.ones((50, 0))}, LABELS]),
        (DataError, "T1: holds <U1, not numbers", [{"T1": np.full((50, 1), "a")}, LABELS]),
        (
            DataError,
            "labels has the shape (50, 2), not one label a sample",
            [LAYERS, np.ones((50, 2))],
        ),
        (DataError, "labels: nan is no label, in row 0", [LAYERS, np.full(50, np.nan)]),
        (
            DataError,
            "layers differ in their number of replicates (T1 3, T2 1)",
            [{"T1": LAYERS["T1"], "T2": LAYERS["T2"][:1]}, LABELS],
        ),
        (
            DataError,
            "T1: holds NaN or infinite values (leave those samples out)",
            [{"T1": np.full((50, 1), np.nan)}, LABELS],
        ),
        (
            DataError,
            "T1: holds 2.0e+300, but estimators take at most 1.7e+38 (scale the array",
            [{"T1": np.linspace(-2e300, 1e300, 50)[:, None]}, LABELS],
        ),
        (UsageError, "there is nothing to estimate", [{}, LABELS]),
    ],
)
def test_arrays_that_do_not_fit(error, said, arguments):
    with pytest.raises(error) as caught:
        estimate(*arguments, ["exact"])
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [np.inf, -1e300])
def test_inputs_beyond_float32(value):
    inputs = np.ones((50, 2))
    inputs[3, 1] = value
    with pytest.raises(DataError, match="inputs: holds"):
        estimate(LAYERS, LABELS, ["knn"], inputs=inputs)


def test_values_whose_range_would_be_no_float32():
    ends = np.repeat([-1.0, 1.0], 25)[:, None]
    made = estimate({"T1": ends * 1.7e38}, np.arange(50) % 2, ["binning:bounds=layer", "scott"])
    assert_allclose(made.recording.i_xt_bits, 1.0)
    with pytest.raises(DataError, match=r"T1: holds 1.8e\+38"):
        estimate({"T1": ends * 1.8e38}, np.arange(50) % 2, ["exact"])


def test_estimators_that_do_not_fit():
    with pytest.raises(UsageError, match="two estimators give the series exact"):
        estimate(LAYERS, LABELS, ["exact", "exact"])
    with pytest.raises(MeasureError, match="knn: needs the inputs"):
        estimate(LAYERS, LABELS, ["knn"])
    with pytest.raises(UsageError, match=r"'tahn' is not known .did you mean 'tanh'"):
        estimate(LAYERS, LABELS, ["exact"], activation="tahn")
    with pytest.raises(UsageError, match=r"no layer 'hiden' .did you mean 'hidden'"):
        estimate({"hidden": LAYERS["T1"]}, LABELS, ["exact"], activation={"hiden": "tanh"})
    with pytest.raises(UsageError, match=r"no layer 'h' .known: T1, T2, T3."):
        estimate(LAYERS, LABELS, ["exact"], activation={"T1": "tanh", "h": "tanh"})


def test_what_cannot_be_measured_is_told_with_its_remedy_here(call):
    np.savez("own.npz", **LAYERS, labels=LABELS, inputs=np.ones((50, 1)))
    asked = ("estimate", "own.npz", "--estimator", "binning")
    code, _, err = call(*asked)
    assert code == 1
    assert err == (
        "ibtui: own.npz: T1: binning-30: linear activations have no bounds of their own "
        "(set bounds = 'layer', 'running' or 'run'; of own activations say by --activation what "
        "they are)\n"
    )
    assert call("estimate", "own.npz", "--estimator", "binning:bounds=layer")[0] == 0
    assert call(*asked, "--activation", "tanh")[0] == 0
    code, _, err = call("estimate", "own.npz", "--estimator", "histogram2d")
    assert (code, "own.npz: T1: histogram2d-30: needs one input and one unit" in err) == (1, True)


def test_help_says_which_estimators_need_the_inputs(call):
    out = " ".join(call("estimate", "--help")[1].split())
    needing = [kind().name for kind in ESTIMATORS if kind().needs_inputs]
    assert len(needing) > 3
    for name in needing:
        assert name in out
    assert "inputs as x, X or inputs for" in out
