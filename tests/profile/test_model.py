"""Profiles: read, validated as a whole, changed from the command line, and written back in full."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.errors import ProfileError
from ibtui.profile import Convolution, Pooling, load_profile, parse_profile, to_toml


def problems(text: str, *overrides: str) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        parse_profile(text, "x.toml", overrides)
    assert caught.value.exit_code == 2
    return caught.value.problems


def test_every_key_but_the_name_has_a_default():
    profile = parse_profile('name = "x"', "x.toml")
    assert profile.network.layers == (10, 7, 5, 4, 3)
    assert profile.quantization is None
    assert [estimator.name for estimator in profile.estimator] == ["exact"]
    assert problems('title = "no name"') == ["x.toml: name: is missing (it has no default: add it)"]


def test_all_problems_are_reported_at_once_each_with_key_value_and_remedy():
    text = """
        name = "x"
        seeds = 4
        replicates = true
        [network]
        layers = [0, { conv = 0, kern = 2 }, { pol = 2 }, 2.5, { pool = 1 }]
        activation = "tahn"
        [quantization]
        bits = 17
        weight_bits = 0
        [training]
        epochs = "5"
        learning_rate = -1.0
        batch_size = "ful"
        [data]
        name = "sz"
        [[estimator]]
        name = "exct"
        [[estimator]]
        name = "binning"
        bins = 0
        bin = 3
    """
    assert set(problems(text)) == {
        "x.toml: replicates: True is not a whole number",
        "x.toml: data: name: 'sz' is not known (did you mean 'szt'?)",
        "x.toml: network.layers.0: 0 is below 1 (set it to 1 or more)",
        "x.toml: network.layers.1.conv: 0 is below 1 (set it to 1 or more)",
        "x.toml: network.layers.1.kern: unknown key (did you mean 'kernel'?)",
        "x.toml: network.layers.2.pool: is missing (it has no default: add it)",
        "x.toml: network.layers.2.pol: unknown key (did you mean 'pool'?)",
        "x.toml: network.layers.3: 2.5 is not a whole number",
        "x.toml: network.layers.4.pool: 1 is below 2 (set it to 2 or more)",
        "x.toml: network.activation: 'tahn' is not known (did you mean 'tanh'?)",
        "x.toml: quantization.bits: 17 is above 16 (choose 1 to 16, or 32 for full precision)",
        "x.toml: quantization.weight_bits: 0 is below 1 (choose 1 to 16, or 32 for full precision)",
        "x.toml: training.epochs: '5' is not a whole number",
        "x.toml: training.learning_rate: -1.0 is not above 0.0 (set it higher)",
        "x.toml: training.batch_size: 'ful' is not a whole number; "
        "or 'ful' is not known (did you mean 'full'?)",
        "x.toml: estimator.0: name: 'exct' is not known (did you mean 'exact'?)",
        "x.toml: estimator.1.bins: 0 is below 1 (set it to 1 or more)",
        "x.toml: estimator.1.bin: unknown key (did you mean 'bins'?)",
        "x.toml: seeds: unknown key (did you mean 'seed'?)",
    }


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("replicates = 0", "replicates"),
        ("network = 3", "network"),
        ("estimator = []", "estimator"),
        ("name = 'a b'", "name"),
        ("[network]\nlayers = 5", "network.layers"),
        ("[network]\ndropout = 1.0", "network.dropout"),
        ("[network]\noutputs = 0", "network.outputs"),
        ("[quantization]\nbits = 0", "quantization.bits"),
        ("[training]\nbatch_size = 0", "training.batch_size"),
        ("[training]\nepochs = -1", "training.epochs"),
        ("[training]\nlearning_rate = nan", "training.learning_rate"),
        ("[measure]\nevery = 0", "measure.every"),
        ("[measure]\nhistograms = 1", "measure.histograms"),
        ("[measure]\nhistograms = 2000", "measure.histograms"),
        ("[measure]\nhistogram_replicates = 3", "measure.histogram_replicates"),
        ('[measure]\nhistograms_by = "unit"', "measure.histograms_by"),
        ("[measure]\nmemory_gib = 0.0", "measure.memory_gib"),
        ("[data]\nname = 'szt'\ntest_fraction = 1.0", "data.test_fraction"),
    ],
)
def test_what_cannot_be_is_refused_under_its_key(line, key):
    name = "" if line.startswith("name") else 'name = "x"\n'
    (problem,) = problems(name + line)
    assert problem.startswith(f"x.toml: {key}: ")


@pytest.mark.parametrize("bits", [*range(1, 17), 32])
def test_bits_go_from_1_to_16_or_are_those_of_a_float(bits):
    profile = parse_profile(f'name = "x"\n[quantization]\nbits = {bits}', "x.toml")
    assert profile.quantization
    assert profile.quantization.bits == bits


def test_two_estimators_may_not_share_a_series_unless_one_is_labelled():
    twice = 'name = "x"\n[[estimator]]\nname = "exact"\n[[estimator]]\nname = "exact"\n'
    assert problems(twice) == ["x.toml: two estimators give the series 'exact' (give one a label)"]
    assert len(parse_profile(twice + 'label = "again"', "x.toml").estimator) == 2


def test_layers_are_told_apart_by_their_keys():
    text = 'name = "x"\n[network]\nlayers = [{ conv = 2, padding = 1 }, { pool = 2 }, 20]'
    layers = parse_profile(text, "x.toml").network.layers
    assert layers == (Convolution(conv=2, padding=1), Pooling(pool=2), 20)


def test_overrides_are_toml_values_or_text_and_reach_into_arrays():
    text = 'name = "x"\n[network]\nlayers = [10, 7]\n[[estimator]]\nname = "binning"'
    profile = parse_profile(
        text,
        "x.toml",
        [
            "training.epochs=100",
            "quantization.bits = 4",
            "network.activation=relu",
            "network.layers.1=3",
            "estimator.0.bins=50",
        ],
    )
    assert profile.training.epochs == 100
    assert profile.quantization
    assert profile.quantization.bits == 4
    assert profile.network.activation == "relu"
    assert profile.network.layers == (10, 3)
    assert profile.estimator[0].series == ("binning-50",)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("training.epochs", "is not KEY=VALUE"),
        ("training..epochs=1", "is not KEY=VALUE"),
        ("name.x=1", "name is not a table"),
        ("network.layers.9=1", "'9' is not an index below 2"),
        ("estimator.0.bins=5", "the profile has no array 'estimator'"),
    ],
)
def test_an_override_that_leads_nowhere_is_named(override, said):
    (problem,) = problems('name = "x"\n[network]\nlayers = [10, 7]', override)
    assert problem.startswith(f"--set {override}: {said}")


def test_an_override_of_an_unknown_key_says_where_it_came_from():
    assert problems('name = "x"', "training.epoch=5") == [
        "x.toml with --set: training.epoch: unknown key (did you mean 'epochs'?)"
    ]


@pytest.mark.parametrize(
    "text",
    ["seed = " + "9" * 5000, "x = " + "[" * 3000 + "]" * 3000, ".".join("a" * 3000) + " = 1"],
)
def test_text_that_is_too_much_for_the_parser_is_one_problem(tmp_path, text):
    path = tmp_path / "much.toml"
    path.write_text(text)
    with pytest.raises(ProfileError, match=r"much\.toml: "):
        load_profile(path)


def test_a_pipe_is_no_profile(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(ProfileError, match=r"pipe\.toml: cannot be read: it is a pipe"):
        load_profile(tmp_path / "pipe.toml")


def test_files_that_cannot_be_read_say_why(tmp_path):
    with pytest.raises(ProfileError, match=r"none\.toml: cannot be read: No such file"):
        load_profile(tmp_path / "none.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProfileError, match="cannot be read: not UTF-8 text"):
        load_profile(binary)
    assert problems("name =")[0].startswith("x.toml: not valid TOML: ")


LAYERS = st.lists(
    st.integers(1, 65536)
    | st.builds(Convolution, conv=st.integers(1, 9), kernel=st.integers(1, 5))
    | st.builds(Pooling, pool=st.integers(2, 4)),
    max_size=5,
)


@given(
    layers=LAYERS,
    rate=st.floats(1e-12, 1e3),
    seed=st.integers(0, 2**62 - 1),
    batch=st.integers(1, 9999) | st.just("full"),
    title=st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20),
)
def test_a_profile_is_written_back_in_full(layers, rate, seed, batch, title):
    profile = parse_profile('name = "x"', "x.toml")
    network = profile.network.model_copy(update={"layers": tuple(layers)})
    training = profile.training.model_copy(update={"learning_rate": rate, "batch_size": batch})
    update = {"network": network, "training": training, "seed": seed, "title": title}
    changed = profile.model_copy(update=update)
    assert parse_profile(to_toml(changed), "again") == changed


def test_a_schedule_in_steps_has_its_keys_and_no_other_has():
    step = 'name = "x"\n[training]\nschedule = "step"\n'
    assert problems(step) == [
        "x.toml: training.schedule_every: is missing (a schedule in steps needs it: set it to "
        "100, say)"
    ]
    training = parse_profile(step + "schedule_every = 50", "x.toml").training
    assert (training.schedule_every, training.schedule_factor) == (50, None)
    for key, value in (("schedule_every", "50"), ("schedule_factor", "0.5")):
        assert problems(f'name = "x"\n[training]\n{key} = {value}') == [
            f"x.toml: training.{key}: there are no steps (set schedule to step, or leave this out)"
        ]


def test_adamw_decays_unless_told_otherwise_and_the_others_do_not():
    for optimizer, decay in (("adam", 0.0), ("adamw", 0.01), ("sgd", 0.0)):
        text = f'name = "x"\n[training]\noptimizer = "{optimizer}"\n'
        assert parse_profile(text, "x.toml").training.decay == decay
        assert parse_profile(text + "weight_decay = 0.3", "x.toml").training.decay == 0.3
