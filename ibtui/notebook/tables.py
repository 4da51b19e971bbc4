"""A recording as xarray and pandas have it: named axes, units, one row a value's place."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ibtui.analysis.reasons import NAMES
from ibtui.errors import UsageError
from ibtui.recording import DERIVED, OPTIONAL, PER_LAYER, PER_SERIES
from ibtui.report.facts import QUALITY
from ibtui.store import Run
from ibtui.text import printable
from ibtui.version import VERSION

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import Dataset

INFORMATION = (*PER_SERIES, *DERIVED)
EXTRA = "pip install 'ibtui[notebook]'"
LONG_NAMES = NAMES | {
    "train_loss_nats": "loss on the training samples",
    "test_loss_nats": "loss on the test samples",
    "train_accuracy": "accuracy on the training samples",
    "test_accuracy": "accuracy on the test samples",
    "activation_min": "least activation",
    "activation_max": "greatest activation",
    "weight_mean": "mean of the weights",
    "weight_deviation": "standard deviation of the weights",
    "bias_mean": "mean of the biases",
    "bias_deviation": "standard deviation of the biases",
    "histograms": "activations in uniform bins from activation_min to activation_max",
    "unit_histograms": "the same of every unit, of all layers in turn, at each label",
    "cells": "number of bins or clusters that the estimator chose by the layer",
    "seconds": "wall clock since the start of the run",
}
DIMENSIONS = {
    **dict.fromkeys(INFORMATION, ("epoch", "series", "replicate", "layer")),
    **dict.fromkeys(QUALITY, ("epoch", "replicate")),
    **dict.fromkeys(PER_LAYER, ("epoch", "replicate", "layer")),
    "histograms": ("epoch", "drawn_replicate", "layer", "bin"),
    "unit_histograms": ("epoch", "drawn_replicate", "unit", "label", "bin"),
    "seconds": ("epoch",),
}


def dataset(run: Run) -> Dataset:
    """All numbers of a run; optional arrays that hold no value are left out."""
    must_have("xarray")
    import xarray

    recording, header = run.recording, run.recording.header
    there = {*recording.stored(), *DERIVED}
    variables: dict[str, Any] = {
        name: (dimensions, getattr(recording, name), _about(name))
        for name, dimensions in DIMENSIONS.items()
        if name in there
    }
    variables["width"] = "layer", np.array(header.units), {"long_name": "units of the layer"}
    axes = {
        "epoch": ("epoch", recording.epoch, {"long_name": "completed training epochs"}),
        "series": np.array([printable(name) for name in header.series]),
        "replicate": np.arange(header.replicates),
        "layer": np.array([printable(name) for name in header.layers]),
    }
    return xarray.Dataset(variables, axes, _attributes(run))


def information(run: Run) -> DataFrame:
    """A row an epoch, series, replicate and layer."""
    must_have("pandas")
    import pandas

    recording, header = run.recording, run.recording.header
    there = {*recording.stored(), *DERIVED}
    e, k, r, n = (axis.ravel() for axis in np.indices(recording.i_xt_bits.shape, np.int32))
    series, layers = (tuple(map(printable, names)) for names in (header.series, header.layers))
    columns = {
        "epoch": recording.epoch[e],
        "series": pandas.Categorical(_each(series, k), [*dict.fromkeys(series)]),
        "replicate": r,
        "layer": pandas.Categorical(_each(layers, n), [*dict.fromkeys(layers)]),
    }
    bits = {name: getattr(recording, name).ravel() for name in _ordered(there)}
    return pandas.DataFrame(columns | bits)


def scores(run: Run) -> DataFrame:
    """A row an epoch and replicate."""
    must_have("pandas")
    import pandas

    recording = run.recording
    e, r = (axis.ravel() for axis in np.indices(recording.train_accuracy.shape, np.int32))
    values = {name: getattr(recording, name).ravel() for name in QUALITY}
    return pandas.DataFrame({"epoch": recording.epoch[e], "replicate": r} | values)


def must_have(library: str) -> None:
    """Raise `UsageError` where it is not installed."""
    if find_spec(library) is None:
        raise UsageError(f"this table is made by {library}, which is not installed ({EXTRA})")


def _each(names: Sequence[str], at: NDArray[np.int32]) -> NDArray[np.object_]:
    """The names at these places; two of a run of others may be the same."""
    return np.array(names, object)[at]


def _ordered(there: set[str]) -> list[str]:
    return [
        *(name for name in PER_SERIES if name not in OPTIONAL),
        *DERIVED,
        *(name for name in PER_SERIES if name in OPTIONAL and name in there),
    ]


def _about(name: str) -> dict[str, str]:
    """What a variable is, and its unit as UDUNITS writes it."""
    if name.endswith("_bits"):
        unit = "bit"
    elif name.endswith("_nats"):
        unit = "nat"
    else:
        unit = "s" if name == "seconds" else "1"
    return {"long_name": LONG_NAMES[name], "units": unit}


def _attributes(run: Run) -> dict[str, str | int | float]:
    """What is known of the run, in values that netCDF has."""
    header, about = run.recording.header, run.manifest
    found: dict[str, str | int | float | None] = {
        "run": run.folder.name,
        "profile": run.profile.name,
        "title": run.profile.title,
        "data": run.profile.data.name,
        "status": run.status,
        "created": about.created.isoformat(),
        "device": about.device,
        "samples": header.samples,
        "input_bits": header.input_bits,
        "label_bits": header.label_bits,
        "shared_bits": header.shared_bits,
        "source": f"ibtui {VERSION}",
    }
    return {
        key: printable(value) if isinstance(value, str) else value
        for key, value in found.items()
        if value is not None
    }
