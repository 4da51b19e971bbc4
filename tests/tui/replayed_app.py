"""Scripted runs, saved, for the app to show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ibtui.profile import parse_profile
from ibtui.tui.app import Ibtui
from ibtui.tui.feeds.saved import Saved
from tests.scripted_engine import saved_run
from tests.tui import scripted_app

PROFILE = parse_profile(
    'name = "walk"\nreplicates = 3\ntraining.epochs = 40\nmeasure.every = 4\n'
    '[[estimator]]\nname = "exact"\n[[estimator]]\nname = "binning"\n',
    "walk.toml",
)


def replaying(runs: Path, **more: Any) -> Ibtui:
    """The app on a saved run of `PROFILE`."""
    folder = saved_run(runs, PROFILE).folder
    return scripted_app.app(runs, profile=PROFILE, feed=Saved(folder), **more)
