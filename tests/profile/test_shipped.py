"""The shipped profiles: complete, told apart, and each of their runs trains and measures."""

import numpy as np
import pytest

from ibtui.engine import Ensemble
from ibtui.information import Estimator
from ibtui.profile import Profile, load_profiles, parse_profile, shipped, to_toml
from ibtui.profile.quick import STEPS, quick

RUNS = [
    profile for name in shipped.names() for profile in load_profiles(shipped.find_profile(name))
]
# Runs that differ by their seed alone are one here.
KINDS = [*{run.model_copy(update={"name": "", "seed": 0}): run for run in RUNS}.values()]
EXPERIMENTS = (
    *("lorenzen-fig2", "lorenzen-fig3", "lorenzen-fig4", "lorenzen-figa5", "lorenzen-figc10"),
    *("lorenzen-figd12", "lorenzen-fige13", "thesis-fig3.3", "thesis-fig3.6", "thesis-fig3.10"),
    *("thesis-fig3.11", "thesis-fig3.12", "thesis-fig4.1", "thesis-fig4.3", "thesis-fig5.1"),
)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_of_both_papers_has_a_profile_that_says_what_to_expect(experiment):
    found = [profile for profile in RUNS if profile.name.startswith(experiment)]
    assert found
    number = experiment.removeprefix("lorenzen-fig").removeprefix("thesis-fig").upper()
    for profile in found:
        assert profile.title.startswith(("Lorenzen et al. 2022", "Thesis"))
        assert number.lstrip("ACDE") in profile.title
        assert profile.expect.endswith(".")


def test_a_profile_is_named_as_its_file_and_no_two_runs_alike():
    for name in shipped.names():
        assert all(
            profile.name.startswith(name) for profile in load_profiles(shipped.find_profile(name))
        )
    names = [profile.name for profile in RUNS]
    assert len({*names}) == len(names)


@pytest.mark.parametrize("profile", KINDS, ids=lambda profile: profile.name)
def test_a_run_is_told_in_full_and_read_back(profile):
    assert parse_profile(to_toml(profile), profile.name) == profile


@pytest.mark.parametrize("profile", KINDS, ids=lambda profile: profile.name)
def test_quick_is_the_same_experiment_in_fewer_steps(profile):
    small = quick(profile)
    assert small.network == profile.network
    assert small.quantization == profile.quantization
    assert [e.series for e in small.estimator] == [e.series for e in profile.estimator]
    assert small.replicates <= 5
    samples = getattr(small.data, "samples", None) or small.data.size[0]
    assert samples is not None
    train = round(samples * (1 - small.data.test_fraction))
    batch = train if small.training.batch_size == "full" else small.training.batch_size
    epochs = small.training.epochs + small.training.prefit_epochs
    assert epochs * -(-train // batch) <= STEPS + 2 * train
    assert small.training.epochs >= 1
    assert (small.training.prefit_epochs > 0) == (profile.training.prefit_epochs > 0)
    factor = small.training.learning_rate / profile.training.learning_rate
    assert 1 <= factor <= 16


def test_quick_raises_the_rate_by_what_it_takes_from_the_epochs():
    (profile,) = load_profiles(shipped.find_profile("lorenzen-fig2-as-coded"))
    small = quick(profile)
    assert small.training.epochs * small.training.learning_rate == pytest.approx(0.8, rel=0.01)
    assert small.training.epochs * 13 == pytest.approx(STEPS, rel=0.01)
    wide = quick(load_profiles(shipped.find_profile("lorenzen-fig4-as-coded"))[0])
    assert wide.training.epochs * 13 == pytest.approx(STEPS / 4, rel=0.01)
    (one,) = load_profiles(shipped.find_profile("quickstart"))
    assert quick(one).training == one.training


@pytest.mark.parametrize("profile", KINDS, ids=lambda profile: profile.name)
def test_every_run_trains_and_every_estimator_measures_every_layer(profile):
    """Two epochs of two replicates: every series of the first is finite and within its bounds."""
    small = tiny(profile)
    if small.data.where(None).startswith("not here"):
        pytest.skip(f"{small.data.name} is not here")
    ensemble = Ensemble(small, small.data.load(None))
    frames = list(ensemble.frames())
    assert frames[0].epoch == -small.training.prefit_epochs
    assert frames[-1].epoch == 2
    last = frames[-1]
    assert last.i_xt_bits.shape == (
        len(ensemble.header.series),
        2,
        len(ensemble.header.layers),
    )
    measured = last.i_xt_bits[:, 0]
    knee = [name.startswith("kmeans") for name in ensemble.header.series]
    assert np.isfinite(measured[~np.array(knee)]).all()
    assert np.nanmin(last.i_ty_bits) >= -1e-6
    assert np.nanmax(last.i_xt_bits) <= ensemble.header.input_bits + 1e-6


def tiny(profile: Profile) -> Profile:
    batch = profile.training.batch_size
    changes = {
        "replicates": 2,
        "estimator": tuple(_cheap(one) for one in profile.estimator),
        "training": profile.training.model_copy(
            update={
                "epochs": 2,
                "prefit_epochs": min(profile.training.prefit_epochs, 1),
                "batch_size": 512 if batch == 1 else batch,
                "device": "cpu",
                "compile": "never",
            }
        ),
        "measure": profile.measure.model_copy(update={"schedule": "linear", "every": 2}),
    }
    if "samples" in type(profile.data).model_fields:
        changes["data"] = profile.data.model_copy(update={"samples": 300})
    return profile.model_copy(update=changes)


def _cheap(estimator: Estimator) -> Estimator:
    fewer = {"max_clusters": 4} if "max_clusters" in type(estimator).model_fields else {}
    return estimator.model_copy(update={"replicates": 1, "every": 2, **fewer})
