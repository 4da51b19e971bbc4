"""Saved runs of scripted ensembles, with other numbers where a test wants them."""

from pathlib import Path

from ibtui import store
from ibtui.profile import Profile, parse_profile
from ibtui.store import Run, files
from tests.scripted_engine import saved_run

PROFILE_TEXT = """
name = "walk"
replicates = 5
training.epochs = 23
measure.every = 4
estimator = [{ name = "exact" }, { name = "binning" }]
"""
PROFILE = parse_profile(PROFILE_TEXT, "walk.toml")
DRAWN = parse_profile(
    PROFILE_TEXT.replace(
        "measure.every", "measure.histograms = 8\nmeasure.histogram_replicates = 3\nmeasure.every"
    ),
    "drawn.toml",
)


def make(name: str = "walk", profile: Profile = PROFILE, changes=None, **script) -> Run:
    run = saved_run(Path("runs"), profile, name, **script)
    if changes:
        path = run.folder / "recording.npz"
        files.write_arrays(path, {**files.read_arrays(path), **changes})
    return store.load(run.folder)
