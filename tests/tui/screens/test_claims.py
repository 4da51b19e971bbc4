"""The claims of a paper in the app: judged in a thread, counted in the table, told in a pane."""

import pytest

from ibtui.tui.feeds.saved import Saved
from tests.tui import scripted_app
from tests.tui.look.test_claimed import PROFILE, saved


@pytest.mark.usefixtures("closed_form")
def test_a_papers_run_shows_its_claims_with_their_words(tmp_path):
    folder = saved(tmp_path)
    app = scripted_app.app(tmp_path, profile=PROFILE, feed=Saved(folder))

    async def steps(pilot):
        lab = app.screen
        await scripted_app.until(pilot, lambda: lab._claims is not None and lab._claims.rows)
        await scripted_app.until(pilot, lambda: "claims: " in scripted_app.screen_text(app))
        words = {row.judgement.word for row in lab._claims.rows}
        assert len(words) > 1
        await pilot.press("6")
        await scripted_app.until(
            pilot, lambda: "6 claims  3 curves" in scripted_app.screen_text(app)
        )
        text = scripted_app.screen_text(app)
        assert lab._claims.rows[0].claim.text[:30] in text
        assert any(f"  {word}  " in text for word in words)

    scripted_app.drive(app, steps)
