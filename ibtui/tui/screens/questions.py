"""Questions: what is asked before a run is stopped, or the app is left."""

from __future__ import annotations

from ibtui.report.words import duration
from ibtui.tui.feeds.training import Training
from ibtui.tui.screens.dialogs import Ask

LONG_SECONDS = 600.0  # a run of more than so long is not stopped without a question
STAY = ("n", "stay")


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


def of_losing(trouble: str) -> Ask:
    """Before edits of the form go that could not be kept; `l` loses them."""
    question = f"What was edited in the form will be lost. {trouble}"
    return Ask(question, (("l", "lose it"), STAY))
