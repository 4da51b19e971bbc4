"""The whole screen on a saved run, at three sizes, as text.

`IBTUI_SNAPSHOTS=write python -m pytest tests/tui/test_snapshots.py` writes the files anew; read
the difference before it is committed.
"""

import os
import re
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from ibtui import store
from ibtui.profile import parse_profile
from ibtui.recording import Header
from ibtui.store import Notes, notes
from ibtui.tui.feeds.saved import Saved
from tests.scripted_engine import ScriptedEnsemble
from tests.tui import scripted_app

FOLDER = Path(__file__).parent / "snapshots"
PROFILE = parse_profile(
    'name = "golden"\nreplicates = 5\ntraining.epochs = 300\nmeasure.every = 3\n[quantization]\n'
    '[[estimator]]\nname = "exact"\n[[estimator]]\nname = "binning"\n',
    "golden",
)


class Played(ScriptedEnsemble):
    """Plays the movements of a training run instead of walking at random."""

    def __init__(self):
        super().__init__(PROFILE)
        self.header: Header = scripted_app.header(replicates=5, layers=6)
        self._whole = scripted_app.recording(self.header, self.planned, 300, wide=0.4)

    def frames(self):
        for at in range(len(self.planned)):
            self.epoch = self._yielded = int(self.planned[at])
            yield scripted_app.frame(self._whole, at)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr("ibtui.tui.terminal.load.cpu_line", lambda: "8 cores, load 1.0")
    monkeypatch.setenv("PATH", "/nonexistent")  # where a GPU would be found
    ensemble = Played()
    folder = store.create(tmp_path, PROFILE, ensemble)
    assert len(list(store.record(ensemble, folder))) == 101
    about = folder / "run.toml"
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    made = re.sub(r"(?m)^created = .*$", "created = 2026-01-02T03:04:05Z", about.read_text())
    about.write_text(made)
    yield store.rename(folder, "golden")
    monkeypatch.undo()
    time.tzset()


SCREENS = {
    "80x24": ((80, 24), []),
    "80x24-cloud-zoomed": ((80, 24), ["v", "v", "v", "plus", "plus", "l", "k"]),
    "120x40": ((120, 40), ["1"]),
    "120x40-curves-half-way-in-nats": (
        (120, 40),
        ["1", "3", "colon", "1", "5", "0", "enter", "u", "o"],
    ),
    "200x60": ((200, 60), ["1", "2", "b"]),
}


WORKSPACES = {
    "workspace-80x24": ((80, 24), []),
    "workspace-120x40": ((120, 40), ["space", "space", "p"]),
    "workspace-200x60": ((200, 60), ["space", "space", "space", "p"]),
}


@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_is_as_it_was(run, name):
    size, keys = SCREENS[name]
    app = scripted_app.app(run.parent, profile=PROFILE, feed=Saved(run))
    shown = []

    async def steps(pilot):
        await pilot.pause()
        await pilot.press(*keys)
        await scripted_app.until(pilot, lambda: len(app.screen._judge.found) == 6)
        await pilot.pause(0.1)
        shown.append(scripted_app.screen_text(app) + "\n")

    scripted_app.drive(app, steps, size)
    compare(shown[0], name, size)


@pytest.fixture
def several(run, monkeypatch):
    """The run, and two that are said to be of other profiles; one has failed, with a note."""
    monkeypatch.setattr("ibtui.store.shipped.folders", list)
    said = (("activation", '"tanh"', '"relu"'), ("bits", "8", "4"))
    for day, (key, before, after) in enumerate(said):
        other = shutil.copytree(run, run.with_name(f"golden-{key}")) / "run.toml"
        text = other.read_text().replace(f"\n{key} = {before}", f"\n{key} = {after}", 1)
        other.write_text(text.replace("2026-01-02", f"2026-01-{10 + day}"))
    other.write_text(other.read_text().replace('status = "finished"', 'status = "failed"'))
    notes.write(other.parent, Notes("stopped at the power cut", ("paper", "old")))
    monkeypatch.chdir(run.parent)
    return Path()


@pytest.mark.parametrize("name", WORKSPACES)
def test_the_workspace_is_as_it_was(several, name):
    size, keys = WORKSPACES[name]
    app = scripted_app.app(several, profile=PROFILE)
    shown = []

    async def steps(pilot):
        await pilot.press("O")
        await scripted_app.until(pilot, lambda: len(app.screen.shelf.list.shown) == 3)
        app.screen._lister.look = lambda: list(app.screen.shelf.all.values())  # nothing is written
        await pilot.press(*keys)
        marked = len(app.picked.drawn) or 1
        judged = app.screen.collection
        await scripted_app.until(pilot, lambda: len(judged.opened) == marked)
        await scripted_app.until(
            pilot, lambda: all(len(one.judge.found) == 6 for one in judged.opened.values())
        )
        app.screen.draw()
        await pilot.pause()
        shown.append(scripted_app.screen_text(app) + "\n")

    scripted_app.drive(app, steps, size)
    compare(shown[0], name, size)


def compare(shown, name, size):
    path = FOLDER / f"{name}.txt"
    if os.environ.get("IBTUI_SNAPSHOTS") == "write":
        path.write_text(shown, encoding="utf-8")
    assert shown.splitlines() == path.read_text(encoding="utf-8").splitlines()
    assert np.unique([len(line) <= size[0] for line in shown.splitlines()]).all()
