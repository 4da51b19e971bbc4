"""The papers' claims: judged by recordings made by hand, and an experiment from end to end."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from ibtui import claims, store
from ibtui.analysis.rule import Rule
from ibtui.claims import Reading, judges
from ibtui.claims.claim import all_of
from ibtui.errors import UsageError
from ibtui.headless.batch import BatchSettings, run_batch
from ibtui.headless.reproduce import (
    claims_table,
    find_runs,
    print_experiments,
    reproduce_experiment,
)
from ibtui.profile import load_profiles, shipped
from tests.claims.by_hand import reading

# Layers: one at its ceilings, a last hidden one that fits and compresses, an output that does too.
XT = [[12, 11.9, 7], [12, 11.9, 9], [12, 9, 5]]
TY = [[1, 0.9, 0.1], [1, 0.95, 0.8], [1, 0.98, 0.9]]
FLAT = [[12, 8, 5], [12, 8, 5], [12, 8, 5]]
TANH, RELU = reading(XT, TY), reading(FLAT, TY)


@pytest.mark.parametrize(
    ("judge", "of", "said"),
    [
        (judges.output_fits_and_compresses, TANH, True),
        (judges.output_fits_and_compresses, RELU, False),
        (judges.hidden_layers_fit, TANH, True),
        (judges.hidden_layers_fit, reading(XT, [[1, 0.5, 0.1]] * 3), False),
        (judges.hidden_layers_fit, reading(XT, [[1, 1, 0.1]] * 3), None),
        (judges.no_hidden_layer_compresses, TANH, False),
        (judges.no_hidden_layer_compresses, RELU, True),
        (judges.only_the_last_hidden_layer_compresses, TANH, True),
        (judges.only_the_last_hidden_layer_compresses, RELU, False),
        (judges.some_hidden_layer_compresses, TANH, True),
        (judges.some_hidden_layer_compresses, RELU, False),
        (judges.layers_compress(-1), TANH, True),
        (judges.layers_compress(1, 2), TANH, False),
        (judges.layers_compress(2, by=4), TANH, False),
        (judges.two_phases_where_layers_can_be_told_apart, TANH, True),
        (judges.two_phases_where_layers_can_be_told_apart, RELU, False),
        (judges.hidden_layers_are_trivial, TANH, False),
        (judges.hidden_layers_are_trivial, reading([[12, 11.9, 3]] * 3, TY), True),
        (judges.the_dpi_is_violated, TANH, False),
        (judges.the_dpi_holds, reading([[12, 8, 9]] * 3, TY), False),
        (judges.labels_are_learnt(0.9), TANH, True),
        (judges.labels_are_learnt(0.999), TANH, False),
        (judges.no_hidden_layer_fits, TANH, False),  # 0.08 bit, of a tenth that is left
        (judges.no_hidden_layer_fits, reading(XT, [[1, 0.9, 0.1]] * 3), True),
        (judges.no_hidden_layer_fits, reading(XT, [[1, 0.2, 0.1]] + [[1, 0.9, 0.1]] * 2), False),
    ],
)
def test_a_judge_of_one_run(judge, of, said):
    found = judge(of)
    assert found.said is said
    assert found.numbers


RISING = [[11, 11, 7], [11.5, 11.5, 9], [11.6, 11.6, 5]]
# A last hidden layer that falls and forgets.
FORGETS = [[1, 0.9, 0.1], [1, 0.95, 0.8], [1, 0.4, 0.9]]


@pytest.mark.parametrize(
    ("judge", "paths"),
    [
        (judges.output_fits_and_compresses, [(FLAT, TY)]),
        (judges.hidden_layers_fit, [(XT, [[1, 0.5, 0.1]] * 3)]),
        (judges.no_hidden_layer_fits, [(XT, [[1, 0.9, 0.1]] * 3)]),
        (judges.no_hidden_layer_compresses, [(FLAT, TY)]),
        (judges.no_hidden_layer_compresses, [(XT, FORGETS)]),
        (judges.some_hidden_layer_compresses, [(FLAT, TY)]),
        (judges.only_the_last_hidden_layer_compresses, [(XT, TY)]),
        (judges.layers_compress(2), [(FLAT, TY)]),
        (judges.two_phases_where_layers_can_be_told_apart, [(XT, TY)]),
        (judges.two_phases_where_layers_can_be_told_apart, [(FLAT, TY)]),
        (judges.the_first_compresses_and_the_second_does_not, [(XT, TY), (FLAT, TY)]),
        (judges.the_first_compresses_more, [(XT, TY), (FLAT, TY)]),
        (judges.hidden_layers_are_trivial, [(XT, TY)]),
        (judges.information_grows, [(XT, TY), (FLAT, TY)]),
        (judges.the_dpi_is_violated, [(XT, TY)]),
        (judges.the_dpi_holds, [(XT, TY)]),
        (judges.labels_are_learnt(0.9), [(XT, TY)]),
        (judges.hidden_information_rises, [(RISING, TY)]),
        (judges.the_output_does_not_move_along_x, [(FLAT, [[1, 0.9, 0.1]] * 3)]),
        (judges.ends_agree, [(XT, TY), (XT, TY)]),
        (judges.does_not_overfit, [(XT, TY)]),
    ],
)
def test_a_run_that_goes_on_decides_nothing_that_may_still_change(judge, paths):
    finished = judge(*(reading(*one) for one in paths))
    going = judge(*(reading(*one, planned=616) for one in paths))
    assert finished.said is not None
    assert going.said is None
    assert going.numbers == finished.numbers


def test_what_is_there_already_is_said_of_a_run_that_goes_on():
    going = reading(XT, TY, planned=616)
    assert judges.layers_compress(2)(going).said is True
    assert judges.no_hidden_layer_compresses(going).said is False
    assert judges.hidden_layers_fit(going).said is True


def test_labels_are_learnt_as_far_as_inputs_tell_them():
    noisy = reading(XT, [[0.28, 0.27, 0.1]] * 3, scatter=0.002)
    assert judges.labels_are_learnt(0.9)(noisy).said is False
    recording = noisy.run.recording
    known = replace(recording, header=replace(recording.header, shared_bits=0.28))
    found = judges.labels_are_learnt(0.9)(Reading(replace(noisy.run, recording=known), 0))
    assert found.said is True
    assert found.numbers.endswith("of 0.28 bits")


def test_what_lies_at_the_threshold_is_undecided():
    edge = reading([[12, 8, 5], [12, 7.5, 5], [12, 7.5, 5]], TY, scatter=0.3)
    assert judges.no_hidden_layer_compresses(edge).said is None
    assert judges.only_the_last_hidden_layer_compresses(edge).said is None
    assert judges.some_hidden_layer_compresses(edge).word == "undecided"


def test_two_activations_are_compared():
    judged = judges.the_first_compresses_and_the_second_does_not
    assert judged(TANH, RELU).said is True
    assert judged(RELU, TANH).said is False
    assert judges.the_first_compresses_more(TANH, RELU).said is True
    assert judges.the_first_compresses_more(RELU, TANH).said is False
    assert judges.the_first_compresses_more(RELU, RELU).said is None
    assert judged(TANH, RELU).numbers.startswith("T2 2.90 [2.8")


def test_information_that_grows_with_bins_is_compared_replicate_by_replicate():
    rising = reading([[[12, 7, 3]] * 3, [[12, 7.01, 4]] * 3], [TY, TY], series=("few", "many"))
    few, many = Reading(rising.run, 0), Reading(rising.run, 1)
    assert judges.information_grows(few, many).said is True
    assert judges.information_grows(many, few).said is False
    assert judges.information_grows(few, few).said is None
    other = reading([[12, 6, 4]] * 3, TY)
    assert judges.information_grows(few, other).said is False


def test_accuracies_are_bounded_and_compared():
    good, bad = (reading(XT, TY, accuracy=[0.5, at, at]) for at in (0.9, 0.8))
    assert judges.accuracy_reaches(0.87, 0.93)(good).said is True
    assert judges.accuracy_reaches(0.87, 0.93)(bad).said is False
    assert judges.accuracy_reaches(0.7)(bad).said is True
    assert judges.accuracy_reaches(0.0, 0.85)(good).said is False
    assert judges.accuracy_is_lower(bad, good).said is True
    assert judges.accuracy_is_lower(good, bad).said is False
    assert judges.accuracy_is_lower(good, good).said is None


def test_prefitting_looks_at_its_own_epochs():
    xt = [[12, 3, 2], [12, 5, 2], [12, 6, 2.1], [12, 2, 9], [12, 1, 9]]
    ty = [[1, 0.1, 0.1]] * 3 + [[1, 0.9, 0.8]] * 2
    prefit = reading(xt, ty)
    rises = judges.prefitting(judges.hidden_information_rises)(prefit)
    assert rises.said is True
    assert rises.numbers.startswith("change of I(X;T): T2 3.00")
    assert judges.hidden_information_rises(prefit).said is False
    assert judges.hidden_information_rises(reading([[12, 11.95, 3]] * 3, TY)).said is None
    for judge in (
        judges.the_output_does_not_move_along_x,
        judges.the_output_does_not_move_along_y,
    ):
        assert judges.prefitting(judge)(prefit).said is True
        assert judge(prefit).said is False
    assert judges.prefitting(judges.all_information_rises)(prefit).said is True
    sideways = reading([[12, 3, 2], [12, 5, 1.5], [12, 6, 1]] + [[12, 6, 1]] * 2, ty)
    assert judges.prefitting(judges.all_information_rises)(sideways).said is False
    assert judges.prefitting(judges.hidden_information_rises)(sideways).said is True
    rising = reading(xt, [[1, 0.1, 0.1], [1, 0.2, 0.1], [1, 0.4, 0.1], *ty[3:]])
    assert judges.prefitting(judges.hidden_label_information_rises)(rising).said is True
    falling = reading(xt, [[1, 0.4, 0.1], [1, 0.2, 0.1], [1, 0.1, 0.1], *ty[3:]])
    assert judges.prefitting(judges.hidden_label_information_rises)(falling).said is False
    more, less = (one.under(since=-6, until=0) for one in (rising, prefit))
    assert judges.label_information_rises_more(more, less).said is True
    assert judges.label_information_rises_more(less, more).said is False


def test_more_layers_apart_and_ends_that_agree():
    assert judges.more_layers_can_be_told_apart(TANH, reading([[12, 11.95, 5]] * 3, TY)).said
    assert judges.more_layers_can_be_told_apart(TANH, RELU).said is False
    assert judges.ends_agree(TANH, reading(XT[::-1], TY)).said is False
    assert judges.ends_agree(RELU, reading([[12, 8.9, 1]] * 3, TY)).said is True
    assert judges.ends_agree(RELU, reading([[12, 9.0, 1]] * 3, TY)).said is None
    assert judges.ends_agree(RELU, reading(FLAT, [[1, 0.7, 0.1]] * 3)).said is False


def test_overfitting_is_seen_in_loss_and_accuracy():
    over = reading(XT, TY, accuracy=[0.5, 0.7, 0.6], test_loss=[0.7, 0.3, 0.5])
    assert judges.compresses_while_overfitting(over).said is True
    over.run.recording.train_accuracy[:] = 0.9
    assert judges.overfits(over).said is True
    assert judges.does_not_overfit(over).said is False
    fine = reading(XT, TY, test_loss=[0.7, 0.5, 0.3])
    assert judges.compresses_while_overfitting(fine).said is not True


def test_all_of_three_values():
    assert all_of([True, True]) is True
    assert all_of([True, None]) is None
    assert all_of([None, False]) is False
    assert all_of([]) is None


@pytest.mark.parametrize("experiment", claims.EXPERIMENTS.values(), ids=lambda one: one.name)
def test_every_claim_names_series_that_its_profiles_measure(experiment):
    measured = {
        (profile.name, series)
        for word in experiment.profiles
        for profile in load_profiles(shipped.find_profile(word))
        for estimator in profile.estimator
        for series in estimator.series
    }
    asked = {ref for claim in experiment.claims for case in claim.cases for ref in case}
    assert asked <= measured
    assert all(claim.where and claim.text.endswith(".") for claim in experiment.claims)


def test_every_experiment_of_the_papers_can_be_reproduced_by_its_name_or_a_profile():
    profiles = {word for one in claims.EXPERIMENTS.values() for word in one.profiles}
    assert profiles == {*shipped.names()} - {"quickstart", "szt-tanh"}
    assert claims.find_experiment("lorenzen-fig2-as-written").name == "lorenzen-fig2-3"
    with pytest.raises(UsageError, match=r"'lorenzen-fig2' .did you mean 'lorenzen-fig"):
        claims.find_experiment("lorenzen-fig2")
    screen = Console(file=io.StringIO(), width=120)
    print_experiments(screen)
    assert isinstance(screen.file, io.StringIO)
    assert all(name in screen.file.getvalue() for name in claims.EXPERIMENTS)


def test_runs_that_are_missing_leave_a_claim_undecided():
    experiment = claims.find_experiment("lorenzen-fig2-3")
    rows = list(claims.judge(experiment, {}))
    assert len(rows) == sum(len(claim.cases) for claim in experiment.claims)
    assert {row.judgement.said for row in rows} == {None}
    assert rows[0].judgement.numbers == "no run of lorenzen-fig2-as-coded"


def test_an_experiment_from_end_to_end(tmp_path, monkeypatch, capsys):
    """Iris, four epochs: runs, figures, table; the second time nothing is trained again."""
    monkeypatch.chdir(tmp_path)
    few = ("training.epochs=4", "measure.points=3", "replicates=2", 'training.device="cpu"')
    settings = BatchSettings(Path("runs"), few, keep=True)
    assert reproduce_experiment("thesis-fig3.12", settings, Path("figures"), "svg") == 0
    out = capsys.readouterr().out
    assert len(store.list_runs(Path("runs"))) == 2
    drawn = sorted(path.name for path in Path("figures/thesis-fig3.12").iterdir())
    assert len(drawn) == (4 * 2 + 2 + 1) + (4 + 2 + 1)  # one of each is the cells of Scott
    table = out[out.index("Thesis, figure 3.12: iris") :]
    assert "section 3.3: I(T;Y) of the hidden" in table
    assert "tanh binning-50" in table
    assert any(word in table for word in ("confirmed", "contradicted", "undecided"))
    assert f"by {Rule().fits_bits} bits or more" in table

    found = find_runs(claims.find_experiment("thesis-fig3.12"), settings)
    assert sorted(found) == ["thesis-fig3.12-relu", "thesis-fig3.12-tanh"]
    rows = list(claims.judge(claims.find_experiment("thesis-fig3.12"), found))
    assert len(rows) == 6
    assert claims_table(claims.find_experiment("thesis-fig3.12"), rows).row_count == 6 + 3

    assert run_batch(["thesis-fig3.12"], None, settings) == 0
    assert capsys.readouterr().err.count("is done already") == 2
    assert len(store.list_runs(Path("runs"))) == 2
