"""Meter: what the estimators, and the scores, make of a pass over the measured samples."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibtui.analysis.limits import Shared, shared
from ibtui.data import Dataset
from ibtui.engine.frame_histograms import Histograms
from ibtui.engine.measurements import Measurements
from ibtui.engine.passed import CountedPass, LayerPass, OutputPass, Scores
from ibtui.engine.plan import PlannedLayer
from ibtui.engine.running import Running
from ibtui.errors import MeasureError
from ibtui.information import Estimator, Layer
from ibtui.information.layer import OF_RUN
from ibtui.information.readings import Readings
from ibtui.profile import Profile
from ibtui.recording import Floats, Singles

if TYPE_CHECKING:
    from torch import Tensor


class Bounds(NamedTuple):
    """Least and greatest value over the whole run, (layer, replicate) float32 each."""

    low: NDArray[np.float32]
    high: NDArray[np.float32]

    @property
    def of_network(self) -> Bounds:
        """The least and the greatest value of all layers together, the same for each of them."""
        low, high = self.low.min(0), self.high.max(0)
        return Bounds(np.broadcast_to(low, self.low.shape), np.broadcast_to(high, self.high.shape))


@dataclass(frozen=True)
class Occasion:
    """Which frame of the run is taken: its number, whether it is the last, bounds of the run."""

    frame: int
    last: bool
    run_bounds: Bounds | None = None


class Meter:
    """Measures all estimators of a profile, whatever backend makes the passes."""

    def __init__(
        self,
        profile: Profile,
        stages: Sequence[PlannedLayer],
        datasets: Sequence[Dataset],
        device: str,
        names: Sequence[str] = (),
    ) -> None:
        """`names` are those of the layers, where they have others than T1, T2, ..."""
        dataset = datasets[0]  # all are alike in size and split
        self._estimators = profile.estimator
        self._stages = stages
        self._names = list(names) or [f"T{number}" for number in range(1, len(stages) + 1)]
        self._dataset = dataset
        self._memory_bytes = round(profile.measure.memory_gib * 2**30)
        self.histogram_bins = profile.measure.histograms or 0
        wanted = profile.measure.histogram_replicates or 1
        self.histogram_replicates = min(wanted, profile.replicates) if self.histogram_bins else 0
        self.histogram_labels = 0
        if profile.measure.histograms_by == "unit":
            self.histogram_labels = len(dataset.label_names)
        self.index = measured_samples(profile, dataset)
        everything = len(self.index) == len(dataset.labels)
        self._everything = everything
        self._datasets, self._device = datasets, device
        # Distinct wide inputs take a while to count, and mostly all samples are measured.
        self._all_bits = [one.input_bits() for one in datasets]
        input_bits = (
            self._all_bits if everything else [one.input_bits(self.index) for one in datasets]
        )
        label_bits = [one.label_bits(self.index) for one in datasets]
        # H(X), H(Y) of the measured samples
        self.header_bits = float(np.mean(input_bits)), float(np.mean(label_bits))

    @property
    def samples(self) -> int:
        return len(self.index)

    @property
    def shared(self) -> Shared:
        """I(X;Y) of the measured samples; of data sets of each replicate's own, H(Y)."""
        if self.distinct_inputs or self._dataset.own is not None:
            return Shared(self.header_bits[1])
        return shared(self._dataset.inputs[self.index], self._dataset.labels[self.index])

    @property
    def distinct_inputs(self) -> bool:
        """Whether no two samples of any data set have equal inputs."""
        samples = np.log2(len(self._dataset.labels))
        return bool(np.isclose(self._all_bits, samples, rtol=0, atol=1e-12).all())

    def due(self, occasion: Occasion) -> list[Estimator]:
        """The estimators that measure in a frame."""
        return [one for one in self._estimators if one.due(occasion.frame, occasion.last)]

    def needs_values(self, due: Sequence[Estimator], counted: Collection[str]) -> bool:
        """Whether a frame takes more of a pass than counts by the keys `counted`."""
        return self.histogram_replicates > 0 or any(one.count_key not in counted for one in due)

    def measure(
        self,
        passes: Iterable[LayerPass],
        numbers: Sequence[int],
        weights: Singles,
        running: Running,
        occasion: Occasion,
        counted: CountedPass | None = None,
    ) -> Measurements:
        """Measure the layers of the replicates `numbers`, ascending, as a pass gives them.

        `weights` are theirs as of `layer_weights`. Widens `running`. Information that was not due
        is NaN, and so is all of a replicate whose loss is not finite. Where the backend has
        `counted` all layers itself, `passes` are only there if `needs_values` says so.
        """
        due = [one.due(occasion.frame, occasion.last) for one in self._estimators]
        keys = [f"estimator.{n} ({one.name})" for n, one in enumerate(self._estimators)]
        readings = Readings(self._estimators, numbers, self._names, due, keys)
        shape = len(numbers), len(self._stages)
        drawn = sum(number < self.histogram_replicates for number in numbers)
        units = [stage.layer.units for stage in self._stages]
        counts = Histograms(drawn, units, self.histogram_labels, self.histogram_bins)
        if counted is None:
            low, high, scores = np.empty(shape, np.float32), np.empty(shape, np.float32), None
        else:
            low, high, scores = counted.low, counted.high, counted.scores
            running.widen(slice(None), numbers, low.T, high.T)
            readings.put(counted.counts, _alive(low, high))
        top = None
        for index, (stage, top) in enumerate(zip(self._stages, passes, strict=False)):
            if counted is None:
                low[:, index], high[:, index] = as_array(top.low), as_array(top.high)
                running.widen(index, numbers, low[:, index], high[:, index])
            alive = np.flatnonzero(_alive(low[:, index], high[:, index])).tolist()
            if not alive:
                continue
            own = [numbers[place] for place in alive]
            layer = self._layer(stage, index, own, top, alive, running, occasion.run_bounds)
            if few := sum(place < drawn for place in alive):
                some = alive[:few]
                least, greatest = (self._tensor(one[some, index]) for one in (low, high))
                labels = [self._of(number)[1] for number in own[:few]]
                counts.count(index, some, layer.values[:few], least, greatest, labels)
            parts = list(self._by_data_set(layer, own))
            readings.take(index, parts, counted.counts if counted else ())
        if top is not None:
            words = self._rows(self._tensor(top.words), 2)
            readings.compare_output(words, self._stages[-1].word_bits)
        if scores is None:
            assert top is not None
            assert top.output is not None
            scores = self._scores(top.output)
        broken = ~np.isfinite(scores.train_loss_nats)
        for found in readings.arrays().values():
            found[:, broken] = np.nan
        weight_mean, weight_deviation, bias_mean, bias_deviation = weights
        return Measurements(
            **readings.arrays(),
            **scores._asdict(),
            activation_min=low.astype(np.float64),
            activation_max=high.astype(np.float64),
            weight_mean=weight_mean,
            weight_deviation=weight_deviation,
            bias_mean=bias_mean,
            bias_deviation=bias_deviation,
            histograms=counts.of_layers,
            unit_histograms=counts.of_units,
            notes=tuple(readings.notes),
        )

    def _by_data_set(
        self, layer: Layer, replicates: list[int]
    ) -> Iterator[tuple[Layer, list[int]]]:
        """The layer in parts that share their samples, and the numbers of each part's replicates.

        An estimator knows but one sample of inputs and labels.
        """
        if len(self._datasets) == 1:
            yield layer, replicates
            return
        for at, number in enumerate(replicates):
            inputs, labels = self._of(number)
            yield replace(layer.part(at, at + 1), inputs=inputs, labels=labels), [number]

    def _of(self, number: int) -> tuple[Tensor, Tensor]:
        """Inputs and labels of the measured samples of a replicate."""
        return self._tensors[number if len(self._tensors) > 1 else 0]

    def _layer(
        self,
        stage: PlannedLayer,
        index: int,
        numbers: list[int],
        passed: LayerPass,
        alive: list[int],
        running: Running,
        run_bounds: Bounds | None,
    ) -> Layer:
        """The layer of the replicates that are `alive` in the pass, whose numbers are `numbers`."""
        values, words = self._tensor(passed.values), self._tensor(passed.words)
        if len(alive) < words.shape[1]:
            values, words = values[:, :, alive], words[:, alive]
        bounds = [running.low, running.high]
        if run_bounds is not None:
            bounds += [*run_bounds, *run_bounds.of_network]
        running_min, running_max, *of_run = (
            self._tensor(bound[index, numbers]) for bound in bounds
        )
        inputs, labels = self._tensors[0]  # see _by_data_set
        low = high = None
        if self._everything:
            low, high = (self._tensor(as_array(one)[alive]) for one in (passed.low, passed.high))
        return Layer(
            values=self._rows(values, 0).permute(2, 0, 1),
            words=self._rows(words, 2).contiguous(),
            word_bits=stage.word_bits,
            labels=labels,
            classes=len(self._dataset.label_names),
            inputs=inputs,
            activation=stage.activation,
            running_min=running_min,
            running_max=running_max,
            **dict(zip(OF_RUN, of_run, strict=False)),
            memory_bytes=self._memory_bytes,
            low=low,
            high=high,
        )

    def _rows(self, tensor: Tensor, axis: int) -> Tensor:
        """The measured samples of what a pass gives, which may be padded at its end."""
        if self._everything:
            return tensor.narrow(axis, 0, len(self._dataset.labels))
        return tensor.index_select(axis, self._tensor(self.index))

    @cached_property
    def _tensors(self) -> list[tuple[Tensor, Tensor]]:
        """Inputs and labels of the measured samples, of each data set; for estimators alone."""
        arrays = ((one.inputs, one.labels) for one in self._datasets)
        if self._everything:
            return [(self._tensor(inputs), self._tensor(labels)) for inputs, labels in arrays]
        return [(self._tensor(x[self.index]), self._tensor(y[self.index])) for x, y in arrays]

    def _tensor(self, one: Tensor | NDArray) -> Tensor:
        if not isinstance(one, np.ndarray):
            return one
        import torch

        return torch.from_numpy(one).to(self._device)

    def _scores(self, output: OutputPass) -> Scores:
        """Mean loss and accuracy of the replicates on training and test samples."""
        loss = as_array(output.loss_nats).astype(np.float64, copy=False)
        correct = as_array(output.correct)
        return Scores(
            *(_mean(each, index) for each in (loss, correct) for index in self.train_and_test)
        )

    @property
    def train_and_test(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The samples on which the network is scored."""
        return self._dataset.train, self._dataset.test


def _alive(low: NDArray[np.float32], high: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where values are finite, and no further apart than float32 says."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.isfinite(high - low)


def as_array(one: Tensor | NDArray) -> NDArray:
    """What a pass gives as an array, whatever backend made it."""
    return one if isinstance(one, np.ndarray) else one.cpu().numpy()


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
    # Row by row: numpy sums a lone column in another order than one of many.
    return np.ascontiguousarray(per_sample.T).take(index, axis=1).mean(1, dtype=np.float64)
