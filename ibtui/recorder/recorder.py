"""Recorder: a run folder of a network of one's own, trained in a loop of one's own.

with Recorder("runs/mine", model, ["conv1", "head"], x=x, y=y, epochs=100) as record:
    record(0)
    for epoch in range(100):
        train(model)
        record(epoch + 1, loss=loss, accuracy=accuracy)
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike

from ibtui import store
from ibtui.analysis.limits import Shared, shared
from ibtui.analysis.remarks import Remarks
from ibtui.data.labels import label_of_each
from ibtui.errors import DataError, RunError, UsageError
from ibtui.estimation import MEMORY_BYTES, activations_of, choose
from ibtui.information import Estimator
from ibtui.information.arrays import plain
from ibtui.information.given import Given
from ibtui.profile import Recorded, recorded
from ibtui.recorder import probe
from ibtui.recorder.measuring import Arrays, Measuring, header_axes
from ibtui.recorder.network import Observed
from ibtui.recorder.schedule import Schedule, parse
from ibtui.recording import Header, Recording
from ibtui.recording import Recorder as Frames
from ibtui.store import manifest
from ibtui.store.shelf import NAMES
from ibtui.store.writer import Writer

if TYPE_CHECKING:
    import torch
    from torch import nn

    from ibtui.modules.hooks import Hooked

Score = float | ArrayLike


class Recorder:
    """Called with an epoch, it measures the layers if that is due, and saves them as a run.

    `folder` becomes the run. `model` is a torch module, or several as replicates; `layers` are its
    modules by their paths, or a mapping from names to paths; `x` is what it is called with: one
    array (sample, ...), a tuple of them, or a mapping of keywords. Without a model every call is
    given the `activations`. `y` are the labels, (sample,). `estimators` are as `ibtui estimate`
    takes them. `schedule` is "every:5", "log:200" (so many frames over `epochs`) or "all"; `epochs`
    is the number of epochs, if it is known. `pool` says how channels and tokens become
    units ("flatten", "channel-mean", "channel-max", "token-mean", "token-max", "token-first",
    "token-last"), `activation` ("tanh", ...) gives binning its bounds; both for all layers or by
    name. The model sees `chunk` samples at a time, on `device` (default: its own), under `autocast`
    where a dtype is given.

    Nothing happens at an epoch that is not due. Raises `UsageError`, `DataError`, `RunError`, and
    at the first frame `MeasureError`.
    """

    def __init__(
        self,
        folder: str | Path,
        model: nn.Module | Sequence[nn.Module] | None = None,
        layers: Sequence[str] | Mapping[str, str] = (),
        *,
        x: Any = None,
        y: ArrayLike,
        estimators: Sequence[Estimator | str] = ("exact",),
        schedule: str = "all",
        epochs: int | None = None,
        pool: str | Mapping[str, str] = "flatten",
        activation: str | Mapping[str, str] | None = None,
        chunk: int = 64,
        device: torch.device | str | None = None,
        autocast: torch.dtype | None = None,
        memory_bytes: int = MEMORY_BYTES,
        title: str = "",
    ) -> None:
        folder = Path(folder).expanduser()
        if not NAMES.fullmatch(folder.name):
            raise UsageError(f"{folder}: {folder.name!r} is no name for a run")
        if os.path.lexists(folder):
            raise RunError(f"{folder}: exists already (Recorder.resume goes on with it)")
        chosen = choose(estimators)
        for one in chosen:
            _must_be_recordable(one)
        hooked = _hooked(model, layers, x, pool, chunk, device, autocast)
        given = _given(y, x, hooked)
        profile = recorded(
            {
                "name": folder.name,
                "title": title,
                "epochs": epochs,
                "model": hooked.name if hooked else "",
                "layers": hooked.layers if hooked else {},
                "pools": hooked.pools if hooked else {},
                "data": {
                    "samples": len(given.labels),
                    "inputs": None if given.inputs is None else given.inputs.shape[1],
                },
                "measure": {**dict(parse(schedule)), "memory_gib": memory_bytes / 2**30},
                "estimator": tuple(chosen),
            }
        )
        if hooked is not None and activation is None:
            activation = hooked.functions
        self._begin(folder, profile, hooked, given, x, activation or "linear")

    @classmethod
    def resume(
        cls,
        folder: str | Path,
        model: nn.Module | Sequence[nn.Module] | None = None,
        *,
        x: Any = None,
        y: ArrayLike | None = None,
        estimators: Sequence[Estimator | str] | None = None,
        epochs: int | None = None,
        chunk: int = 64,
        device: torch.device | str | None = None,
        autocast: torch.dtype | None = None,
    ) -> Recorder:
        """Go on with a recorder's run; `epoch` says up to where it is recorded.

        Layers, estimators and schedule are those of the run; so are labels and inputs, unless the
        inputs were too many to be kept (then `x` is needed again); `estimators` are needed again
        where one is code of one's own, which no folder can make this load. Frames from the first
        epoch on that it is called with are dropped: they come again. Raises as the constructor
        does.
        """
        folder = Path(folder).expanduser()
        about = manifest.read(folder)
        if about.kind != "recorded" or about.gathered or about.thinned_from:
            raise RunError(f"{folder}: is not as a recorder left it")
        if estimators is None:
            profile = about.recorded_profile(folder)
        else:
            chosen = cast("Any", tuple(choose(estimators)))
            read = cast("Recorded", about.resolved_profile(folder))
            profile = read.model_copy(update={"estimator": chosen})
            if profile.series != about.header.series:
                raise UsageError(f"{folder}: its series are {', '.join(about.header.series)}")
        kept = probe.load(folder)
        x, y = kept.get("x") if x is None else x, kept.get("y") if y is None else y
        if y is None:
            raise UsageError(f"{folder}: holds no {probe.NAME} (give y, and x if the run had it)")
        if x is None and profile.data.inputs is not None:
            raise UsageError(f"{folder}: has not kept its inputs (give x)")
        if (model is None) != (not profile.model):
            wanted = f"give the {profile.model}" if profile.model else "give activations instead"
            raise UsageError(f"{folder}: model: {wanted}")
        hooked = _hooked(model, profile.layers, x, profile.pools, chunk, device, autocast)
        if epochs is not None:
            profile = recorded({**dict(profile), "epochs": epochs})
        record = cls.__new__(cls)
        given = _given(y, x, hooked)
        record._begin(folder, profile, hooked, given, x, profile.activations)
        record._open(about.header)
        record._network.noted = Remarks(about.remarks)
        if record._writer is not None:
            record._go_on(record._writer)
        return record

    def _begin(
        self,
        folder: Path,
        profile: Recorded,
        hooked: Hooked | None,
        given: Given,
        x: Any,
        activation: str | Mapping[str, str],
    ) -> None:
        self.folder, self.profile = folder, profile
        self._hooked, self._given, self._x = hooked, given, x
        self._activation = activation
        self._schedule = Schedule(profile.measure, profile.epochs)
        self._stack = ExitStack()
        self._writer: Writer | None = None
        self._began, self._earlier = time.monotonic(), 0.0
        self._called: int | None = None  # the epoch of the last call

    @property
    def epoch(self) -> int | None:
        """The last epoch that is recorded; None before the first frame."""
        recorded = self._writer.recorder.snapshot().epoch if self._writer else np.empty(0)
        return int(recorded[-1]) if len(recorded) else None

    def __call__(
        self,
        epoch: int,
        *,
        activations: Arrays | None = None,
        loss: Score = np.nan,
        accuracy: Score = np.nan,
        test_loss: Score = np.nan,
        test_accuracy: Score = np.nan,
        always: bool = False,
    ) -> bool:
        """Measure the layers after so many epochs, where that is due (or `always`); say whether.

        `activations` are the layers from the input to the output, (sample, unit) or
        (replicate, sample, unit), where no model was given. Losses in nats and accuracies are one
        number, or one a replicate.
        """
        epoch = int(epoch)
        self._go_to(epoch)
        if not self._schedule.due(epoch) and not always:
            return False
        if (activations is None) == (self._hooked is None):
            needless = "are taken from the model (leave them out)"
            missing = "are missing: there is no model to take them from"
            raise UsageError(f"activations: {missing if self._hooked is None else needless}")
        arrays = self._hooked.take() if self._hooked else _supported(activations or {})
        if self._writer is None:
            self._measure_from(Frames(self._header(arrays)).snapshot())
        scores = {
            "train_loss_nats": loss,
            "train_accuracy": accuracy,
            "test_loss_nats": test_loss,
            "test_accuracy": test_accuracy,
        }
        frame = self._measuring.frame(epoch, arrays, scores, self._schedule.is_last(epoch))
        if self._writer is None:  # now that a frame could be measured
            self._create(self._measuring.header)
        assert self._writer is not None
        network = self._network
        seconds = self._earlier + time.monotonic() - self._began
        network.epoch = epoch
        network.noted.add(self._measuring.notes, epoch)
        for replicate in np.flatnonzero(np.isnan(frame.activation_min).any(axis=1)).tolist():
            network.diverged.setdefault(replicate, epoch)
        self._writer.add(replace(frame, seconds=seconds))
        return True

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> bool:
        """A call as Keras makes it: `epoch` counts from 0, `logs` are losses and accuracies."""
        logs = logs or {}
        return self(
            epoch + 1,
            loss=logs.get("loss", np.nan),
            accuracy=logs.get("accuracy", np.nan),
            test_loss=logs.get("val_loss", np.nan),
            test_accuracy=logs.get("val_accuracy", np.nan),
        )

    def close(self) -> None:
        """Save everything; the run is finished."""
        self.__exit__(None, None, None)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._network.finished = kind is None
            if kind is not None and issubclass(kind, KeyboardInterrupt):
                self._writer.close("interrupted")  # between frames: everything is whole
            self._writer = None
        self._stack.__exit__(kind, error, trace)

    def _go_to(self, epoch: int) -> None:
        """Epochs ascend, but for the first one of a run that is gone on with."""
        if self._called is not None and epoch < self._called:
            raise UsageError(f"epoch {epoch} comes after {self._called} (give ascending epochs)")
        if self._called is None and self._writer is not None:
            self._writer.rewind(epoch)
            self._network.noted = self._network.noted.until(epoch - 1)
            self._go_on(self._writer)
        self._called = epoch

    def _header(self, arrays: Arrays) -> Header:
        """The axes of a recording of these layers."""
        layers, units, replicates = header_axes(arrays)
        given, x = self._given, self._given.inputs
        known = (
            Shared(given.label_bits) if x is None else shared(np.ascontiguousarray(x), given.labels)
        )
        return Header(
            series=self.profile.series,
            layers=layers,
            units=units,
            replicates=replicates,
            samples=len(given.labels),
            input_bits=given.input_bits,
            label_bits=given.label_bits,
            shared_bits=known.bits,
            limit=known.corners,
            tolerance_bits=tuple(
                o.tolerance_bits for o in self.profile.estimator for _ in o.series
            ),
        )

    def _create(self, header: Header) -> None:
        """Make the folder, and become its one writer."""
        functions = activations_of(self._activation, header.layers)
        changes = {"activations": functions, "replicates": header.replicates}
        self.profile = recorded({**dict(self.profile), **changes})
        store.create(self.folder.parent, self.profile, self._observed(header))
        probe.save(self.folder, self._given.labels, self._x)
        self._open(header)

    def _open(self, header: Header) -> None:
        """Become the one writer of the folder."""
        if len(self._given.labels) != header.samples:
            raise DataError(
                f"{self.folder}: is of {header.samples} samples, not {len(self._given.labels)}"
            )
        self._network = self._observed(header)
        self._writer = self._stack.enter_context(store.writing(self._network, self.folder))

    def _observed(self, header: Header) -> Observed:
        place = self._hooked.place if self._hooked else "elsewhere"
        called = self._called or 0
        return Observed(header, place, self.profile.epochs, epoch=called, first=called)

    def _go_on(self, writer: Writer) -> None:
        """Go on after the frames that are there."""
        recorded = writer.recorder.snapshot()
        if len(recorded):
            self._network.first, self._network.epoch = recorded.epoch[[0, -1]].tolist()
            self._earlier = float(recorded.seconds[-1])
        self._measure_from(recorded)

    def _measure_from(self, recorded: Recording) -> None:
        self._measuring = Measuring(
            recorded.header,
            self._given,
            self.profile.estimator,
            activations_of(self._activation, recorded.header.layers),
            round(self.profile.measure.memory_gib * 2**30),
            recorded,
        )


def _hooked(
    model: nn.Module | Sequence[nn.Module] | None,
    layers: Sequence[str] | Mapping[str, str],
    x: Any,
    pool: str | Mapping[str, str],
    chunk: int,
    device: torch.device | str | None,
    autocast: torch.dtype | None,
) -> Hooked | None:
    if model is None:
        return None
    from ibtui.modules.hooks import hooked

    return hooked(model, layers, x, pool, chunk, device, autocast)


def _given(y: ArrayLike, x: Any, hooked: Hooked | None) -> Given:
    """The samples, with X as one vector a sample where it can be that."""
    if hooked is None:
        rows = None if x is None else plain(x).reshape(len(x), -1)
    else:
        from ibtui.modules.hooks import rows_of

        rows = rows_of(hooked.x)
    return Given.of(label_of_each(plain(y), "y"), rows)


def _must_be_recordable(one: Estimator) -> None:
    one.check_modules()
    if one.needs_run_range:
        raise UsageError(
            f"{one.series[0]}: needs the range of the whole run, which nobody knows while it is "
            "recorded (choose bounds=running)"
        )


def _supported(activations: Arrays) -> Arrays:
    """The arrays as given, of what torch and numpy do not know as numpy arrays."""
    known = (hasattr(one, "detach") for one in activations.values())
    return {
        name: one if is_tensor else plain(one)
        for (name, one), is_tensor in zip(activations.items(), known, strict=True)
    }
