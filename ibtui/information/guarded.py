"""Guarded: a plug-in's estimator measures, and whatever it does wrong is a note beside no value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ibtui.errors import MeasureError
from ibtui.information.estimator import Estimator
from ibtui.information.layer import NO_VALUE, Information, Layer
from ibtui.plugins import is_foreign, reason

FAILED = "the plug-in failed"
NAMES = "I(X;T)", "I(T;Y)"


def measured(one: Estimator, layer: Layer, numbers: Sequence[int]) -> Information:
    """`Estimator.apply`; a plug-in that fails has no value of this layer, and says why.

    It sees copies of the values, states and labels, which the other estimators take after it.
    Raises `MeasureError` of this program's own estimators alone.
    """
    if not is_foreign(type(one)):
        return one.apply(layer, numbers)
    copies = {name: getattr(layer, name).clone() for name in ("values", "words", "labels")}
    try:
        return one.apply(replace(layer, **copies), numbers)
    except Exception as error:
        said = str(error) if isinstance(error, MeasureError) else reason(error)
        nothing = np.full((len(one.series), layer.values.shape[0]), np.nan)
        notes = tuple(f"{name}{NO_VALUE}: {FAILED}: {one.name}: {said}" for name in NAMES)
        return Information(nothing, nothing, notes=notes)


def failures(notes: Sequence[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """The series of plug-ins that failed, and why, of notes (series, layer, line); each once."""
    mark = f"{NAMES[0]}{NO_VALUE}: {FAILED}: "
    found = {series: line.removeprefix(mark) for series, _, line in notes if line.startswith(mark)}
    return [*found.items()]
