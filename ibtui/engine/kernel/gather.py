"""Gather: the samples of a batch, turned to (unit, sample)."""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel.cache import exact
from ibtui.engine.kernel.lanes import bits_of

SLOTS = np.uint32(4096)  # of the table that finds a value's code
MOST = 256  # values that a byte tells apart


@exact
def gather(samples, rows, inputs, stride, out):
    """Inputs of the samples `rows`, (stride,), into `out`, flat (input, sample)."""
    if samples.codes.shape[0] > 0:
        codes, table = samples.codes, samples.table
        for start in range(0, stride, 16):
            for i in range(inputs):
                into = out[i * stride + start : i * stride + start + 16]
                for b in range(16):
                    into[b] = table[codes[rows[start + b], i]]
    else:
        values = samples.values
        for start in range(0, stride, 16):
            for i in range(inputs):
                into = out[i * stride + start : i * stride + start + 16]
                for b in range(16):
                    into[b] = values[rows[start + b], i]


@exact
def encode(values, codes, table):
    """Codes of float32 values, bit patterns told apart, and their table: how many, or -1.

    -1 where there are more than `MOST`; `codes` is then not whole.
    """
    slots = np.full(SLOTS, -1, np.int64)
    known = 0
    for k in range(values.shape[0]):
        pattern = bits_of(values[k])
        place = np.uint32(np.uint32(pattern) * np.uint32(2654435769)) >> np.uint32(20)
        while slots[place] >= 0 and bits_of(table[slots[place]]) != pattern:
            place = np.uint32(place + np.uint32(1)) % SLOTS
        code = slots[place]
        if code < 0:
            if known == MOST:
                return -1
            code = known
            table[code] = values[k]
            slots[place] = code
            known += 1
        codes[k] = np.uint8(code)
    return known
