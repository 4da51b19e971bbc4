"""Manifest: what `run.toml` says of a run, without a look at its arrays."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import tomli_w
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from ibtui.analysis.summary import spread
from ibtui.errors import RunError
from ibtui.files import FileError, read_text
from ibtui.problems import explain
from ibtui.profile import Profile, Recorded, validate, validate_recorded
from ibtui.profile.table import parse
from ibtui.recording import Floats, Header, Recording, Remark, Restart
from ibtui.store.files import replacing

NAME = "run.toml"
SCHEMA_VERSION = 1
MOST_BYTES = 8 << 20  # seeds and restarts of 65536 replicates among them
MOST = 2**40  # of anything that is counted
MOST_BITS = 64  # of the entropy of so many
MOST_SECONDS = 1e11  # three thousand years

Moment = Annotated[
    AwareDatetime,
    Field(
        ge=datetime(1970, 1, 1, tzinfo=timezone.utc), lt=datetime(9000, 1, 1, tzinfo=timezone.utc)
    ),
]
Status = Literal["running", "finished", "interrupted", "failed"]


class _Table(BaseModel):
    """A frozen table; keys of later versions are passed over, since the schema version rules."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Planned(_Table):
    """The epochs that are to be measured: the first, the last, and how many frames that makes."""

    first: int
    last: int
    frames: int


class LayerResult(_Table):
    """The newest information of one layer under one series, in bits: mean over replicates."""

    series: str
    layer: str
    i_xt_bits: float
    i_ty_bits: float


class Results(_Table):
    """The newest frame in numbers: means over the replicates that have a value."""

    train_loss_nats: float
    test_loss_nats: float
    train_accuracy: float
    test_accuracy: float
    layers: tuple[LayerResult, ...]


class Manifest(_Table):
    """`run.toml`. Times are UTC; `seconds` counts all sessions of the run.

    `status` is what the last writer left behind: a run whose writer was killed still says
    "running", and `store.load` and `store.list_runs` tell that from a live one by its lock.
    """

    schema_version: int
    kind: Literal["trained", "recorded"] = "trained"  # recorded: of somebody else's network
    status: Status
    error: str = ""
    created: Moment
    finished: Moment | None = None
    seconds: float = Field(ge=0, le=MOST_SECONDS)
    epoch: int
    frames: int = Field(ge=0)
    gathered: tuple[str, ...] = ()  # names of the runs whose replicates it holds
    thinned_from: int = 0  # frames of the run that this one is a part of; 0: it is whole
    backend: str = "torch"  # what computed it; the only one that earlier versions had
    device: str
    threads: int
    compiled: bool
    compile_seconds: float
    overrides: tuple[str, ...] = ()
    seeds: tuple[int, ...]
    versions: dict[str, str]
    planned: Planned
    header: Header
    results: Results | None = None
    restarts: tuple[Restart, ...] = ()
    # replicate: epoch at which its loss was not finite
    diverged: dict[int, int] = {}
    remarks: tuple[Remark, ...] = ()
    plugins: dict[str, str] = {}  # whose code it was measured by, and of which version
    # the names of the series of estimators that plug-ins have, by their place in the profile
    plugin_series: dict[str, tuple[str, ...]] = {}
    profile: dict[str, Any]

    def said_of(self, series: str) -> dict[str, list[str]]:
        """The lines of the remarks on a series, by layer."""
        found: dict[str, list[str]] = {}
        for one in self.remarks:
            if one.series == series:
                found.setdefault(one.layer, []).append(one.line)
        return found

    @field_validator("header")
    @classmethod
    def _header_agrees_with_itself(cls, header: Header) -> Header:
        if len(header.units) != len(header.layers) or not header.layers:
            raise ValueError(f"has {len(header.layers)} layers but {len(header.units)} units")
        if header.tolerance_bits and len(header.tolerance_bits) != len(header.series):
            raise ValueError(
                f"has {len(header.series)} series but {len(header.tolerance_bits)} tolerances"
            )
        counts = (*header.units, header.replicates, header.samples)
        drawn = header.histogram_bins, header.histogram_replicates, header.histogram_labels
        if min(counts) < 1 or min(drawn) < 0:
            raise ValueError("has a negative size, or none")
        if max(*counts, *drawn) > MOST:
            raise ValueError(f"has a size above {MOST}")
        if not all(-1 < bits < MOST_BITS for bits in (header.input_bits, header.label_bits)):
            raise ValueError("has an entropy that no samples have")
        return header

    def resolved_profile(self, folder: Path) -> Profile | Recorded:
        """The profile of the run, overrides included, to be read. Raises `ProfileError`.

        No code of plug-ins is loaded: their estimators are absent, but for the names of series.
        """
        where = f"{folder / NAME}: profile"
        if self.kind == "recorded":
            return validate_recorded(self._with_series(), where, reading=True)
        return validate(self._with_series(), where, reading=True)

    def trained_profile(self, folder: Path) -> Profile:
        """The profile of a run, to be trained. Raises `ProfileError`, `RunError` of others."""
        if self.kind == "recorded":
            raise RunError(
                f"{folder}: was recorded of a network that is not here: go on in the program that "
                f"trains it, with ibtui.Recorder.resume({str(folder)!r}, ...)"
            )
        return validate(self.profile, f"{folder / NAME}: profile")

    def recorded_profile(self, folder: Path) -> Recorded:
        """What a recorder goes on with. Raises `ProfileError`."""
        return validate_recorded(self.profile, f"{folder / NAME}: profile")

    def _with_series(self) -> dict[str, Any]:
        """The profile's table, with what the run keeps of the estimators that plug-ins have."""
        tables = self.profile.get("estimator")
        if not self.plugin_series or not isinstance(tables, list):
            return self.profile
        told = [
            {**table, "gives": self.plugin_series[str(at)]}
            if isinstance(table, dict) and str(at) in self.plugin_series
            else table
            for at, table in enumerate(tables)
        ]
        return {**self.profile, "estimator": told}


