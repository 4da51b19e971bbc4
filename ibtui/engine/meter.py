"""Meter: takes the frames of a run, in memory that a setting bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ibtui.data import Dataset
from ibtui.engine.compiling import Compiled
from ibtui.engine.forward import Forward
from ibtui.engine.histograms import histograms
from ibtui.engine.measuring import ROWS, VALUES_AT_ONCE, LayerPass, OutputPass, Sweep
from ibtui.engine.samples import columns, joined
from ibtui.engine.shards import Shards
from ibtui.engine.training import State
from ibtui.engine.weights import layer_weights
from ibtui.errors import MeasureError
from ibtui.information import Information, Layer
from ibtui.information.diagnostics import output_loss_bits
from ibtui.information.layer import States
from ibtui.information.states import one_number
from ibtui.profile import Profile
from ibtui.recording import Counts, Floats, Singles, replicate_axis

Bounds = tuple[Tensor, Tensor]  # least and greatest value, (layer, replicate) each


class Measured(NamedTuple):
    """A frame but for its epoch and time; axes as in `recording.Frame`."""

    i_xt_bits: Floats
    i_ty_bits: Floats
    train_loss_nats: Floats
    test_loss_nats: Floats
    train_accuracy: Floats
    test_accuracy: Floats
    activation_min: Floats
    activation_max: Floats
    output_loss_bits: Floats
    weight_mean: Singles
    weight_deviation: Singles
    bias_mean: Singles
    bias_deviation: Singles
    histograms: Counts


class Meter:
    """Measures all estimators of a profile on all layers of all replicates."""

    def __init__(
        self,
        profile: Profile,
        forward: Forward,
        datasets: Sequence[Dataset],
        device: torch.device,
    ) -> None:
        dataset = datasets[0]  # all are alike in size and split
        self._estimators = profile.estimator
        self._forward = forward
        self._dataset = dataset
        self._memory_bytes = round(profile.measure.memory_gib * 2**30)
        self.histogram_bins = profile.measure.histograms or 0
        wanted = profile.measure.histogram_replicates or 1
        self.histogram_replicates = min(wanted, profile.replicates) if self.histogram_bins else 0
        self._index = measured_samples(profile, dataset)
        everything = len(self._index) == len(dataset.labels)
        self._selected = None if everything else torch.from_numpy(self._index).to(device)
        padding = np.arange(-(-len(dataset.labels) // ROWS) * ROWS)
        padding[padding >= len(dataset.labels)] = 0
        inputs, labels = [one.inputs for one in datasets], [one.labels for one in datasets]
        self._inputs, self._labels = (
            [self._select(torch.from_numpy(array).to(device)) for array in arrays]
            for arrays in (inputs, labels)
        )
        x, y = joined(inputs, -1), joined(labels, -1)  # (sample, input, S), (sample, S)
        whole = len(padding) == len(y)
        self._x, self._y = (t.to(device) if whole else t[padding].to(device) for t in (x, y))
        # Of many wide inputs it takes a while, and mostly all of them are measured.
        all_bits = [one.input_bits() for one in datasets]
        input_bits = all_bits if everything else [one.input_bits(self._index) for one in datasets]
        label_bits = [one.label_bits(self._index) for one in datasets]
        # H(X), H(Y) of the measured samples
        self.header_bits = float(np.mean(input_bits)), float(np.mean(label_bits))
        distinct = np.isclose(all_bits, np.log2(len(y)), rtol=0, atol=1e-12)
        self.sweep = Sweep(forward, bool(distinct.all()))
        self._chunk = self._replicates_at_once(profile.replicates)
        self._shards: Shards | None = None
        self.compiled: Compiled | None = None

    @property
    def samples(self) -> int:
        return len(self._index)

    @property
    def fusible(self) -> bool:
        """Whether a pass may be one graph: that is safe, and all its layers fit into memory."""
        return self.sweep.fusible and self._chunk is None

    def compile(self, shards: Shards) -> None:
        """Fuse the pass into one graph, if it may be one, that threads run on a shard each."""
        if self.fusible:
            self._shards = shards
            self.compiled = Compiled(self.sweep.__call__, for_threads=len(shards) > 1)

    def calibrated(self, state: State) -> Bounds:
        """The ranges of the training samples, layer by layer, for a first epoch."""
        x = self._x[torch.from_numpy(self._dataset.train).to(self._x.device)]
        parts = [
            self.sweep.calibrate(state.parameters[:, start:stop], columns(x, start, stop))
            for start, stop in self._chunks(state.parameters.shape[1])
        ]
        return torch.cat([p[0] for p in parts], 1), torch.cat([p[1] for p in parts], 1)

    def measure(
        self,
        state: State,
        frame: int,
        last: bool,
        run_bounds: Bounds | None = None,
    ) -> Measured:
        """Frame number `frame` of the run; updates the running extremes in `state`.

        Information that was not due is NaN, and so is all of a replicate whose loss is not finite.
        """

        def part(start: int, stop: int) -> Measured:
            return self._measure_chunk(state, start, stop, frame, last, run_bounds)

        if self._shards is not None:
            parts = self._shards.each(part, self.compiled)
        else:
            parts = [part(*bounds) for bounds in self._chunks(state.parameters.shape[1])]
        fields = zip(Measured._fields, zip(*parts, strict=True), strict=True)
        return Measured(*(np.concatenate(part, replicate_axis(name)) for name, part in fields))

    @torch.no_grad()
    def _measure_chunk(
        self,
        state: State,
        start: int,
        stop: int,
        frame: int,
        last: bool,
        run_bounds: Bounds | None,
    ) -> Measured:
        series = [len(estimator.series) for estimator in self._estimators]
        shape = (sum(series), stop - start, len(self._forward.plans))
        i_xt_bits, i_ty_bits, output_loss = (np.full(shape, np.nan) for _ in range(3))
        low, high = np.empty(shape[1:]), np.empty(shape[1:])
        drawn = max(0, min(stop, self.histogram_replicates) - start)
        histogram = np.zeros((drawn, shape[2], self.histogram_bins), np.uint32)
        first = np.cumsum([0, *series])
        index, output, top = 0, None, None
        discretized: list[tuple[slice, list[int], int, States]] = []
        for passed in self._passes(state, start, stop):
            if isinstance(passed, OutputPass):
                output = passed
                continue
            top = passed
            low[:, index], high[:, index] = passed.low.cpu(), passed.high.cpu()
            self._widen(state, index, start, stop, passed)
            alive = (passed.high - passed.low).isfinite().nonzero()[:, 0].tolist()
            if alive:
                layer = self._layer(state, index, start, passed, alive, run_bounds)
                if few := sum(replicate < drawn for replicate in alive):
                    bounds = passed.low[alive[:few]], passed.high[alive[:few]]
                    counted = histograms(layer.values[:few], *bounds, self.histogram_bins)
                    histogram[alive[:few], index] = counted
                for number, estimator in enumerate(self._estimators):
                    if not estimator.due(frame, last):
                        continue
                    numbers = [start + replicate for replicate in alive]
                    measured, states = self._estimate(number, layer, index, numbers)
                    rows = slice(first[number], first[number + 1])
                    i_xt_bits[rows, alive, index] = measured.i_xt_bits
                    i_ty_bits[rows, alive, index] = measured.i_ty_bits
                    if states is not None:
                        discretized.append((rows, alive[: len(states.numbers)], index, states))
            index += 1
        assert output is not None
        assert top is not None
        if discretized:
            of_output = self._states(top, index - 1)
            for rows, some, index, states in discretized:
                output_loss[rows, some, index] = output_loss_bits(states, of_output[some])
        weights = layer_weights(self._forward.network, state.parameters[:, start:stop])
        scores = self._scores(output)
        broken = ~np.isfinite(scores[0])
        for bits in (i_xt_bits, i_ty_bits, output_loss):
            bits[:, broken] = np.nan
        last_of_all = (output_loss, *weights, histogram)
        return Measured._make((i_xt_bits, i_ty_bits, *scores, low, high, *last_of_all))

    def _estimate(
        self, number: int, layer: Layer, index: int, replicates: list[int]
    ) -> tuple[Information, States | None]:
        estimator = self._estimators[number]
        try:
            found = [
                estimator.discretize_sample(part, numbers)
                for part, numbers in self._by_data_set(layer, replicates)
            ]
        except MeasureError as error:
            raise MeasureError(
                f"estimator.{number} ({estimator.name}) on layer T{index + 1}: {error}"
            ) from None
        states = [of_part for _, of_part in found if of_part is not None]
        joined_bits = Information.join(bits for bits, _ in found)
        return joined_bits, States.join(states) if states else None

    def _by_data_set(
        self, layer: Layer, replicates: list[int]
    ) -> Iterator[tuple[Layer, list[int]]]:
        """The layer in parts that share their samples, and the numbers of each part's replicates.

        An estimator knows but one sample of inputs and labels.
        """
        if len(self._labels) == 1:
            yield layer, replicates
            return
        for at, number in enumerate(replicates):
            inputs, labels = self._inputs[number], self._labels[number]
            yield replace(layer.part(at, at + 1), inputs=inputs, labels=labels), [number]

    def _passes(self, state: State, start: int, stop: int) -> Iterator[LayerPass | OutputPass]:
        part = state.part(start, stop)
        x, y = columns(self._x, start, stop), columns(self._y, start, stop)
        arguments = (part.parameters, part.low, part.high, x, y)
        if self.compiled is None:
            yield from self.sweep.walk(*arguments)
            return
        layers, output = self.compiled(*arguments)
        yield from layers
        yield output

    def _layer(
        self,
        state: State,
        index: int,
        start: int,
        passed: LayerPass,
        alive: list[int],
        run_bounds: Bounds | None,
    ) -> Layer:
        values, words = passed.values, passed.words
        if len(alive) < words.shape[1]:
            values, words = values[:, :, alive], words[:, alive]
        bounds = [state.running_min, state.running_max, *(run_bounds or ())]
        places = [start + r for r in alive]
        running_min, running_max, *of_run = (bound[index][places] for bound in bounds)
        run_min, run_max = of_run or (None, None)
        samples = self._selected if self._selected is not None else len(self._dataset.labels)
        return Layer(
            values=self._rows(values, samples, 0).permute(2, 0, 1),
            words=self._rows(words, samples, 2).contiguous(),
            word_bits=self.sweep.word_bits(index),
            labels=self._labels[0],  # see _by_data_set
            classes=len(self._dataset.label_names),
            inputs=self._inputs[0],
            activation=self._forward.network.activation_name(index),
            running_min=running_min,
            running_max=running_max,
            run_min=run_min,
            run_max=run_max,
            memory_bytes=self._memory_bytes,
            low=passed.low[alive] if self._selected is None else None,
            high=passed.high[alive] if self._selected is None else None,
        )

    def _states(self, passed: LayerPass, index: int) -> Tensor:
        """The states of a layer at the measured samples, one number each, (replicate, sample)."""
        samples = self._selected if self._selected is not None else len(self._dataset.labels)
        words = self._rows(passed.words, samples, 2)
        return one_number(words, self.sweep.word_bits(index))

    @staticmethod
    def _rows(tensor: Tensor, samples: Tensor | int, axis: int) -> Tensor:
        if isinstance(samples, int):
            return tensor.narrow(axis, 0, samples)
        return tensor.index_select(axis, samples)

    def _select(self, tensor: Tensor) -> Tensor:
        return tensor if self._selected is None else tensor[self._selected]

    @staticmethod
    def _widen(state: State, index: int, start: int, stop: int, passed: LayerPass) -> None:
        least, greatest = state.running_min[index, start:stop], state.running_max[index, start:stop]
        torch.minimum(least, passed.low, out=least)
        torch.maximum(greatest, passed.high, out=greatest)

    def _scores(self, output: OutputPass) -> tuple[Floats, Floats, Floats, Floats]:
        """Mean loss and accuracy of the replicates on training and test samples."""
        loss = output.loss_nats.double().cpu().numpy()
        correct = output.correct.cpu().numpy()
        train, test = self._dataset.train, self._dataset.test
        return (
            _mean(loss, train),
            _mean(loss, test),
            _mean(correct, train),
            _mean(correct, test),
        )

    def _chunks(self, replicates: int) -> Iterator[tuple[int, int]]:
        step = self._chunk or replicates
        for start in range(0, replicates, step):
            yield start, min(start + step, replicates)

    def _replicates_at_once(self, replicates: int) -> int | None:
        """How many replicates a pass may hold; None for all, with every layer kept."""
        units, inputs = self._forward.network.units, self._dataset.inputs.shape[1]
        rows = len(self._x)
        # The states of series that discretize are kept until the output is known.
        kept = 8 * len(units) * sum(estimator.discretizes for estimator in self._estimators)
        if replicates * rows * (12 * sum(units) + kept) <= self._memory_bytes:
            return None
        # A layer and the one below it, and the layer's words twice as they are joined.
        per_word = (2 if plan.bits is None else 62 // plan.bits for plan in self._forward.plans)
        layers = zip((inputs, *units), units, per_word, strict=False)
        widest = max(4 * (below + u) + 16 * -(-u // in_word) for below, u, in_word in layers) + kept
        fixed = 16 * min(VALUES_AT_ONCE, rows * max(units))
        at_once = (self._memory_bytes - fixed) // (rows * widest)
        if at_once < 1:
            raise MeasureError(
                f"measure.memory_gib: {self._memory_bytes / 2**30:.3g} is too little for {rows} "
                f"samples of one replicate (set it to {(rows * widest + fixed) / 2**30 + 0.05:.1f})"
            )
        return min(at_once, replicates)


def measured_samples(profile: Profile, dataset: Dataset) -> NDArray[np.int64]:
    """The indices of the samples that the profile measures."""
    match profile.measure.on:
        case "train":
            return dataset.train
        case "test":
            if len(dataset.test) < 2:
                raise MeasureError(
                    "measure.on: there are no test samples (raise data.test_fraction)"
                )
            return dataset.test
        case _:
            return np.arange(len(dataset.labels))


def _mean(per_sample: NDArray, index: NDArray[np.int64]) -> Floats:
    """The mean over some samples of (sample, replicate); NaN over none."""
    if len(index) == 0:
        return np.full(per_sample.shape[1], np.nan)
    return per_sample[index].mean(0, dtype=np.float64)
