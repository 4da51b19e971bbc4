"""Shown: one run as the panes get it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ibtui.analysis.bottleneck import Limit
from ibtui.analysis.limits import named_limits
from ibtui.analysis.verdict import Verdict
from ibtui.recording import Recording
from ibtui.tui.look.averages import Averages
from ibtui.tui.look.view import Cursor

if TYPE_CHECKING:  # judges load when there is something to judge
    from ibtui.claims import ClaimRow


class Shown(NamedTuple):
    """A recording at the cursor; `noisy` is the limit of its source, where it is a noisy one.

    `capacities_bits` are those of the layers, where the profile is known.
    """

    recording: Recording
    cursor: Cursor
    averages: Averages
    noisy: Limit | None = None
    capacities_bits: tuple[float, ...] = ()
    verdicts: Sequence[Verdict] = ()  # of the series that is shown, on each layer
    claims: Sequence[ClaimRow] | None = None  # of a paper's experiment; empty until judged

    @property
    def limits(self) -> list[Limit]:
        """The limits that the information bottleneck sets this run."""
        return [limit for _, limit in self.named_limits]

    @property
    def named_limits(self) -> list[tuple[str, Limit]]:
        return named_limits(self.recording.header, self.noisy)

    @property
    def epoch(self) -> int | None:
        """The epoch at the cursor; None before there is a frame."""
        epochs, at = self.recording.epoch, self.cursor.at
        return int(epochs[at]) if 0 <= at < len(epochs) else None

    @property
    def newest(self) -> int | None:
        """The newest epoch that was measured."""
        return int(self.recording.epoch[-1]) if len(self.recording) else None

    def series(self, wish: int) -> int:
        """The series that is wished for, or the last one where there are fewer."""
        return min(wish, len(self.recording.header.series) - 1)
