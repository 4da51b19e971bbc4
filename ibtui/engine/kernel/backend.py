"""The kernel backend: dense networks on the CPU, one replicate's whole epoch in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ibtui import profile as options
from ibtui.data import Dataset
from ibtui.engine.batches import shuffled_labels
from ibtui.engine.kernel import measuring, threads, training, warm
from ibtui.engine.kernel.counting import words_of
from ibtui.engine.kernel.design import ACTIVATIONS, RANGES, Design, Recipe, Samples, frozen
from ibtui.engine.kernel.gather import MOST, encode
from ibtui.engine.kernel.measuring import BLOCK, PassResults, Wanted, measure
from ibtui.engine.kernel.state import KernelState
from ibtui.engine.kernel.training import train
from ibtui.engine.measurements import Measurements
from ibtui.engine.memory import MemoryPlan
from ibtui.engine.meter import Meter, Occasion
from ibtui.engine.network import Network
from ibtui.engine.passes import LayerPass, OutputPass
from ibtui.engine.running import Running
from ibtui.engine.stage import Stage, stages
from ibtui.engine.weights import layer_weights
from ibtui.information.counting import informations, sums_of_logs
from ibtui.profile import Profile
from ibtui.profile.learning_rate import learning_rate

f32 = np.float32


class KernelBackend:
    """Trains and measures in compiled code, see `backend.Backend`."""

    name = "kernel"
    device = "cpu"
    compiled = True

    def __init__(self, profile: Profile, network: Network, datasets: Sequence[Dataset]) -> None:
        warm.start()
        self.warnings: list[str] = []
        self.threads = min(threads.CORES, profile.replicates)
        self._network = network
        self._stages = stages(network, profile.quantization)
        self.meter = Meter(profile, self._stages, datasets, torch.device("cpu"))
        self._dataset = datasets[0]
        self._classes = len(self._dataset.label_names)
        self._design = design(network, self._stages)
        self._samples = samples(profile, datasets)
        self._recipe = recipe(profile, len(self._dataset.train))
        self._training = profile.training
        self._label_counts = [
            np.bincount(one.labels[self.meter.index], minlength=self._classes) for one in datasets
        ]
        self._all, self._train = (
            padded(rows) for rows in (np.arange(len(self._dataset.labels)), self._dataset.train)
        )
        self._memory = MemoryPlan(
            self._stages,
            profile.estimator,
            rows=len(self._all),
            replicates=profile.replicates,
            memory_bytes=round(profile.measure.memory_gib * 2**30),
        )

    @property
    def compiling(self) -> bool:
        """Whether the kernel is still being compiled for this machine."""
        return warm.compiling()

    @property
    def compile_seconds(self) -> float:
        """What that took; 0 where it was in the cache."""
        return warm.compile_seconds()

    def fresh(self, seeds: Sequence[int]) -> KernelState:
        """The state before the first step, calibrated where ranges go by the epoch."""
        parameters = np.ascontiguousarray(self._network.initial(seeds).numpy().T)
        state = KernelState.fresh(parameters, len(self._stages))
        by_epoch = [
            index
            for index, stage in enumerate(self._stages)
            if stage.plan.range == "epoch" and stage.plan.bits is not None
        ]
        if by_epoch:
            wanted = Wanted(
                self._train, len(self._dataset.train), True, frozen(np.empty(0, np.int64)), False
            )
            found = self._pass(state, wanted, range(len(seeds)))
            state.rows.low[:, by_epoch] = found.low[:, by_epoch]
            state.rows.high[:, by_epoch] = found.high[:, by_epoch]
        return state

    def train(
        self,
        state: KernelState,
        epoch: int,
        seeds: Sequence[int],
        replicates: Sequence[int] | None = None,
    ) -> None:
        """Train an epoch of `replicates`, or all."""
        warm.wait()
        keys = np.array(seeds, np.uint64)
        rate = f32(learning_rate(self._training, epoch))

        def part(start: int, stop: int) -> None:
            train(
                self._design,
                self._samples,
                self._recipe,
                training.scratch_of(self._design, self._recipe.batch),
                state.rows.part(start, stop),
                keys[start:stop],
                start,
                epoch,
                rate,
            )

        threads.each(part, range(len(seeds)) if replicates is None else replicates)

    def measure(
        self,
        state: KernelState,
        running: Running,
        occasion: Occasion,
        replicates: Sequence[int] | None = None,
    ) -> Measurements:
        """Measure `replicates`, or all, as many at once as memory holds."""
        numbers = range(len(state.rows.steps)) if replicates is None else replicates
        parts = []
        for some in self._chunks(numbers):
            parameters = torch.from_numpy(state.rows.parameters[list(some)].T)
            parts.append(
                self.meter.measure(
                    self.passes(state, some, kept=self.meter.needs_values(occasion)),
                    some,
                    layer_weights(self._network, parameters),
                    running,
                    occasion,
                )
            )
        return Measurements.join(parts)

    def passes(
        self, state: KernelState, replicates: Sequence[int], *, kept: bool = True
    ) -> Iterator[LayerPass]:
        """The layers of some replicates, states counted; values and words only if `kept`."""
        rows = frozen(self.meter.index)
        wanted = Wanted(self._all, len(self._dataset.labels), False, rows, kept)
        found = self._pass(state, wanted, replicates)
        outputs = OutputPass(torch.from_numpy(found.loss_nats.T), torch.from_numpy(found.correct.T))
        unit = word = 0
        for index, stage in enumerate(self._stages):
            units, words = stage.layer.units, words_of(stage.layer.units, stage.plan.bits or 0)
            yield LayerPass(
                values=torch.from_numpy(found.values[:, unit : unit + units]).permute(2, 1, 0),
                words=torch.from_numpy(found.words[word : word + words]),
                low=torch.from_numpy(found.low[:, index]),
                high=torch.from_numpy(found.high[:, index]),
                output=outputs if stage.is_output else None,
                counted=self._informations(found.sums[:, index], replicates),
            )
            unit, word = unit + units, word + words

    def _informations(
        self, sums: NDArray[np.float64], replicates: Sequence[int]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """H(T) and I(T;Y) in bits from the sums (R, 2) of a layer, (R,) each."""
        sum_log = sums_of_logs(self.meter.samples)
        if len(self._label_counts) == 1:
            return informations(sums[:, 0], sums[:, 1], self._label_counts[0], sum_log)
        bits = [
            informations(own[:, 0], own[:, 1], self._label_counts[replicate], sum_log)
            for own, replicate in zip(sums[:, None], replicates, strict=True)
        ]
        h_t_bits, i_ty_bits = np.concatenate(bits, axis=1)
        return h_t_bits, i_ty_bits

    def _pass(self, state: KernelState, wanted: Wanted, replicates: Sequence[int]) -> PassResults:
        """One pass of some replicates, shared out to the cores."""
        warm.wait()
        count, layers = len(replicates), len(self._stages)
        kept = count if wanted.kept else 0
        units = sum(stage.layer.units for stage in self._stages)
        words = sum(words_of(stage.layer.units, stage.plan.bits or 0) for stage in self._stages)
        found = PassResults(
            low=np.empty((count, layers), f32),
            high=np.empty((count, layers), f32),
            sums=np.zeros((count, layers, 2)),
            loss_nats=np.empty((count, wanted.real)),
            correct=np.empty((count, wanted.real), np.bool_),
            values=np.empty((kept, units, len(wanted.rows)), f32),
            words=np.empty((words, kept, wanted.real), np.int64),
        )
        sum_log = sums_of_logs(len(wanted.counted))
        place = {number: at for at, number in enumerate(replicates)}

        def part(start: int, stop: int) -> None:
            at = place[start]
            measure(
                self._design,
                self._samples,
                measuring.scratch_of(self._design, wanted),
                state.rows.part(start, stop),
                wanted,
                found,
                at,
                start,
                self._classes,
                sum_log,
            )

        threads.each(part, replicates)
        return found

    def _chunks(self, replicates: Sequence[int]) -> Iterator[Sequence[int]]:
        """The replicates in runs that a pass may hold at once with all their layers."""
        step = self._memory.replicates_with_all_layers()
        for start in range(0, len(replicates), step):
            yield replicates[start : start + step]


def design(network: Network, stages: Sequence[Stage]) -> Design:
    """The network and its quantization as numbers."""
    option, plans = network.options, [stage.plan for stage in stages]
    return Design(
        sizes=np.array([stages[0].layer.inputs, *(stage.layer.units for stage in stages)]),
        bits=np.array([plan.bits or 0 for plan in plans]),
        weight_bits=np.array([plan.weight_bits or 0 for plan in plans]),
        ranges=np.array([RANGES.index(plan.range) for plan in plans]),
        activation=ACTIVATIONS.index(option.activation),
        slope=f32(option.leaky_slope),
        sigmoid=option.output == "sigmoid",
        logits=plans[-1].logits,
        uniform=stages[0].grid == "uniform",
        dropped=np.int64(int(option.dropout * 2**32)),
        kept=f32(1 - option.dropout),
        noise=f32(option.noise),
    )


def samples(profile: Profile, datasets: Sequence[Dataset]) -> Samples:
    """The data sets one below the other."""
    inputs = joined([one.inputs for one in datasets])
    labels = [one.labels for one in datasets]
    permuted = [
        shuffled_labels(one.labels, one.train, profile.seed + number)
        for number, one in enumerate(datasets)
    ]
    codes, table = np.empty(inputs.shape, np.uint8), np.zeros(MOST, f32)
    if encode(frozen(inputs.reshape(-1)), codes.reshape(-1), table) < 0:
        codes = np.empty((0, inputs.shape[1]), np.uint8)
    else:
        inputs = np.empty((0, inputs.shape[1]), f32)
    return Samples(
        codes=frozen(codes),
        table=frozen(table),
        values=frozen(inputs),
        labels=frozen(joined(labels)),
        shuffled_labels=frozen(joined(permuted)),
        train=frozen(datasets[0].train),
        of_each=len(labels[0]) if len(datasets) > 1 else 0,
    )


def recipe(profile: Profile, samples: int) -> Recipe:
    """How the profile trains on so many samples."""
    option: options.Training = profile.training
    batch = samples if option.batch_size == "full" else min(option.batch_size, samples)
    return Recipe(
        batch=batch,
        order=("none", "replicate", "shared").index(option.shuffle),
        shared_seed=np.uint64(profile.seed),
        sgd=option.optimizer == "sgd",
        momentum=f32(option.momentum),
        epsilon=f32(option.epsilon),
        epsilon_first=option.epsilon_added == "before-correction",
        decay=f32(option.decay),
        decoupled=option.optimizer == "adamw",
    )


def padded(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows with the first one repeated up to a whole number of blocks."""
    return frozen(np.concatenate((rows, np.repeat(rows[:1], -len(rows) % BLOCK))))


def joined(arrays: Sequence[NDArray]) -> NDArray:
    """Arrays one below the other; a lone one is not copied."""
    return np.ascontiguousarray(arrays[0]) if len(arrays) == 1 else np.concatenate(arrays)
