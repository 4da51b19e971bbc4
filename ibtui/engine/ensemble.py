"""Ensemble: R replicates of a quantized network, trained as one and measured as they train."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, replace

import numpy as np
from numpy.typing import NDArray

from ibtui.analysis.remarks import Remarks
from ibtui.data import Dataset
from ibtui.engine import backends, kept, scout
from ibtui.engine import checkpoint as checkpoints
from ibtui.engine.data_sets import data_sets
from ibtui.engine.inputs import quantize_inputs
from ibtui.engine.measurements import Measurements
from ibtui.engine.meter import Bounds, Occasion
from ibtui.engine.network import Layered, Network, build, unmeasurable
from ibtui.engine.randomness import replicate_seed
from ibtui.engine.replicates import Replicates
from ibtui.engine.running import Running
from ibtui.errors import ProfileError, RunError
from ibtui.information.guarded import failures
from ibtui.information.readings import Note
from ibtui.networks import Factory
from ibtui.profile import Profile
from ibtui.profile.schedule import kept_epochs, planned_epochs
from ibtui.recording import Frame, Header, Recording, Remark, Restart, Singles

CALL_SECONDS = 0.05  # a stop waits for what has begun


class Ensemble:
    """The engine's whole interface: iterate `frames()`, `stop()` from anywhere, `checkpoint()`.

    `planned` are the epochs of all frames, `epoch` the completed epochs (live, for another thread
    to read), `warnings` what the user should know, one line each, `backend` what computes ("torch"
    or "kernel"), `seeds` those of the replicates now. A resumed ensemble continues bit for bit on
    the same machine, with the backend that the run began with.

    Raises `ProfileError` where the network does not fit the data or an estimator cannot measure its
    layers, `MeasureError` where a pass does not fit into memory, `RunError` where the device or the
    backend is missing or the checkpoint is another run's, `DataError` where the samples that a
    replicate draws cannot be learned from.
    """

    def __init__(
        self,
        profile: Profile,
        dataset: Dataset,
        *,
        checkpoint: Mapping[str, NDArray] | None = None,
    ) -> None:
        self.profile = profile
        for estimator in profile.estimator:
            estimator.check_modules()
        self._given = dataset
        seeds = [profile.seed + replicate for replicate in range(profile.replicates)]
        datasets = [_on_grid(one, profile) for one in data_sets(dataset, seeds)]
        try:
            network = _network(profile, dataset)
            inputs = math.prod(dataset.shape)
            if problems := unmeasurable(network, profile.estimator, inputs):
                raise ProfileError(problems)
        except ProfileError as error:
            raise ProfileError([f"{profile.name}: {line}" for line in error.problems]) from None
        self._network = network
        self._backend = backends.choose(profile, network, datasets, checkpoint)
        self.backend, self.device = self._backend.name, self._backend.device
        self.threads, self.warnings = self._backend.threads, self._backend.warnings
        self.parameters = network.parameters
        self.planned = planned_epochs(profile)
        self._kept_epochs = {int(epoch) for epoch in kept_epochs(profile)}
        meter = self._backend.meter
        input_bits, label_bits = meter.header_bits
        of_labels = meter.shared
        self.header = Header(
            series=profile.series,
            layers=network.names,
            units=network.units,
            replicates=profile.replicates,
            samples=meter.samples,
            input_bits=input_bits,
            label_bits=label_bits,
            histogram_bins=meter.histogram_bins,
            histogram_replicates=meter.histogram_replicates,
            histogram_labels=meter.histogram_labels,
            shared_bits=of_labels.bits,
            limit=of_labels.corners,
            tolerance_bits=profile.tolerance_bits,
        )
        self._stopping = False
        self._epoch_seconds = 1.0  # what one took of late
        self._scout: Ensemble | None = None
        self._earlier_seconds, self._started = 0.0, time.monotonic()
        self.epoch = int(self.planned[0])
        self._accuracy: NDArray[np.float64] | None = None  # of the frame at `epoch`, once taken
        self._attempts = [0] * profile.replicates
        self.restarts: list[Restart] = []
        self.diverged: dict[int, int] = {}
        self._remarks = Remarks()
        self._failed: set[str] = set()  # series of plug-ins
        self._run_bounds: Bounds | None = None
        self._replicates = self._fresh(seeds)
        self.seeds = self._replicates.seeds  # one list: it follows restarts
        if checkpoint is not None:
            self._restore(checkpoint)

    @property
    def compiled(self) -> bool:
        """Whether the steps run compiled."""
        return self._backend.compiled

    @property
    def compiling(self) -> bool:
        """Whether something has still to be compiled, or is just being compiled."""
        return self._backend.compiling

    @property
    def compile_seconds(self) -> float:
        """What compiling has taken so far."""
        return self._backend.compile_seconds

    @property
    def found(self) -> str:
        """What the data are: samples, inputs, labels with their counts."""
        return self._given.found()

    @property
    def remarks(self) -> list[Remark]:
        """What the estimators said beside their numbers; not while a replicate catches up."""
        return list(self._remarks)

    @property
    def finished(self) -> bool:
        """Whether the last frame has been taken and no replicate has to start again."""
        last = self.epoch == int(self.planned[-1])
        return last and self._accuracy is not None and not self._dead()

    def stop(self) -> None:
        """Let `frames()` end after the epoch under way; from any thread or signal handler."""
        self._stopping = True
        if self._scout is not None:
            self._scout.stop()

    def frames(self) -> Iterator[Frame]:
        """Train and yield a frame at every planned epoch.

        A replicate that starts again catches up at once: its frames of all earlier epochs follow,
        with `Frame.replicates` set.
        """
        self._started = time.monotonic()
        if self._run_bounds is None and any(e.needs_run_range for e in self.profile.estimator):
            self._run_bounds = self._find_run_bounds()
        last = int(self.planned[-1])
        while not self._stopping:
            if self._accuracy is None and self.epoch in self.planned:
                yield self._frame()
                continue  # a stop may have come with it
            if self._dead():
                yield from self._restart(self._dead())
                continue
            if self.epoch == last:
                return
            self.epoch += self._train(self._replicates, self.epoch, last)
            self._accuracy = None

    def frames_of(
        self, weights: Iterable[tuple[int, Mapping[str, NDArray]]], known: Recording
    ) -> Iterator[Frame]:
        """Frames of a run of this profile that has been trained already, at each epoch given.

        `weights` are those of an epoch, as frames bring them; `known` is the run's recording, from
        which comes what estimators look back on: extremes of earlier frames, or of all. Raises
        `RunError` where the weights are of another network.
        """
        network = self._network
        if not isinstance(network, Network):
            raise RunError("the weights of somebody else's network are not kept")
        self._started = time.monotonic()
        low, high = scout.running_extremes(known)
        if any(one.needs_run_range for one in self.profile.estimator):
            self._run_bounds = scout.bounds_of(known)
        for epoch, of_epoch in weights:
            at = int(np.searchsorted(known.epoch, epoch))
            self._replicates.running = Running(low[at].copy(), high[at].copy())
            try:
                kept.load(network, self._replicates.state, of_epoch)
            except (KeyError, ValueError) as error:
                raise RunError(f"the weights are not this profile's: {error}") from None
            self.epoch = epoch
            yield self._frame()

    def checkpoint(self) -> dict[str, NDArray]:
        """All that `frames()` needs to go on, as plain arrays; valid between frames."""
        arrays = self._replicates.arrays() | {
            "backend": np.array(checkpoints.NAMES.index(self.backend)),
            "epoch": np.array(self.epoch),
            "seconds": np.array(self._seconds()),
            "attempts": np.array(self._attempts),
            "restarts": np.array([astuple(r) for r in self.restarts], np.int64).reshape(-1, 3),
            "diverged": np.array(list(self.diverged.items()), np.int64).reshape(-1, 2),
            "remarks": self._remarks.array(),
        }
        if self._accuracy is not None:
            arrays["accuracy"] = self._accuracy.copy()
        if self._run_bounds is not None:
            arrays["run_min"], arrays["run_max"] = self._run_bounds
        return arrays

    def _restore(self, arrays: Mapping[str, NDArray]) -> None:
        first, last = self.planned[[0, -1]].tolist()
        checkpoints.must_be_like(arrays, self.checkpoint(), first, last)
        try:
            self._remarks.load(arrays)
        except ValueError as error:
            raise checkpoints.foreign(str(error)) from None
        self._replicates.load(arrays)
        self.epoch = int(arrays["epoch"])
        self._earlier_seconds = float(arrays["seconds"])
        self._attempts = [int(attempt) for attempt in arrays["attempts"]]
        self.restarts = [Restart(*map(int, row)) for row in arrays["restarts"]]
        self.diverged = {int(replicate): int(epoch) for replicate, epoch in arrays["diverged"]}
        self._accuracy = arrays["accuracy"].copy() if "accuracy" in arrays else None
        if "run_min" in arrays:
            self._run_bounds = Bounds(arrays["run_min"], arrays["run_max"])

    def _fresh(self, seeds: list[int]) -> Replicates:
        running = Running.fresh(len(self._network.layers), len(seeds))
        return Replicates(list(seeds), self._backend.fresh(seeds), running)

    def _measure(
        self, replicates: Replicates, epoch: int, wanted: list[int] | None = None
    ) -> Measurements:
        number = int(np.searchsorted(self.planned, epoch))
        occasion = Occasion(number, epoch in self.profile.training.ends, self._run_bounds)
        return self._backend.measure(replicates.state, replicates.running, occasion, wanted)

    def _train(
        self, replicates: Replicates, epoch: int, last: int, wanted: list[int] | None = None
    ) -> int:
        """Train to the next planned epoch or `last`, or as far as one call may take; how far."""
        due = int(np.searchsorted(self.planned, epoch, "right"))
        end = min([last, *self.planned[due : due + 1].tolist()])
        epochs = max(1, min(end - epoch, int(CALL_SECONDS / self._epoch_seconds)))
        started = time.perf_counter()
        self._backend.train(replicates.state, epoch, replicates.seeds, wanted, epochs)
        self._epoch_seconds = max((time.perf_counter() - started) / epochs, 1e-9)
        return epochs

    def _frame(self) -> Frame:
        """The frame of all replicates at this epoch; notes which have diverged."""
        measured = self._measure(self._replicates, self.epoch)
        for replicate in np.flatnonzero(~np.isfinite(measured.train_loss_nats)):
            self.diverged.setdefault(int(replicate), self.epoch)
        self._warn_of_plugins(measured.notes)
        self._remarks.add(measured.notes, self.epoch)
        self._accuracy = measured.train_accuracy.copy()
        weights = self._kept(self._replicates, self.epoch)
        return measured.frame(self.epoch, self._seconds(), weights=weights)

    def _kept(
        self, replicates: Replicates, epoch: int, wanted: Sequence[int] | None = None
    ) -> dict[str, Singles] | None:
        """The weights of `wanted`, or all, in an epoch whose weights are kept."""
        if epoch not in self._kept_epochs or not isinstance(self._network, Network):
            return None
        return kept.kept(self._network, replicates.state, wanted)

    def _warn_of_plugins(self, notes: Sequence[Note]) -> None:
        """Say once of each series that its plug-in fails; it has no value where it does."""
        for series, line in failures(notes):
            if series not in self._failed:
                self._failed.add(series)
                self.warnings.append(f"{series}: no value at epoch {self.epoch}: {line}")

    def _dead(self) -> list[int]:
        """The replicates that have to start again at this epoch."""
        training = self.profile.training
        if self._accuracy is None or self.epoch < training.restart_at:
            return []
        return [
            replicate
            for replicate in np.flatnonzero(self._accuracy < training.restart_below).tolist()
            if self._attempts[replicate] < training.restart_limit and replicate not in self.diverged
        ]

    def _restart(self, dead: list[int]) -> Iterator[Frame]:
        """Train `dead` replicates anew, with fresh seeds, up to this epoch.

        Until the end nothing of the ensemble changes: a stop in between repeats it.
        """
        seeds = list(self.seeds)
        for replicate in dead:
            attempt = self._attempts[replicate] + 1
            seeds[replicate] = replicate_seed(self.profile.seed, replicate, attempt, seeds)
        anew = self._fresh(seeds)
        accuracy: NDArray[np.float64] | None = None
        broken: dict[int, int] = {}
        epoch = int(self.planned[0])
        while True:
            if self._stopping:
                return
            if epoch in self.planned:
                measured = self._measure(anew, epoch, dead)
                accuracy = measured.train_accuracy
                for replicate, loss in zip(dead, measured.train_loss_nats, strict=True):
                    if not math.isfinite(loss):
                        broken.setdefault(replicate, epoch)
                weights = self._kept(anew, epoch, dead)
                yield measured.frame(epoch, self._seconds(), tuple(dead), weights)
            if epoch == self.epoch:
                break
            epoch += self._train(anew, epoch, self.epoch, dead)
        self._replicates.splice(anew, dead)
        assert self._accuracy is not None
        assert accuracy is not None
        self._accuracy[dead] = accuracy
        for replicate in dead:
            self._attempts[replicate] += 1
            self.restarts.append(Restart(replicate, self.epoch, seeds[replicate]))
            if replicate in broken:
                self.diverged.setdefault(replicate, broken[replicate])

    def _find_run_bounds(self) -> Bounds | None:
        """The extremes of every layer over the whole run; None where a stop came first."""
        self._scout = Ensemble(scout.bare(self.profile), self._given)
        if self._stopping:
            self._scout.stop()
        bounds = scout.bounds_of_run(self._scout.header, self._scout.frames())
        self._scout = None
        return None if self._stopping else bounds

    def _seconds(self) -> float:
        return self._earlier_seconds + time.monotonic() - self._started


def _network(profile: Profile, dataset: Dataset) -> Layered:
    """The network of a profile: laid out by it, or made by a plug-in."""
    if isinstance(profile.network, Factory):
        from ibtui.engine.own.network import looked_at

        return looked_at(profile.network, dataset, profile.seed)
    return build(profile.network, dataset.shape, len(dataset.label_names), dataset.name)


def _on_grid(dataset: Dataset, profile: Profile) -> Dataset:
    """The data set with its inputs quantized, where the profile asks for that."""
    quantization = profile.quantization
    if quantization is None or quantization.input_bits in (None, 32):
        return dataset
    inputs = quantize_inputs(dataset.inputs, quantization.input_bits, quantization.grid)
    return replace(dataset, inputs=inputs)
