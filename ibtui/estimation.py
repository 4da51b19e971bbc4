"""Estimate: the estimators on the user's own activations, as `ibtui.estimate` has them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ValidationError

from ibtui.analysis.reasons import reasons
from ibtui.analysis.summary import spread
from ibtui.analysis.violations import above_entropy, dpi_violations, saturated
from ibtui.data.activations import Activations, Reading, read_activations
from ibtui.data.labels import label_of_each
from ibtui.errors import DataError, MeasureError, UsageError
from ibtui.information import PLUGINS, Estimator, Estimators, Layer
from ibtui.information.arrays import plain
from ibtui.information.counted import Counted
from ibtui.information.given import Given
from ibtui.information.readings import Note, Readings
from ibtui.information.said_of_given import notes_of_given
from ibtui.information.sampling import few_samples_line
from ibtui.options import Options
from ibtui.plugins import SPEC, is_foreign, reason
from ibtui.problems import did_you_mean, explain
from ibtui.profile.table import parse_value
from ibtui.recording import Header, Recording
from ibtui.text import html_table, json_number, line

ACTIVATIONS = ("tanh", "sigmoid", "softmax", "relu", "leaky-relu", "linear")
MEMORY_BYTES = 1 << 30
CODE = re.compile(rf"(?P<name>{SPEC.pattern})(?::(?P<rest>.*))?")


@dataclass(frozen=True, repr=False)
class Estimate:
    """What the estimators say: a recording of one frame, the last layer being the output.

    `notes` are lines that go with the numbers of a series and a layer.
    """

    recording: Recording
    notes: tuple[Note, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """Plain values, one row a layer and series (for `pandas.DataFrame`, or JSON)."""
        return rows(self)

    def __repr__(self) -> str:
        header = self.recording.header
        series, layers = ", ".join(header.series), ", ".join(header.layers)
        return line(f"<Estimate of {layers} by {series}: {header.samples} samples>")

    def _repr_html_(self) -> str:
        table = [
            [row["series"], row["layer"], *(_bits(row, of) for of in ("i_xt", "i_ty"))]
            for row in rows(self)
        ]
        notes = [f"{series}, {layer}: {line}" for series, layer, line in self.notes]
        return html_table(("series", "layer", "I(X;T), bits", "I(T;Y), bits"), table, above=notes)


class _Choice(Options):
    estimator: Estimators


def parse(spec: str) -> Estimator:
    """An estimator from `NAME[:key=value,...]`, values as in TOML (`binning:bins=100`).

    NAME may be code of the caller's, `module:Class`, which is loaded. Raises `UsageError` with one
    line for each problem.
    """
    name, _, rest = spec.partition(":")
    if PLUGINS.here(name.strip()) is None and (code := CODE.fullmatch(spec.strip())):
        name, rest = code["name"], code["rest"] or ""
        PLUGINS.take(name)
    table: dict[str, Any] = {"name": name.strip()}
    for assignment in filter(None, rest.split(",")):
        key, equals, text = assignment.partition("=")
        if not equals:
            raise UsageError(f"{spec}: {assignment!r} is not KEY=VALUE (for example bins=100)")
        table[key.strip()] = parse_value(text)
    try:
        return _Choice.model_validate({"estimator": table}).estimator
    except ValidationError as error:
        lines = (line[len("estimator.") :].lstrip() for line in explain(error, _Choice))
        raise UsageError("\n".join(f"{spec}: {line}" for line in lines)) from None


def estimate(
    layers: Mapping[str, ArrayLike],
    labels: ArrayLike,
    estimators: Sequence[Estimator | str],
    *,
    inputs: ArrayLike | None = None,
    activation: str | Mapping[str, str] = "linear",
    memory_bytes: int = MEMORY_BYTES,
) -> Estimate:
    """I(X;T) and I(T;Y) of each layer's activations, by each estimator.

    `layers` are arrays (sample, unit) or (replicate, sample, unit) by name, from the input to the
    output. `labels` are (sample,) or (sample, 1), whole numbers or text, or one-hot rows
    (sample, label), as in files. `inputs`, (sample, unit), are
    what kNN, EDGE, Renyi, the copula and the 2-D histogram compare a layer with; without them
    the inputs are taken to be distinct. Where equal inputs have unequal states, what is counted is
    I(X;T) = H(X) + H(T) - H(X,T), and a note says so. `activation` ("tanh", "sigmoid", ...), of
    all layers or by name, gives binning its bounds. All estimators see the arrays' own
    values; a note says where integers beyond 2^53 are merged, which `exact` alone tells apart.

    >>> labels = np.repeat([0, 1], 8)
    >>> words = np.arange(16)[:, None] >> np.arange(4) & 1  # a bit a unit; the last is the label
    >>> made = estimate({"T1": words, "T2": words[:, 3:]}, labels, ["exact"])
    >>> made.recording.i_xt_bits[0].tolist()  # (series, replicate, layer), in bits
    [[[4.0, 1.0]]]
    >>> [(row["layer"], row["i_ty_bits"]) for row in made.rows()]
    [('T1', 1.0), ('T2', 1.0)]

    Raises `DataError` for arrays that do not fit together, `UsageError` for estimators that are
    none or share a series, `MeasureError` where a layer cannot be measured; each names the culprit.
    """
    chosen = choose(estimators)
    if not chosen or not layers:
        raise UsageError("there is nothing to estimate (give layers and at least one estimator)")
    samples = Given.of(label_of_each(plain(labels), "labels"), inputs)
    functions = activations_of(activation, tuple(layers))
    made = {
        name: samples.layer(name, given, functions[name], memory_bytes)
        for name, given in layers.items()
    }
    if len({len(layer.values) for layer in made.values()}) > 1:
        counts = ", ".join(f"{name} {len(layer.values)}" for name, layer in made.items())
        raise DataError(f"layers differ in their number of replicates ({counts})")
    for name, layer in made.items():
        for one in chosen:
            must_suit(one, name, layer, samples.inputs)
    output = list(made.values())[-1]
    readings = Readings(chosen, range(len(output.values)), tuple(made))
    for index, layer in enumerate(made.values()):
        readings.take(index, [(layer, range(len(layer.values)))])
    readings.compare_output(output.words, output.word_bits)
    label_bits = samples.label_bits
    notes = [*readings.notes, *notes_of_given(chosen, layers, made)]
    notes += _of_few_samples(chosen, made, readings, label_bits)
    header = Header(
        series=tuple(series for one in chosen for series in one.series),
        layers=tuple(made),
        units=tuple(layer.values.shape[2] for layer in made.values()),
        replicates=len(output.values),
        samples=len(samples.labels),
        input_bits=samples.input_bits,
        label_bits=label_bits,
        shared_bits=samples.shared_bits,
        tolerance_bits=tuple(one.tolerance_bits for one in chosen for _ in one.series),
    )
    return Estimate(_recording(header, readings, list(made.values())), tuple(notes))


def estimate_file(
    path: Path,
    specs: Sequence[str],
    *,
    activation: str | Mapping[str, str] = "linear",
    memory_bytes: int = MEMORY_BYTES,
    reading: Reading | None = None,
) -> Estimate:
    """`estimate` on an NPZ file, whose arrays `reading` chooses, as `read_activations` has it.

    Raises what both raise.
    """
    chosen = [parse(spec) for spec in specs]
    found = read_activations(path, reading)
    return estimate_found(found, chosen, activation=activation, memory_bytes=memory_bytes)


def estimate_found(
    found: Activations,
    chosen: Sequence[Estimator],
    *,
    activation: str | Mapping[str, str] = "linear",
    memory_bytes: int = MEMORY_BYTES,
) -> Estimate:
    """`estimate` on activations that were read from a file, which every message names."""
    try:
        return estimate(
            found.layers,
            found.labels,
            chosen,
            inputs=found.inputs,
            activation=activation,
            memory_bytes=memory_bytes,
        )
    except (DataError, MeasureError) as error:
        raise type(error)(f"{found.path}: {error}") from None


def rows(made: Estimate) -> list[dict[str, Any]]:
    """One row a layer and series as plain values for tables and JSON; None is what there is not.

    Bits are means over replicates, and `deviation` their standard deviation; the others
    are shares of the measured replicates: `saturated` where I(X;T) has reached H(X), `above_hx` and
    `above_hy` where I(X;T) or I(T;Y) is above the entropy that bounds it, and `breaks_dpi` where
    the layer knows more than the one before it. `notes` are lines that go with the numbers,
    `reasons` say of each number that is None why (`deviation` of both).
    """
    recording, header = made.recording, made.recording.header
    table = []
    for k, series in enumerate(header.series):
        xt, ty = (spread(bits[0, k], axis=0) for bits in (recording.i_xt_bits, recording.i_ty_bits))
        loss, cells = (
            spread(found[0, k], axis=0).mean
            for found in (recording.output_loss_bits, recording.cells)
        )
        measured = np.maximum(np.maximum(xt.used, ty.used), 1)
        full = saturated(recording, k)[0].sum(axis=0) / measured
        above_hx, above_hy = (one[0].sum(axis=0) / measured for one in above_entropy(recording, k))
        broken = dpi_violations(recording, k)[0].sum(axis=0) / measured[1:]
        for n, layer in enumerate(header.layers):
            said = [note.line for note in made.notes if note[:2] == (series, layer)]
            why = reasons(recording, k, n, said)
            if not n:
                why["breaks_dpi"] = "the first layer has none before it"
            table.append(
                {
                    "layer": layer,
                    "units": header.units[n],
                    "series": series,
                    "i_xt_bits": json_number(xt.mean[n]),
                    "i_xt_deviation": json_number(xt.deviation[n]),
                    "i_ty_bits": json_number(ty.mean[n]),
                    "i_ty_deviation": json_number(ty.deviation[n]),
                    "replicates": int(xt.used[n]),
                    "saturated": float(full[n]),
                    "above_hx": float(above_hx[n]),
                    "above_hy": float(above_hy[n]),
                    "breaks_dpi": float(broken[n - 1]) if n else None,
                    "output_loss_bits": json_number(loss[n]),
                    "cells": json_number(cells[n]),
                    "notes": said,
                    "reasons": why,
                }
            )
    return table


def _bits(row: Mapping[str, Any], name: str) -> str:
    """A mean with its deviation; why there is none."""
    mean, deviation = row[f"{name}_bits"], row[f"{name}_deviation"]
    if mean is None:
        return str(row["reasons"].get(f"{name}_bits", "-"))
    return f"{mean:.3f}" if deviation is None else f"{mean:.3f} ± {deviation:.3f}"


def choose(estimators: Sequence[Estimator | str]) -> list[Estimator]:
    """The estimators that are meant. Raises `UsageError` where two share a series."""
    chosen = [parse(one) if isinstance(one, str) else one for one in estimators]
    names = [series for one in chosen for series in one.series]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"two estimators give the series {', '.join(twice)} (give one a label)")
    return chosen


def activations_of(activation: str | Mapping[str, str], layers: Sequence[str]) -> dict[str, str]:
    """The activation function of every layer, one for all or by name. Raises `UsageError`."""
    if isinstance(activation, str):
        activation = dict.fromkeys(layers, activation)
    for name in activation:
        if name not in layers:
            raise UsageError(f"activation: there is no layer {name!r}{did_you_mean(name, layers)}")
    named = dict.fromkeys(layers, "linear") | dict(activation)
    for found in named.values():
        if found not in ACTIVATIONS:
            near = did_you_mean(found, ACTIVATIONS)
            raise UsageError(f"activation: {found!r} is not known{near}")
    return named


def must_suit(one: Estimator, name: str, layer: Layer, inputs: NDArray | None) -> None:
    """Raise `MeasureError` where an estimator cannot measure such a layer, whatever it holds."""
    if one.needs_inputs and inputs is None:
        raise MeasureError(f"{one.series[0]}: needs the inputs (add an array named inputs)")
    try:
        one.check_layer(layer.activation, layer.values.shape[2], layer.inputs.shape[1])
    except MeasureError as error:
        raise MeasureError(f"{name}: {error}") from None
    except Exception as error:
        if not is_foreign(type(one)):
            raise
        raise MeasureError(f"{name}: {one.name}: the plug-in failed: {reason(error)}") from None


def _of_few_samples(
    chosen: Sequence[Estimator],
    layers: Mapping[str, Layer],
    readings: Readings,
    label_bits: float,
) -> Iterator[Note]:
    """What to say of counts without a correction, of the states that most replicates have."""
    owners = [(one, series) for one in chosen for series in one.series]
    for n, (name, layer) in enumerate(layers.items()):
        for k, (one, series) in enumerate(owners):
            if not isinstance(one, Counted) or one.correction or one.shuffles:
                continue
            h_t_bits = float(spread(readings.i_xt_bits[k], axis=0).mean[n])
            if line := few_samples_line(len(layer.labels), h_t_bits, label_bits):
                yield Note(series, name, line)


def _recording(header: Header, readings: Readings, layers: Sequence[Layer]) -> Recording:
    arrays = {name: np.full(s, np.nan) for name, s in Recording.shapes(header, 1).items()}
    extremes = np.array([[bound.numpy() for bound in layer.extremes] for layer in layers])
    arrays |= {
        "epoch": np.zeros(1, np.int64),
        "seconds": np.zeros(1),
        **{name: found[None] for name, found in readings.arrays().items()},
        "activation_min": extremes[:, 0].T[None].astype(np.float64),
        "activation_max": extremes[:, 1].T[None].astype(np.float64),
    }
    return Recording(header, **arrays)
