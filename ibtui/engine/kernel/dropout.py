"""Dropout: the masks of `engine.dropout`, bit for bit."""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel.cache import exact
from ibtui.engine.kernel.counter import bits

ZERO = np.float32(0)


@exact
def drop(h, slopes, units, stride, real, key, dropped, kept):
    """Zero each value of `h` and its slope with the chance of its coin, scale the others up.

    Samples from number `real` on are copies of the first, and share its coins.
    """
    for u in range(units):
        row = h[u * stride : (u + 1) * stride]
        of_row = slopes[u * stride : (u + 1) * stride]
        for b in range(stride):
            keeps = np.int64(bits(b if b < real else 0, u, units, key)) >= dropped
            row[b] = row[b] / kept if keeps else ZERO
            of_row[b] = of_row[b] / kept if keeps else ZERO
