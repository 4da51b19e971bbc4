"""Job: one run of a batch that is to be made, or was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ibtui.errors import IbtuiError
from ibtui.session import Session
from ibtui.store import RunClaim


@dataclass(frozen=True)
class Job:
    """One run that is to be made in the session that `begin` gives, under `claim` if others may.

    `done` names the folder of one that was made before or is made elsewhere, `failure` why another
    process could not make it. A job that is `one_of_many` is told about in a line of the table at
    the end.
    """

    begin: Callable[[], Session] | None = None
    claim: RunClaim | None = None
    done: Path | None = None
    failure: IbtuiError | None = None
    one_of_many: bool = False
