"""No keys, no paste and no resize end the app. `tests/benchmarks/keys.py` presses more of them."""

import pytest

from tests.scripted_engine import engine
from tests.tui.random_keys import press_at_random
from tests.tui.replayed_app import replaying
from tests.tui.scripted_app import drive


@pytest.mark.usefixtures("closed_form")
@pytest.mark.parametrize("seed", [14])
def test_random_keys_do_not_end_the_app(tmp_path, seed, monkeypatch):
    app = replaying(tmp_path, engine=engine())
    monkeypatch.setattr(app, "end", lambda code: None)  # which q may ask for

    async def steps(pilot):
        await press_at_random(pilot, 160, seed)

    drive(app, steps, (100, 32))
    assert not app.failed
