"""The draft: steps back and on, what was edited, and what is found again."""

import pytest

from ibtui.profile import to_table, validate
from ibtui.tui.setup.draft import Draft, file_of
from tests.tui import scripted_app
from tests.tui.setup.test_form import drive


def table(**more):
    return to_table(validate({"name": "one", **more}, "test"))


def test_edits_of_one_value_are_one_step_and_a_load_is_another():
    draft = Draft()
    draft.load(table())
    for seed in (1, 12, 123):
        draft.edit(table(seed=seed), "seed")
    draft.edit(table(seed=123, replicates=9), "replicates")
    draft.load(table(title="other"))
    said = []
    while (step := draft.go(-1)) is not None:
        said.append((step.table["seed"], step.table["replicates"], step.changed))
    first = table()
    assert said == [
        (123, 9, ["seed", "replicates"]),
        (123, first["replicates"], ["seed"]),
        (first["seed"], first["replicates"], []),
    ]
    assert draft.go(1).table == table(seed=123)
    draft.edit(table(seed=5), "seed")
    assert draft.go(1) is None  # what was undone is gone once something else is typed


def test_a_value_that_is_typed_and_taken_back_is_no_edit():
    draft = Draft()
    draft.load(table())
    draft.edit(table(seed=77), "seed")
    assert draft.now.changed == ["seed"]
    draft.edit(table(), "seed")
    assert draft.now.changed == []
    draft.edit({**table(), "network": {**table()["network"], "layers": [3]}}, "network.layers")
    assert draft.now.changed == ["network.layers"]
    without = {key: value for key, value in table().items() if key != "seed"}
    draft.edit(without, "seed")
    assert draft.now.changed == ["seed"]


def test_each_folder_finds_its_own_draft_again_with_its_steps(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    draft = Draft.of(here)
    assert draft.now is None
    draft.load(table())
    draft.edit({**table(), "replicates": "many"}, "replicates")  # a mistake is kept as well
    again = Draft.of(here)
    assert again.now == draft.now
    assert again.edited
    assert again.go(-1).table == table()
    assert Draft.of(there).now is None


STEP = b"at = 0\n[[step]]\norigin = {}\ntable = "
NO_DRAFTS = [
    *(b"\xff", b"at = 3", b"at = 0\nstep = [1]", b"[[[", STEP.replace(b"0", b"inf") + b"{}"),
    *(b"at = 0\nstep = []", STEP + b"'x'", STEP + b"{ network = 3 }", STEP + b"{ name = 3 }"),
    *(STEP + b"{ estimator = [1] }", STEP + b"{ estimator = [{}] }", STEP + b"{ data = [] }"),
    *(STEP + b"{ network = { layers = 5 } }", STEP + b"{ x = " + b"[" * 99 + b"]" * 99 + b"}"),
]


@pytest.mark.parametrize("content", NO_DRAFTS)
def test_a_file_that_is_no_draft_is_no_obstacle(tmp_path, content):
    path = file_of(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    draft = Draft.of(tmp_path)
    assert draft.now is None
    draft.load(table())
    assert Draft.of(tmp_path).now.table == table()


def test_what_cannot_be_kept_is_told(tmp_path):
    path = file_of(tmp_path)
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    path.parent.write_text("in the way")
    draft = Draft.of(tmp_path)
    draft.load(table())
    assert "cannot be written" in draft.trouble


def test_what_was_typed_is_in_the_form_of_the_next_app(tmp_path):
    first = scripted_app.app(tmp_path, draft=Draft.of(tmp_path))

    async def typing(hand, pilot):
        await hand.type("replicates", "877", lambda: hand.profile.replicates == 877)
        await hand.until(lambda: "1 value edited" in scripted_app.screen_text(first))
        assert hand.field("replicates").has_class("edited")
        assert not hand.field("seed").has_class("edited")

    drive(first, typing)
    second = scripted_app.app(tmp_path, draft=Draft.of(tmp_path))

    async def finding(hand, pilot):
        assert hand.profile.replicates == 877
        await hand.until(lambda: "1 value edited" in scripted_app.screen_text(second))
        await pilot.press("z")
        await hand.until(lambda: hand.profile.replicates == scripted_app.profile().replicates)
        await hand.until(lambda: "edited" not in scripted_app.screen_text(second))

    drive(second, finding)


def test_leaving_asks_where_what_was_typed_cannot_be_kept(tmp_path):
    path = file_of(tmp_path)
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    path.parent.write_text("in the way")
    app = scripted_app.app(tmp_path, draft=Draft.of(tmp_path))

    async def steps(hand, pilot):
        await hand.type("replicates", "877", lambda: hand.profile.replicates == 877)
        await pilot.press("escape", "q")
        await hand.until(lambda: "will be lost" in scripted_app.screen_text(app))
        await pilot.press("n")
        await hand.until(lambda: len(app.screen_stack) == 1)
        assert app.return_value is None
        await pilot.press("q")
        await hand.until(lambda: "will be lost" in scripted_app.screen_text(app))
        await pilot.press("l")
        await hand.until(lambda: app.return_value == 0)

    drive(app, steps)
