"""Slow, literal second implementations, and layers made by hand to measure."""

from collections import Counter
from fractions import Fraction
from math import log2

import numpy as np
import torch

from ibtui.information import Layer
from ibtui.information.states import float_word_bits, pack_floats


def entropy_bits(symbols) -> float:
    """-sum p log2 p over the frequencies of hashable symbols."""
    counts = Counter(symbols)
    total = sum(counts.values())
    return -sum(c / total * log2(c / total) for c in counts.values())


def informations_bits(states, labels) -> tuple[float, float]:
    """I(X;T) = H(T) and I(T;Y) = H(T) + H(Y) - H(T,Y) from lists of hashable states and labels."""
    joint = list(zip(states, labels, strict=True))
    h_t = entropy_bits(states)
    return h_t, h_t + entropy_bits(labels) - entropy_bits(joint)


def uniform_bin(value, low, high, bins, epsilon) -> int | str:
    """The bin of one value in fractions; outside the bounds: a name for the side.

    On an edge is what lies within 6 `epsilon` of the larger bound below it (a quarter of a bin at
    most), but that no negative value is on an edge at zero.
    """
    value, low, high = Fraction(float(value)), Fraction(float(low)), Fraction(float(high))
    off = 6 * Fraction(float(epsilon)) * max(abs(low), abs(high))
    if value < low - (off if low else 0):
        return "below"
    if value > high + (off if high else 0):
        return "above"
    if high == low:
        return 0
    width = (high - low) / bins
    off = min(off, width / 4)
    edges = (low + number * width for number in range(1, bins))
    return sum(value >= edge - (off if edge else 0) for edge in edges)


def rows(array) -> list[bytes]:
    """The rows of a (sample, unit) array as hashable states; -0.0 is 0.0."""
    return [(np.asarray(row) + 0.0).tobytes() for row in array]


def make_layer(
    values, labels, *, activation="linear", classes=None, inputs=None, **context
) -> Layer:
    """A full-precision layer of values (replicate, sample, unit) as the engine would hand it on.

    The memory order is the engine's own, (sample, unit, replicate).
    """
    values = torch.as_tensor(np.asarray(values, np.float32))
    values = values.permute(1, 2, 0).contiguous().permute(2, 0, 1)
    labels = torch.as_tensor(np.asarray(labels), dtype=torch.int64)
    if inputs is None:
        inputs = np.arange(len(labels), dtype=np.float32)[:, None]
    low, high = values.amin((1, 2)), values.amax((1, 2))
    return Layer(
        values=values,
        words=pack_floats(values),
        word_bits=float_word_bits(values.shape[2]),
        labels=labels,
        classes=classes or int(labels.max()) + 1,
        inputs=torch.as_tensor(inputs),
        activation=activation,
        running_min=context.pop("running_min", low),
        running_max=context.pop("running_max", high),
        **context,
    )
