"""Questions: what is asked before a run is stopped, or the app is left."""

from __future__ import annotations

from ibtui.errors import UsageError
from ibtui.profile import Profile
from ibtui.report.words import duration
from ibtui.text import cut
from ibtui.tui.feeds.training import Training
from ibtui.tui.screens.dialogs import Ask, Prompt

LONG_SECONDS = 600.0  # a run of more than so long is not stopped without a question
STAY = ("n", "stay")
MOST_DIGITS = 18  # of a number that a profile's bounds are to judge


def of_stopping(own: Training, waiting: int, *, seen: bool) -> Ask | None:
    """Before a run is stopped that is not on the screen, of hours, or followed by others.

    `y` stops it, `a` all of them; None where nothing has to be asked.
    """
    if waiting:
        question = f"Stop {own.name}? It is saved. {waiting} more wait."
        return Ask(question, (("y", "stop this one"), ("a", "stop all"), STAY))
    if seen and own.seconds < LONG_SECONDS:
        return None
    trained = f", which has trained for {duration(own.seconds)}"
    question = f"Stop {own.name}{trained}? It is saved, and can be resumed (c)."
    return Ask(question, (("y", "stop it"), STAY))


def of_leaving(own: Training, waiting: int) -> Ask:
    """Before the app is left while a run trains: `s` saves it, `b` leaves it to the background."""
    stopping = own.state == "stopping"
    question = "A run is being stopped." if stopping else "A run is training."
    question += f" {waiting} more wait." if waiting else ""
    save = ("s", "quit once it is saved" if stopping else "stop, save and quit")
    answers = (save, STAY) if stopping else (save, ("b", "go on in the background"), STAY)
    return Ask(question, answers, holds=lambda: own.active)


def of_longer(name: str, profile: Profile) -> Prompt:
    """Before a finished run goes on: to how many epochs in all."""
    had = profile.training.epochs
    return Prompt(f"{name} has {had:,} epochs: to how many is it to go on?", str(2 * had))


def epochs_of(text: str) -> int:
    """The number of epochs that was typed. Raises `UsageError` where it is none."""
    digits = text.replace(",", "").replace("_", "")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > MOST_DIGITS:
        raise UsageError(f"{cut(text)!r} is no number of epochs")
    return int(digits)


def of_losing(trouble: str) -> Ask:
    """Before edits of the form go that could not be kept; `l` loses them."""
    question = f"What was edited in the form will be lost. {trouble}"
    return Ask(question, (("l", "lose it"), STAY))
