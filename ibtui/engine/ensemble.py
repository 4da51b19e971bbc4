"""Ensemble: R replicates of a quantized network, trained as one and measured as they train."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ibtui.data import Dataset
from ibtui.engine import dropout
from ibtui.engine.batches import Batches
from ibtui.engine.compiling import Compiled
from ibtui.engine.device import choose_device
from ibtui.engine.forward import Forward
from ibtui.engine.meter import Bounds, Measured, Meter
from ibtui.engine.network import build, unmeasurable
from ibtui.engine.quantizer import quantize_inputs
from ibtui.engine.randomness import replicate_seed
from ibtui.engine.samples import data_sets
from ibtui.engine.shards import Shards
from ibtui.engine.training import State, Step
from ibtui.errors import ProfileError, RunError
from ibtui.profile import Profile
from ibtui.profile.schedule import planned_epochs
from ibtui.recording import Frame, Header, Recorder, of_replicates

CORES = torch.get_num_threads()
WORTH_COMPILING = 10_000  # steps: below, an eager run is over before a compiled one has begun


class Restart(NamedTuple):
    """A replicate that stayed dead until `epoch` began again with `seed`."""

    replicate: int
    epoch: int
    seed: int


class Ensemble:
    """The engine's whole interface: iterate `frames()`, `stop()` from anywhere, `checkpoint()`.

    `planned` are the epochs of all frames, `epoch` the completed epochs (live, for another thread
    to read), `warnings` what the user should know, one line each. A resumed ensemble continues bit
    for bit on the same machine.

    Raises `ProfileError` where the network does not fit the data or an estimator cannot measure its
    layers, `MeasureError` where a pass does not fit into memory, `RunError` where the device is
    missing or the checkpoint is another run's, `DataError` where the samples that a replicate draws
    cannot be learned from.
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
        device = choose_device(profile.training.device)
        self._given = dataset
        self.seeds = [profile.seed + replicate for replicate in range(profile.replicates)]
        datasets = data_sets(dataset, self.seeds)
        quantization = profile.quantization
        if quantization and quantization.input_bits not in (None, 32):
            bits, grid = quantization.input_bits, quantization.grid
            datasets = [
                replace(one, inputs=quantize_inputs(one.inputs, bits, grid)) for one in datasets
            ]
        try:
            network = build(profile.network, dataset.shape, len(dataset.label_names), dataset.name)
            inputs = math.prod(dataset.shape)
            if problems := unmeasurable(network, profile.estimator, inputs):
                raise ProfileError(problems)
        except ProfileError as error:
            raise ProfileError([f"{profile.name}: {line}" for line in error.problems]) from None
        self._forward = Forward(network, profile.quantization)
        self._batches = Batches(profile, network, datasets, device)
        self._meter = Meter(profile, self._forward, datasets, device)
        self._step = Step(self._forward, profile.training)
        self.device = str(device)
        self.parameters = network.parameters
        self.warnings: list[str] = []
        self.planned = planned_epochs(profile)
        input_bits, label_bits = self._meter.header_bits
        self.header = Header(
            series=profile.series,
            layers=network.names,
            units=network.units,
            replicates=profile.replicates,
            samples=self._meter.samples,
            input_bits=input_bits,
            label_bits=label_bits,
            histogram_bins=self._meter.histogram_bins,
            histogram_replicates=self._meter.histogram_replicates,
        )
        self._compiled: Compiled | None = None
        self.threads, self._shards = self._share_cores()
        self._stopping = False
        self._scout: Ensemble | None = None
        self._earlier_seconds, self._started = 0.0, time.monotonic()
        self.epoch = int(self.planned[0])
        self._accuracy: NDArray[np.float64] | None = None  # of the frame at `epoch`, once taken
        self._attempts = [0] * profile.replicates
        self.restarts: list[Restart] = []
        self.diverged: dict[int, int] = {}
        self._run_bounds: Bounds | None = None
        self._state = self._fresh_state(self.seeds)
        if checkpoint is not None:
            self._restore(checkpoint)

    @property
    def compiled(self) -> bool:
        """Whether the steps run compiled."""
        return self._compiled is not None and self._compiled.failure is None

    @property
    def compile_seconds(self) -> float:
        """What compiling has taken so far."""
        parts = (self._compiled, self._meter.compiled)
        return sum(part.seconds for part in parts if part is not None)

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
            self._train_epoch(self._state, self.epoch, self.seeds)
            self.epoch += 1
            self._accuracy = None

    def checkpoint(self) -> dict[str, NDArray]:
        """All that `frames()` needs to go on, as plain arrays; valid between frames."""
        arrays = self._state.arrays() | {
            "epoch": np.array(self.epoch),
            "seconds": np.array(self._seconds()),
            "seeds": np.array(self.seeds, np.int64),
            "attempts": np.array(self._attempts),
            "restarts": np.array(self.restarts, np.int64).reshape(-1, 3),
            "diverged": np.array(list(self.diverged.items()), np.int64).reshape(-1, 2),
        }
        if self._accuracy is not None:
            arrays["accuracy"] = self._accuracy.copy()
        if self._run_bounds is not None:
            arrays["run_min"], arrays["run_max"] = (b.cpu().numpy() for b in self._run_bounds)
        return arrays

    def _restore(self, arrays: Mapping[str, NDArray]) -> None:
        try:
            self._state.load(arrays)
            self.epoch = int(arrays["epoch"])
            self._earlier_seconds = float(arrays["seconds"])
            self.seeds = [int(seed) for seed in arrays["seeds"]]
            self._attempts = [int(attempt) for attempt in arrays["attempts"]]
            self.restarts = [Restart(*map(int, row)) for row in arrays["restarts"]]
            self.diverged = {int(replicate): int(epoch) for replicate, epoch in arrays["diverged"]}
            self._accuracy = arrays["accuracy"].copy() if "accuracy" in arrays else None
            if "run_min" in arrays:
                low, high = torch.from_numpy(arrays["run_min"]), torch.from_numpy(arrays["run_max"])
                self._run_bounds = low.to(self.device), high.to(self.device)
        except (KeyError, RuntimeError, ValueError) as error:
            raise RunError(f"the checkpoint does not belong to this profile: {error}") from None

    def _share_cores(self) -> tuple[int, Shards]:
        """How many threads compute, and which replicates each; compiles where that is worth it."""
        training = self.profile.training
        steps = self._batches.steps * (training.epochs + training.prefit_epochs)
        compiles = training.compile == "always" or (
            training.compile == "auto" and steps >= WORTH_COMPILING
        )
        # Operations of small networks are over too soon to share: a second thread would only wait,
        # and on a busy machine all would wait for the last one at every operation.
        small = all(layer.small for layer in self._forward.network.layers)
        together = 1 if small else CORES
        torch.set_num_threads(together)
        apart = small and compiles and self.device == "cpu"
        shards = Shards(self.profile.replicates, CORES if apart else 1)
        if compiles:
            # Graphs of an earlier ensemble in this process would count against this one's limit.
            torch.compiler.reset()
            self._compiled = Compiled(self._step.__call__, for_threads=len(shards) > 1)
            self._meter.compile(shards)
        return max(together, len(shards)), shards

    def _fresh_state(self, seeds: list[int]) -> State:
        state = State.fresh(self._forward, seeds, torch.device(self.device))
        by_epoch = [
            index
            for index, plan in enumerate(self._forward.plans)
            if plan.range == "epoch" and plan.bits is not None
        ]
        if by_epoch:
            low, high = self._meter.calibrated(state)
            state.low[by_epoch], state.high[by_epoch] = low[by_epoch], high[by_epoch]
        return state

    def _train_epoch(self, state: State, epoch: int, seeds: list[int]) -> None:
        self._shards.each(
            lambda start, stop: self._train_part(
                state.part(start, stop), epoch, seeds[start:stop], start
            ),
            self._compiled,
        )
        state.end_epoch()
        if self._compiled is not None and self._compiled.failure:
            self._warn(f"training runs eager, many times slower: {self._compiled.failure}")

    def _train_part(self, state: State, epoch: int, seeds: list[int], start: int) -> None:
        step = self._compiled or self._step
        probability = self.profile.network.dropout
        keys = None
        if probability:
            layers = len(self._forward.plans) - 1
            keys = dropout.keys(seeds, epoch, self._batches.steps, layers).to(self.device)
        for number, (x, y, share) in enumerate(self._batches.epoch(epoch, seeds, start)):
            step(state, x, y, share, None if keys is None else keys[number])

    def _warn(self, line: str) -> None:
        if line not in self.warnings:
            self.warnings.append(line)

    def _measure(self, state: State, epoch: int) -> Measured:
        number = int(np.searchsorted(self.planned, epoch))
        measured = self._meter.measure(state, number, epoch == self.planned[-1], self._run_bounds)
        if self._meter.compiled is not None and self._meter.compiled.failure:
            self._warn(f"measuring runs eager: {self._meter.compiled.failure}")
        return measured

    def _frame(self) -> Frame:
        """The frame of all replicates at this epoch; notes which have diverged."""
        measured = self._measure(self._state, self.epoch)
        for replicate in np.flatnonzero(~np.isfinite(measured.train_loss_nats)):
            self._note_divergence(int(replicate), self.epoch)
        self._accuracy = measured.train_accuracy.copy()
        return Frame(self.epoch, *measured, seconds=self._seconds())

    def _note_divergence(self, replicate: int, epoch: int) -> None:
        if replicate not in self.diverged:
            self.diverged[replicate] = epoch
            self._warn(
                f"replicate {replicate}: the loss is not finite at epoch {epoch}; it is marked as "
                "diverged and the others go on (lower training.learning_rate)"
            )

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

        All replicates are trained, so that no other shape is compiled, and the others' columns
        thrown away. Until the end nothing of the ensemble changes: a stop in between repeats it.
        """
        seeds = list(self.seeds)
        for replicate in dead:
            attempt = self._attempts[replicate] + 1
            seeds[replicate] = replicate_seed(self.profile.seed, replicate, attempt, seeds)
        state = self._fresh_state(seeds)
        accuracy, broken = self._accuracy, dict[int, int]()
        for epoch in range(int(self.planned[0]), self.epoch + 1):
            if self._stopping:
                return
            if epoch in self.planned:
                measured = self._measure(state, epoch)
                accuracy = measured.train_accuracy
                for replicate in dead:
                    if not np.isfinite(measured.train_loss_nats[replicate]):
                        broken.setdefault(replicate, epoch)
                yield Frame(epoch, *_columns(measured, dead), self._seconds(), tuple(dead))
            if epoch < self.epoch:
                self._train_epoch(state, epoch, seeds)
        self._state.splice(state, dead)
        assert self._accuracy is not None
        assert accuracy is not None
        self._accuracy[dead] = accuracy[dead]
        self.seeds = seeds
        for replicate in dead:
            self._attempts[replicate] += 1
            self.restarts.append(Restart(replicate, self.epoch, seeds[replicate]))
            if replicate in broken:
                self._note_divergence(replicate, broken[replicate])

    def _find_run_bounds(self) -> Bounds | None:
        """The extremes of every layer over the whole run: a first pass with the same seeds."""
        measure = self.profile.measure.model_copy(update={"histograms": None})
        bare = self.profile.model_copy(update={"estimator": (), "measure": measure})
        scout = Ensemble(bare, self._given)
        self._scout = scout
        recorder = Recorder(scout.header)
        for frame in scout.frames():
            recorder.add(frame)
            if self._stopping:
                scout.stop()
        self._scout = None
        if self._stopping:
            return None
        whole = recorder.snapshot()
        low, high = whole.activation_min, whole.activation_max
        # What has diverged is not measured, and must not spoil the frames before.
        sound = np.isfinite(low) & np.isfinite(high) & np.isfinite(whole.train_loss_nats)[..., None]
        extremes = (
            low.min(0, where=sound, initial=np.inf),
            high.max(0, where=sound, initial=-np.inf),
        )
        least, greatest = (torch.from_numpy(one.T.astype(np.float32)) for one in extremes)
        return least.to(self.device), greatest.to(self.device)

    def _seconds(self) -> float:
        return self._earlier_seconds + time.monotonic() - self._started


def _columns(measured: Measured, replicates: list[int]) -> Measured:
    """The columns of some replicates."""
    named = zip(Measured._fields, measured, strict=True)
    return Measured._make(of_replicates(name, array, replicates) for name, array in named)
