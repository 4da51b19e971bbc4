"""What is wrong with a series, in lines."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ibtui.analysis.violations import above_entropy, dpi_violations, saturated
from ibtui.recording import Recording


def diagnosis_lines(recording: Recording, series: int) -> Iterator[str]:
    """Where a series says nothing (saturation) or something impossible (above the entropy, DPI).

    The shares are of the frames and replicates in which it was measured.
    """
    layers = recording.header.layers
    missing = np.all(np.isnan(recording.i_xt_bits[:, series]), axis=2)
    due = ~missing.all(axis=1)
    frames, replicates = due.sum(), (~missing.all(axis=0)).sum()
    reached = saturated(recording, series) | missing[:, :, None]
    full = reached[due].all(axis=1).sum(axis=0)
    if full.any():
        where = [f"{layers[n]} in {full[n]}" for n in np.flatnonzero(full)]
        yield f"I(X;T) = H(X) in all replicates: {', '.join(where)} of {frames} frames"
    above = above_entropy(recording, series)
    names = "I(X;T) above H(X)", f"I(T;Y) above {recording.header.ceiling_name}"
    for name, there in zip(names, above, strict=True):
        if there.any():
            seen = there.any(axis=1).sum(axis=0)
            where = [f"{layers[n]} in {seen[n]}" for n in np.flatnonzero(seen)]
            yield (
                f"{name}, which is impossible: {', '.join(where)} of {frames} frames, "
                f"{there.any(axis=(0, 2)).sum()} of {replicates} replicates"
            )
    broken = dpi_violations(recording, series)
    if broken.any():
        rises = [
            f"{layers[n]} to {layers[n + 1]} in {broken[:, :, n].any(axis=1).sum()}"
            for n in np.flatnonzero(broken.any(axis=(0, 1)))
        ]
        yield (
            f"data processing inequality violated: {', '.join(rises)} of {frames} frames, "
            f"{broken.any(axis=(0, 2)).sum()} of {replicates} replicates"
        )
