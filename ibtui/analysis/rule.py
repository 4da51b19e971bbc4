"""Rule: what counts as fitting, as compression and as forgetting. One threshold for each word."""

from __future__ import annotations

from dataclasses import dataclass

FITS_BITS = 0.1  # rise of I(T;Y) that counts as fitting
FITS_SHARE = 0.5  # of the headroom, where that is less
COMPRESSES_BITS = 0.5  # fall of I(X;T) that counts as compression
FORGETS_BITS = 0.1  # fall of I(T;Y) that makes forgetting of it
FULL_BITS = 0.01  # headroom below which there is nothing left to fit
DECIDING = 3  # replicates without which nothing is decided
TRUSTED = 5  # replicates from which on a 95 % interval holds the truth in 90 % or more


@dataclass(frozen=True)
class Rule:
    """What counts as fitting, compression and forgetting, and how intervals are made.

    Frames before epoch `since` (prefitting) and after epoch `until` are not looked at.
    `fits_share` is of the headroom: what I(T;Y) could still rise by at the first frame.
    """

    fits_bits: float = FITS_BITS
    fits_share: float = FITS_SHARE
    compresses_bits: float = COMPRESSES_BITS
    forgets_bits: float = FORGETS_BITS
    fitted_share: float = 0.95
    coverage: float = 0.95
    resamples: int = 100
    seed: int = 0
    since: int = 0
    until: int | None = None

    def lines(self) -> list[str]:
        """The definitions and thresholds in words."""
        span = f"from epoch {self.since}" + (f" to {self.until}" if self.until is not None else "")
        return [
            f"fits: mean I(T;Y) rises from its first value to its maximum by {self.fits_bits:g} "
            f"bits or more, or by {self.fits_share:.0%} of its headroom (what it could still rise "
            f"by) where that is less, {span}",
            "compresses: mean I(X;T) falls between a maximum and a later minimum by "
            f"{self.compresses_bits:g} bits or more, {span}, while I(T;Y) stays; it forgets where "
            f"I(T;Y) falls by {self.forgets_bits:g} bits or more meanwhile; a fall lasts where the "
            f"last value is still {self.compresses_bits:g} bits or more below the maximum",
            f"[{self.coverage:.0%} interval] over replicates: epochs are found on one half of them "
            f"and bits measured on the other, and all of that is resampled ({self.resamples} "
            f"times, seed {self.seed}); undecided where it holds the threshold and of fewer than "
            f"{DECIDING} replicates; of fewer than {TRUSTED} the intervals can be too narrow",
        ]
