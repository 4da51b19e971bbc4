"""The torch backend: all replicates as one set of tensors. For GPUs, convolutions, reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from ibtui.data import Dataset
from ibtui.engine import dropout, noise
from ibtui.engine.batches import Batches
from ibtui.engine.compiling import Compiled
from ibtui.engine.device import choose_device
from ibtui.engine.forward import Forward
from ibtui.engine.measurements import Measurements
from ibtui.engine.memory import MemoryPlan
from ibtui.engine.meter import Meter, Occasion
from ibtui.engine.network import Network
from ibtui.engine.passed import LayerPass
from ibtui.engine.passes import ROWS, Pass
from ibtui.engine.running import Running
from ibtui.engine.samples import columns, joined
from ibtui.engine.train_state import TorchState
from ibtui.engine.training import Step
from ibtui.engine.weights import layer_weights
from ibtui.profile import Profile
from ibtui.profile.learning_rate import learning_rate
from ibtui.profile.schedule import WORTH_COMPILING

CORES = torch.get_num_threads()


class TorchBackend:
    """Trains and measures with torch, see `backend.Backend`."""

    name = "torch"

    def __init__(self, profile: Profile, network: Network, datasets: Sequence[Dataset]) -> None:
        self._profile = profile
        self.device = choose_device(profile.training.device)
        self._device = torch.device(self.device)
        self.warnings: list[str] = []
        self.forward = Forward(network, profile.quantization)
        self.batches = Batches(profile, network, datasets, self._device)
        self.meter = Meter(profile, self.forward.stages, datasets, self.device)
        self.step = Step(self.forward, profile.training)
        self.data_pass = Pass(self.forward, self.meter.distinct_inputs)
        self._dataset = datasets[0]
        padding = np.arange(-(-len(self._dataset.labels) // ROWS) * ROWS)
        padding[padding >= len(self._dataset.labels)] = 0
        x = joined([one.inputs for one in datasets], -1)  # (sample, input, S)
        y = joined([one.labels for one in datasets], -1)  # (sample, S)
        whole = len(padding) == len(y)
        self._x, self._y = (
            t.to(self._device) if whole else t[padding].to(self._device) for t in (x, y)
        )
        self.chunk = self._replicates_at_once()
        self._compiled: Compiled | None = None
        self._compiled_pass: Compiled | None = None
        # Operations of small networks are over too soon to share: a second thread would only wait,
        # and on a busy machine all would wait for the last one at every operation.
        small = all(stage.layer.small for stage in self.forward.stages)
        self.threads = 1 if small else CORES
        torch.set_num_threads(self.threads)
        self._compile()

    @property
    def compiled(self) -> bool:
        """Whether the steps run compiled."""
        return self._compiled is not None and self._compiled.failure is None

    @property
    def compiling(self) -> bool:
        """Whether something has still to be compiled, at its first call."""
        parts = (self._compiled, self._compiled_pass)
        return any(part.fresh for part in parts if part is not None)

    @property
    def compile_seconds(self) -> float:
        """What compiling has taken so far."""
        parts = (self._compiled, self._compiled_pass)
        return sum(part.seconds for part in parts if part is not None)

    def fresh(self, seeds: Sequence[int]) -> TorchState:
        """The state before the first step, calibrated where ranges go by the epoch."""
        state = TorchState.fresh(self.forward.network, seeds, self._device)
        by_epoch = [
            index
            for index, stage in enumerate(self.forward.stages)
            if stage.plan.range == "epoch" and stage.plan.bits is not None
        ]
        if by_epoch:
            x = self._x[torch.from_numpy(self._dataset.train).to(self._device)]
            for start, stop in self.chunks(len(seeds)):
                part = state.part(start, stop)
                low, high = self.data_pass.calibrate(part.parameters, columns(x, start, stop))
                part.low[by_epoch], part.high[by_epoch] = low[by_epoch], high[by_epoch]
        return state

    def train(
        self,
        state: TorchState,
        epoch: int,
        seeds: Sequence[int],
        replicates: Sequence[int] | None = None,
        epochs: int = 1,
    ) -> None:
        """Train epochs of all replicates, whichever are wanted: no other shape is compiled."""
        for after in range(epoch, epoch + epochs):
            self._train_epoch(state, after, seeds)
        if self._compiled is not None and self._compiled.failure:
            self._warn(f"training runs eager, many times slower: {self._compiled.failure}")

    def _train_epoch(self, state: TorchState, epoch: int, seeds: Sequence[int]) -> None:
        network, training = self._profile.network, self._profile.training
        step = self._compiled or self.step
        shape = epoch, self.batches.steps, len(self.forward.stages) - 1
        masks = dropout.keys(seeds, *shape).to(self._device) if network.dropout else None
        noises = noise.keys(seeds, *shape).to(self._device) if network.noise else None
        rate = None
        if training.schedule != "constant":
            rate = torch.tensor(learning_rate(training, epoch), device=self._device)
        for number, (x, y, share) in enumerate(self.batches.epoch(epoch, seeds)):
            mask = None if masks is None else masks[number]
            step(state, x, y, share, mask, None if noises is None else noises[number], rate)
        state.end_epoch()

    def measure(
        self,
        state: TorchState,
        running: Running,
        occasion: Occasion,
        replicates: Sequence[int] | None = None,
    ) -> Measurements:
        """Measure all replicates, and give the columns of those that are wanted."""

        def part(start: int, stop: int) -> Measurements:
            return self.meter.measure(
                self.passes(state, start, stop),
                range(start, stop),
                layer_weights(
                    self.forward.network, state.parameters[:, start:stop].cpu().numpy().T
                ),
                running,
                occasion,
            )

        parts = [part(*bounds) for bounds in self.chunks(state.parameters.shape[1])]
        if self._compiled_pass is not None and self._compiled_pass.failure:
            self._warn(f"measuring runs eager: {self._compiled_pass.failure}")
        measured = Measurements.join(parts)
        return measured if replicates is None else measured.of(list(replicates))

    @torch.no_grad()
    def passes(self, state: TorchState, start: int, stop: int) -> Iterator[LayerPass]:
        """The layers of some replicates over all samples, padded to a multiple of `ROWS`."""
        part = state.part(start, stop)
        x, y = columns(self._x, start, stop), columns(self._y, start, stop)
        arguments = (part.parameters, part.low, part.high, x, y)
        if self._compiled_pass is None:
            yield from self.data_pass.walk(*arguments)
        else:
            yield from self._compiled_pass(*arguments)

    def chunks(self, replicates: int) -> Iterator[tuple[int, int]]:
        """The replicates in runs that a pass may hold at once."""
        step = self.chunk or replicates
        for start in range(0, replicates, step):
            yield start, min(start + step, replicates)

    def _replicates_at_once(self) -> int | None:
        """How many replicates a pass may hold; None for all, with every layer kept."""
        plan = MemoryPlan(
            self.forward.stages,
            self._profile.estimator,
            rows=len(self._x),
            replicates=self._profile.replicates,
            memory_bytes=round(self._profile.measure.memory_gib * 2**30),
        )
        return None if plan.holds_all_layers else plan.replicates_at_once()

    def _compile(self) -> None:
        """Have steps, and passes where one graph may make them, compiled if that is worth it."""
        training = self._profile.training
        steps = self.batches.steps * (training.epochs + training.prefit_epochs)
        long = training.compile == "auto" and steps >= WORTH_COMPILING
        if not long and training.compile != "always":
            return
        # Graphs of an earlier ensemble in this process would count against this one's limit.
        torch.compiler.reset()
        self._compiled = Compiled(self.step.__call__)
        if self.data_pass.fusible and self.chunk is None:
            self._compiled_pass = Compiled(self.data_pass.__call__)

    def _warn(self, line: str) -> None:
        if line not in self.warnings:
            self.warnings.append(line)
