"""The kernel backend: dense networks on the CPU, one replicate's whole epoch in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ibtui import profile as options
from ibtui.data import Dataset
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
from ibtui.engine.passed import CountedPass, LayerPass, Scores
from ibtui.engine.plan import PlannedLayer, planned
from ibtui.engine.randomness import shuffled_labels
from ibtui.engine.running import Running
from ibtui.engine.weights import layer_weights
from ibtui.information import Requantized
from ibtui.information.counting import bits_of_sums, sums_of_logs
from ibtui.information.exact import STATES
from ibtui.information.readings import Count
from ibtui.information.requantized import requantized_key
from ibtui.profile import Profile
from ibtui.profile.learning_rate import learning_rate

f32 = np.float32
NOTHING = frozen(np.empty(0, np.int64))
MOST_TURNED = 1 << 20  # values of inputs that stay in a cache


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
        self._stages = planned(network, profile.quantization)
        self.meter = Meter(profile, self._stages, datasets, "cpu")
        self._profile, self._datasets, self._dataset = profile, datasets, datasets[0]
        self._classes = len(self._dataset.label_names)
        self._design = design(network, self._stages)
        self._recipe = recipe(profile, len(self._dataset.train))
        self._training = profile.training
        sum_log = sums_of_logs(self.meter.samples)
        self._of_labels = np.array(
            [sum_log[np.bincount(one.labels[self.meter.index])].sum() for one in datasets]
        )
        self._all = padded(np.arange(len(self._dataset.labels)))
        self._by_epoch = [
            index
            for index, stage in enumerate(self._stages)
            if stage.plan.range == "epoch" and stage.plan.bits is not None
        ]
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
        """The state before the first step.

        Ranges by the epoch are NaN until it is first used: nothing here waits for the compiler.
        """
        state = KernelState.fresh(self._network.initial(seeds), len(self._stages))
        state.rows.low[:, self._by_epoch] = state.rows.high[:, self._by_epoch] = np.nan
        return state

    def train(
        self,
        state: KernelState,
        epoch: int,
        seeds: Sequence[int],
        replicates: Sequence[int] | None = None,
        epochs: int = 1,
    ) -> None:
        """Train `epochs` epochs of `replicates`, or all."""
        self._ready(state)
        keys = np.array(seeds, np.uint64)
        after = range(epoch, epoch + epochs)
        rates = np.array([learning_rate(self._training, one) for one in after], f32)

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
                rates,
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
        self._ready(state)
        numbers = range(len(state.rows.steps)) if replicates is None else replicates
        due = self.meter.due(occasion)
        keys = {one.count_key for one in due}
        bits = sorted(
            {one.bits for one in due if isinstance(one, Requantized) and one.count_key is not None}
        )
        counted = [STATES] * (STATES in keys) + [requantized_key(each) for each in bits]
        wanted = self._wanted(
            kept=self.meter.needs_values(due, counted), states=STATES in keys, requantized=bits
        )
        parts = []
        for some in self._chunks(numbers):
            found = self._pass(state, wanted, some)
            parts.append(
                self.meter.measure(
                    self._layers(found) if wanted.kept else (),
                    some,
                    layer_weights(self._network, state.rows.parameters[list(some)]),
                    running,
                    occasion,
                    self._counted(found, counted, some),
                )
            )
        return Measurements.join(parts)

    def passes(self, state: KernelState, replicates: Sequence[int]) -> Iterator[LayerPass]:
        """The layers of some replicates over all samples, whoever wants to look at them."""
        self._ready(state)
        wanted = self._wanted(kept=True, states=False, requantized=())
        yield from self._layers(self._pass(state, wanted, replicates))

    @cached_property
    def _samples(self) -> Samples:
        return samples(self._profile, self._datasets)

    @cached_property
    def _turned(self) -> NDArray[np.float32]:
        """The inputs as the first layer takes them, where all share them and a cache holds them."""
        shared, inputs = len(self._datasets) == 1, self._dataset.inputs
        small = inputs.shape[1] * len(self._all) <= MOST_TURNED
        return frozen(inputs[self._all if shared and small else slice(0)].T.copy().reshape(-1))

    def _ready(self, state: KernelState) -> None:
        """Wait for the compiler, and find the first ranges where they go by the epoch."""
        warm.wait()
        if not self._by_epoch or not np.isnan(state.rows.low[:, self._by_epoch]).all():
            return
        found = self._pass(state, self._calibrating(), range(len(state.rows.steps)))
        state.rows.low[:, self._by_epoch] = found.low[:, self._by_epoch]
        state.rows.high[:, self._by_epoch] = found.high[:, self._by_epoch]

    def _wanted(self, *, kept: bool, states: bool, requantized: Sequence[int]) -> Wanted:
        """A pass of all samples."""
        train, test = self.meter.train_and_test
        return Wanted(
            rows=self._all,
            real=len(self._dataset.labels),
            calibrate=False,
            counted=frozen(self.meter.index),
            kept=kept,
            states=states,
            requantized=frozen(np.array(requantized, np.int64)),
            train=frozen(train),
            test=frozen(test),
            turned=self._turned,
        )

    def _calibrating(self) -> Wanted:
        """A pass of the training samples that finds ranges."""
        rows = padded(self._dataset.train)
        return Wanted(
            rows=rows,
            real=len(self._dataset.train),
            calibrate=True,
            counted=NOTHING,
            kept=False,
            states=False,
            requantized=NOTHING,
            train=NOTHING,
            test=NOTHING,
            turned=frozen(np.empty(0, f32)),
        )

    def _layers(self, found: PassResults) -> Iterator[LayerPass]:
        """The layers of a pass that has kept them."""
        unit = word = 0
        for index, stage in enumerate(self._stages):
            units, words = stage.layer.units, words_of(stage.layer.units, stage.plan.bits or 0)
            yield LayerPass(
                values=found.values[:, unit : unit + units].transpose(2, 1, 0),
                words=found.words[word : word + words],
                low=found.low[:, index],
                high=found.high[:, index],
            )
            unit, word = unit + units, word + words

    def _counted(
        self, found: PassResults, keys: Sequence[str], replicates: Sequence[int]
    ) -> CountedPass:
        """What a pass has counted: states, if they are the first of `keys`, and requantizations."""
        sums = [found.sums] if STATES in keys else []
        sums += [found.requantized[:, :, which] for which in range(found.requantized.shape[2])]
        counts = {key: self._bits(own, replicates) for key, own in zip(keys, sums, strict=True)}
        return CountedPass(found.low, found.high, counts, Scores(*found.scores.T))

    def _bits(self, sums: NDArray[np.float64], replicates: Sequence[int]) -> Count:
        """Bits from sums (R, L, 2 or 3), see `PassResults`."""
        sum_log, of_labels = sums_of_logs(self.meter.samples), self._of_labels
        if len(of_labels) > 1:
            of_labels = of_labels[list(replicates)]
        h_t_bits, i_ty_bits = bits_of_sums(sums[..., 0], sums[..., 1], of_labels[:, None], sum_log)
        if sums.shape[2] == 2:
            return Count(h_t_bits, i_ty_bits)
        h_both_bits = (sum_log[-1] - sums[..., 2]) / self.meter.samples
        return Count(h_t_bits, i_ty_bits, h_both_bits - h_t_bits)

    def _pass(self, state: KernelState, wanted: Wanted, replicates: Sequence[int]) -> PassResults:
        """One pass of some replicates, shared out to the cores."""
        count, layers = len(replicates), len(self._stages)
        kept = count if wanted.kept else 0
        units = sum(stage.layer.units for stage in self._stages)
        words = sum(words_of(stage.layer.units, stage.plan.bits or 0) for stage in self._stages)
        found = PassResults(
            low=np.empty((count, layers), f32),
            high=np.empty((count, layers), f32),
            sums=np.zeros((count, layers, 2)),
            requantized=np.zeros((count, layers, len(wanted.requantized), 3)),
            scores=np.empty((count, 4)),
            values=np.empty((kept, units, len(wanted.rows)), f32),
            words=np.empty((words, kept, wanted.real), np.int64),
        )
        sum_log = sums_of_logs(len(wanted.counted))
        place = {number: at for at, number in enumerate(replicates)}

        def part(start: int, stop: int) -> None:
            measure(
                self._design,
                self._samples,
                measuring.scratch_of(self._design, wanted),
                state.rows.part(start, stop),
                wanted,
                found,
                place[start],
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


def design(network: Network, stages: Sequence[PlannedLayer]) -> Design:
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