def read(folder: Path) -> Manifest:
    """Read a run's manifest. Raises `RunError`: missing, damaged, or from a later version."""
    path = folder / NAME
    try:
        table = parse(read_text(path, MOST_BYTES))
    except FileError as error:
        reason = f"{folder}: is no run (it has no {NAME})" if error.missing else str(error)
        raise RunError(reason) from None
    except ValueError as error:
        raise RunError(f"{path}: cannot be read: {error}") from None
    version = table.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise RunError(
            f"{path}: schema_version: {version} is from a later ibtui; "
            f"this one reads up to {SCHEMA_VERSION} (update ibtui)"
        )
    try:
        return Manifest.model_validate(table)
    except ValidationError as error:
        problems = explain(error, Manifest)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise RunError(f"{path}: {problems[0]}{more}") from None


def write(folder: Path, manifest: Manifest) -> None:
    """Write `run.toml`, atomically. Raises `RunError` where the disk refuses."""
    table = manifest.model_dump(exclude_none=True)
    table["diverged"] = {str(replicate): epoch for replicate, epoch in manifest.diverged.items()}
    with replacing(folder / NAME) as handle:
        tomli_w.dump(table, handle)


def results(recording: Recording) -> Results | None:
    """The results table of a recording's newest frame; None before the first.

    A series that has a schedule of its own gives the newest frame in which it was measured.
    """
    if not len(recording):
        return None
    layers = []
    for k, series in enumerate(recording.header.series):
        at = _newest(recording.i_xt_bits[:, k])
        i_xt_bits = spread(recording.i_xt_bits[at, k], axis=0).mean
        i_ty_bits = spread(recording.i_ty_bits[at, k], axis=0).mean
        for layer, xt, ty in zip(recording.header.layers, i_xt_bits, i_ty_bits, strict=True):
            layers.append(LayerResult(series=series, layer=layer, i_xt_bits=xt, i_ty_bits=ty))
    return Results(
        train_loss_nats=float(spread(recording.train_loss_nats[-1], axis=0).mean),
        test_loss_nats=float(spread(recording.test_loss_nats[-1], axis=0).mean),
        train_accuracy=float(spread(recording.train_accuracy[-1], axis=0).mean),
        test_accuracy=float(spread(recording.test_accuracy[-1], axis=0).mean),
        layers=tuple(layers),
    )


def _newest(frames: Floats) -> int:
    """The index of the last frame that holds a value, -1 (the last) where none does."""
    measured = (at for at in reversed(range(len(frames))) if not np.isnan(frames[at]).all())
    return next(measured, -1)
