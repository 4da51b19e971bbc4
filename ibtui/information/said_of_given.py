"""What is to be said of layers that somebody gave, beside what the estimators say themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Shaped
from numpy.typing import ArrayLike

from ibtui.information.arrays import merged, plain
from ibtui.information.counted import Counted
from ibtui.information.estimator import Estimator
from ibtui.information.exact import Exact
from ibtui.information.joint import UNHEARD_NOISE
from ibtui.information.layer import Layer
from ibtui.information.readings import Note

SEEN = 2  # times that each level of a unit is seen at least, in the mean, of what is called levels


def notes_of_given(
    chosen: Sequence[Estimator], arrays: Mapping[str, ArrayLike], layers: Mapping[str, Layer]
) -> Iterator[Note]:
    """Notes on layers, `layers`, that were made of `arrays`, by their names."""
    for name, given in arrays.items():
        array, layer = plain(given), layers[name]
        lines: dict[str, Sequence[str]] = {}
        if lost := merged(array):
            line = f"{lost} distinct values are merged with others: integers beyond 2^53"
            lines[line] = [s for one in chosen if one.name != "exact" for s in one.series]
        if layer.of_x is not None:
            hear = [one for one in chosen if not (isinstance(one, Counted) or one.needs_inputs)]
            lines[UNHEARD_NOISE] = [series for one in hear for series in one.series]
        yield from (Note(s, name, line) for line, series in lines.items() for s in series)


def notes_of_levels(chosen: Sequence[Estimator], arrays: Mapping[str, ArrayLike]) -> Iterator[Note]:
    """Notes on the levels that layers were seen at, beside what counts their states."""
    exact = [series for one in chosen if isinstance(one, Exact) for series in one.series]
    for name, given in arrays.items() if exact else ():
        if line := levels_line(plain(given)):
            yield from (Note(series, name, line) for series in exact)


def levels_line(array: Shaped[np.ndarray, "*replicate sample unit"]) -> str | None:
    """How many levels the units of a quantized layer were seen at; None where it shows none.

    It does where no unit of its first replicate takes more different values than half the samples:
    of fewer samples than that, levels cannot be told from values that are all different.
    """
    first = array if array.ndim == 2 else array[0]
    most = 0
    for unit in first.T:
        most = max(most, len(np.unique(unit)))
        if most * SEEN > len(unit):
            return None
    levels = f"{most} levels" if most > 1 else "1 level"
    return f"was seen at {levels} a unit at most ({np.log2(most):.3g} bits)"
