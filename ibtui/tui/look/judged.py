"""Judged: the verdicts of one series, as the screen has room for them, and when they are found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from ibtui.analysis.interval import Interval
from ibtui.analysis.verdict import Verdict, verdicts
from ibtui.analysis.wording import verdict_line
from ibtui.recording import Recording

SHARE = 0.05  # of the time that finding verdicts may take while a run goes on


def brief(verdict: Verdict, width: int) -> str:
    """The whole line where `width` characters hold it; else what is decided, with its bits."""
    whole = verdict_line(verdict)
    if len(whole) <= width or not verdict.used or verdict.frames < 2:
        return whole
    found = verdict.phases
    fitting = _said(verdict.fits, ("fits", "no fitting", "fitting?"), found.rise)
    falling = _said(verdict.compresses, ("compresses", "no compression", "falls?"), found.fall)
    if verdict.forgets:
        falling = f"forgets {found.fall.show(2)}"
    if verdict.falls:
        falling += f" from {found.peak.value:.0f} to {found.trough.value:.0f}"
    return f"{fitting}  {falling}  {found.fell}/{verdict.used} fall"


def _said(said: bool | None, words: tuple[str, str, str], bits: Interval) -> str:
    return f"{words[0 if said else 1 if said is False else 2]} {bits.show(2)}"


@dataclass
class Judge:
    """Finds verdicts; `due` says whether those it has are old enough to be found anew."""

    found: Sequence[Verdict] = ()
    _of: tuple[int, int] = (-1, 0)  # series, frames
    _at: float = field(default=float("-inf"))
    _seconds: float = 0.0

    def due(self, frames: int, series: int, *, ended: bool) -> bool:
        """`ended`: no frame will come after these."""
        if (series, frames) == self._of or not frames:
            return False
        rested = time.monotonic() - self._at >= self._seconds / SHARE
        return series != self._of[0] or ended or rested

    def find(self, recording: Recording, series: int, planned: int) -> Sequence[Verdict]:
        """In whatever thread: seconds of a long run with many replicates."""
        began = time.monotonic()
        found = verdicts(recording, series, planned=planned)
        self._at = time.monotonic()
        self._seconds = self._at - began
        self._of, self.found = (series, len(recording)), found
        return found
