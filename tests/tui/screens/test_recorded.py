"""The app on a recorder's run: shown like any other, and nothing offered that it cannot do."""

import numpy as np
import pytest

from ibtui import Recorder
from ibtui.tui.feeds.saved import Saved
from tests.tui import scripted_app
from tests.tui.replayed_app import PROFILE


def interrupted_run(folder):
    def epochs():
        yield from range(4)
        raise KeyboardInterrupt

    record = Recorder(folder, y=np.arange(32) % 2)
    with pytest.raises(KeyboardInterrupt), record:
        record_each(record, epochs())


def record_each(record, epochs):
    for epoch in epochs:
        values = np.random.default_rng(epoch).integers(0, 9 - 2 * epoch, size=(2, 32, 1))
        record(epoch, activations={"blocks.2": values, "head": values % 2})


def test_a_recorded_run_is_shown_beside_a_profile_of_another(tmp_path):
    interrupted_run(tmp_path / "mine")
    app = scripted_app.app(tmp_path, profile=PROFILE, feed=Saved(tmp_path / "mine"))

    async def steps(pilot):
        lab = app.screen
        await scripted_app.until(pilot, lambda: "INTERRUPTED" in scripted_app.screen_text(app))
        assert lab.recording.header.layers == ("blocks.2", "head")
        assert "c resumes it" not in scripted_app.screen_text(app)
        await pilot.press("c")
        await pilot.pause(0.2)
        assert app.training is None
        app.open_run(tmp_path / "mine")
        await pilot.pause(0.2)
        assert app.laboratory.form.profile == PROFILE

    scripted_app.drive(app, steps)
