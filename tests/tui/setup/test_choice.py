"""A choice that things happen to while its widgets are still being composed, one step at a time."""

import asyncio

import pytest
from textual.app import App
from textual.widgets import Select, Static
from textual.widgets._select import SelectCurrent

from ibtui.tui.setup.choice import Choice

MOMENTS = ("mounted", "half composed")


class Bench(App[None]):
    def __init__(self):
        super().__init__()
        self.told = []

    def on_select_changed(self, event: Select.Changed) -> None:
        self.told.append(event.value)


async def reach(app: Bench, choice: Choice, moment: str) -> None:
    """Mount; to be half composed is to have the line for the value, but no label in it yet."""
    app.screen.mount(choice)
    while moment == "half composed" and not choice.query(SelectCurrent):
        await asyncio.sleep(0)
    assert not choice.query("#label")


def label(choice: Choice) -> str:
    return str(choice.query_one("#label", Static).render())


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_value_set_before_there_is_a_label_is_shown_and_told(moment):
    async def inner():
        app, choice = Bench(), Choice(("tanh", "relu"), "tanh")
        async with app.run_test() as pilot:
            await reach(app, choice, moment)
            choice.value = "relu"
            await pilot.pause()
            assert (choice.value, label(choice)) == ("relu", "relu")
            assert app.told == ["relu"]
            choice.value = "tanh"
            await pilot.pause()
            assert (label(choice), app.told) == ("tanh", ["relu", "tanh"])

    asyncio.run(inner())


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_choice_can_be_removed_before_it_is_composed(moment):
    async def inner():
        app, choice = Bench(), Choice(("tanh", "relu"), "relu")
        async with app.run_test():
            await reach(app, choice, moment)
            await choice.remove()
            assert not app.screen.query(Choice)

    asyncio.run(inner())


def test_a_value_that_is_no_choice_can_be_seen_and_left():
    async def inner():
        app, choice = Bench(), Choice(("tanh", "relu"), "sine")
        async with app.run_test() as pilot:
            await app.screen.mount(choice)
            assert label(choice) == "sine"
            choice.value = "tanh"
            await pilot.pause()
            assert label(choice) == "tanh"

    asyncio.run(inner())
