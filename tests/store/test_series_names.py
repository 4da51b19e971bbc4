"""Names of series: they tell options apart, and runs that were recorded under others still load."""

import re
from itertools import combinations, product

import pytest
from pydantic import ValidationError

from ibtui import store
from ibtui.information import ESTIMATORS, Estimator
from ibtui.profile import parse_profile
from tests.scripted_engine import ScriptedEnsemble

VALUES = (3, 7, 0.5, True, "layer", "run", "knee")
FEW = """
name = "few"
training.epochs = 8
measure.every = 2
[[estimator]]
name = "exact"
[[estimator]]
name = "kmeans"
max_clusters = 8
"""


def varied(kind: type[Estimator]) -> list[Estimator]:
    """The estimator with each of its own options at each value that it can take.

    `decompose` changes no series: it adds some.
    """
    found = [kind()]
    common = {*Estimator.model_fields, "decompose"}
    own = [option for option in kind.model_fields if option not in common]
    for option, value in product(own, VALUES):
        try:
            one = kind.model_validate({option: value})
        except ValidationError:
            continue
        if one not in found:
            found.append(one)
    return found


@pytest.mark.parametrize("kind", ESTIMATORS, ids=lambda kind: kind.model_fields["name"].default)
def test_names_tell_which_option_differs(kind):
    for one, other in combinations(varied(kind), 2):
        assert not {*one.series} & {*other.series}


@pytest.mark.parametrize(
    ("kind", "options", "series"),
    [
        ("kmeans", {"clusters": 8}, "kmeans-8"),
        ("kmeans", {"max_clusters": 8}, "kmeans-max-clusters-8"),
        ("kmeans", {"clusters": 8, "inputs": True, "seed": 2}, "kmeans-8-inputs-seed-2"),
        ("binning", {"bins": 30, "bounds": "run"}, "binning-30-run"),
        ("renyi", {"alpha": 2.0, "samples": 256}, "renyi-2-samples-256"),
    ],
)
def test_a_name_is_the_family_and_what_differs_from_its_defaults(kind, options, series):
    (family,) = (one for one in ESTIMATORS if one.model_fields["name"].default == kind)
    assert family.model_validate(options).series == (series,)


def test_a_run_of_a_series_that_had_another_name_loads_and_goes_on(tmp_path):
    profile = parse_profile(FEW, "few.toml")
    ensemble = ScriptedEnsemble(profile)
    folder = store.create(tmp_path, profile, ensemble)
    frames = store.record(ensemble, folder)
    next(frames)
    frames.close()
    about = folder / "run.toml"
    about.write_text(re.sub("kmeans-max-clusters-8", "kmeans-8", about.read_text()))
    assert store.load(folder).recording.header.series == ("exact", "kmeans-8")
    again = ScriptedEnsemble(profile, checkpoint=store.load_checkpoint(folder))
    list(store.record(again, folder))
    whole = store.load(folder)
    assert whole.status == "finished"
    assert whole.recording.epoch.tolist() == [0, 2, 4, 6, 8]
    assert whole.recording.header.series == ("exact", "kmeans-max-clusters-8")
