"""Reasons: why a series has no number of a layer, in one line for tables and JSON alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ibtui.analysis.summary import PLANE
from ibtui.information.layer import NO_VALUE
from ibtui.recording import DERIVED, Recording

NAMES = {  # of each array of information
    "i_xt_bits": "I(X;T)",
    "i_ty_bits": "I(T;Y)",
    "i_xt_given_y_bits": "I(X;T|Y)",
    "output_loss_bits": "H(out|T)",
    "cells": "cells",
}
ONE_REPLICATE = "one replicate has neither a deviation nor an interval"


def reasons(
    recording: Recording, series: int, layer: int, said: Sequence[str] = ()
) -> dict[str, str]:
    """Why what is missing of a series and a layer is missing: an empty dict where nothing is.

    The keys are arrays of information without any value, and `deviation` where no frame has two
    replicates with I(X;T), or with I(T;Y). `said` are the lines that the estimator
    gave with its numbers.
    """
    values = {name: getattr(recording, name)[:, series, :, layer] for name in NAMES}
    empty = [name for name, bits in values.items() if np.isnan(bits).all()]
    found = {name: _reason(recording, series, name, empty, said) for name in empty}
    used = [(~np.isnan(values[name])).sum(axis=1).max(initial=0) for name in PLANE]
    if 1 in used:
        found["deviation"] = ONE_REPLICATE
    return found


def _reason(
    recording: Recording, series: int, name: str, empty: Sequence[str], said: Sequence[str]
) -> str:
    if name in DERIVED:  # the difference of the other two
        name = next(one for one in PLANE if one in empty)
    if name in ("output_loss_bits", "cells") and "i_xt_bits" in empty:
        name = "i_xt_bits"
    if of_estimator := [line for line in said if line.startswith(NAMES[name] + NO_VALUE)]:
        return of_estimator[0]
    return f"{NAMES[name]}{NO_VALUE}: {_of_recording(recording, series, name)}"


def _of_recording(recording: Recording, series: int, name: str) -> str:
    if not len(recording):
        return "no frame has been recorded yet"
    if name == "output_loss_bits":
        return "the series does not discretize the layer, or the output was not compared"
    if name == "cells":
        return "the series does not choose a number of bins or clusters by the layer"
    if np.isnan(recording.activation_max).all():
        return "all replicates have diverged"
    if np.isnan(recording.i_xt_bits[:, series]).all():
        return f"the series was not measured in any of {len(recording)} frames"
    return "the estimator gives none for this layer"
