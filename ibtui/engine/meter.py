"""Meter: what the estimators, and the scores, make of a pass over the measured samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ibtui.analysis.limits import Shared, shared
from ibtui.data import Dataset
from ibtui.engine.histograms import Histograms
from ibtui.engine.measurements import Measurements
from ibtui.engine.passes import LayerPass, OutputPass
from ibtui.engine.running import Running
from ibtui.engine.stage import Stage
from ibtui.errors import MeasureError
from ibtui.information import Information, Layer
from ibtui.information.layer import OF_RUN
from ibtui.information.readings import Readings
from ibtui.profile import Profile
from ibtui.recording import Floats, Singles


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
        stages: Sequence[Stage],
        datasets: Sequence[Dataset],
        device: torch.device,
    ) -> None:
        dataset = datasets[0]  # all are alike in size and split
        self._estimators = profile.estimator
        self._stages = stages
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
        self._selected = None if everything else torch.from_numpy(self.index).to(device)
        inputs, labels = [one.inputs for one in datasets], [one.labels for one in datasets]
        self._inputs, self._labels = (
            [self._select(torch.from_numpy(array).to(device)) for array in arrays]
            for arrays in (inputs, labels)
        )
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

    def needs_values(self, occasion: Occasion) -> bool:
        """Whether a frame takes more of a pass than how often states occur."""
        return self.histogram_replicates > 0 or any(
            one.due(occasion.frame, occasion.last) and not one.counts_states
            for one in self._estimators
        )

    @torch.no_grad()
    def measure(
        self,
        passes: Iterable[LayerPass],
        numbers: Sequence[int],
        weights: Singles,
        running: Running,
        occasion: Occasion,
    ) -> Measurements:
        """Measure the layers of the replicates `numbers`, ascending, as a pass gives them.

        `weights` are theirs as of `layer_weights`. Widens `running`. Information that was not due
        is NaN, and so is all of a replicate whose loss is not finite.
        """
        due = [one.due(occasion.frame, occasion.last) for one in self._estimators]
        keys = [f"estimator.{n} ({one.name})" for n, one in enumerate(self._estimators)]
        layers = [f"T{number}" for number in range(1, len(self._stages) + 1)]
        readings = Readings(self._estimators, numbers, layers, due, keys)
        shape = len(numbers), len(layers)
        low, high = np.empty(shape), np.empty(shape)
        drawn = sum(number < self.histogram_replicates for number in numbers)
        units = [stage.layer.units for stage in self._stages]
        counts = Histograms(drawn, units, self.histogram_labels, self.histogram_bins)
        top = None
        for index, (stage, top) in enumerate(zip(self._stages, passes, strict=True)):
            least, greatest = top.low.cpu().numpy(), top.high.cpu().numpy()
            low[:, index], high[:, index] = least, greatest
            running.widen(index, numbers, least, greatest)
            with np.errstate(over="ignore", invalid="ignore"):
                alive = np.flatnonzero(np.isfinite(greatest - least)).tolist()
            if not alive:
                continue
            own = [numbers[place] for place in alive]
            if top.counted is not None:
                i_xt_bits, i_ty_bits = (bits[None, alive] for bits in top.counted)
                readings.put(index, own, Information(i_xt_bits, i_ty_bits))
                if not self.needs_values(occasion):
                    continue
            layer = self._layer(stage, index, own, top, alive, running, occasion.run_bounds)
            if few := sum(place < drawn for place in alive):
                bounds = top.low[alive[:few]], top.high[alive[:few]]
                labels = [self._labels_of(number) for number in own[:few]]
                counts.count(index, alive[:few], layer.values[:few], *bounds, labels)
            parts = list(self._by_data_set(layer, own))
            readings.take(index, parts, counted=top.counted is not None)
        assert top is not None
        assert top.output is not None
        readings.compare_output(self._rows(top.words, 2), self._stages[-1].word_bits)
        scores = self._scores(top.output)
        broken = ~np.isfinite(scores["train_loss_nats"])
        for bits in (readings.i_xt_bits, readings.i_ty_bits, readings.output_loss_bits):
            bits[:, broken] = np.nan
        weight_mean, weight_deviation, bias_mean, bias_deviation = weights
        return Measurements(
            i_xt_bits=readings.i_xt_bits,
            i_ty_bits=readings.i_ty_bits,
            **scores,
            activation_min=low,
            activation_max=high,
            output_loss_bits=readings.output_loss_bits,
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
        if len(self._labels) == 1:
            yield layer, replicates
            return
        for at, number in enumerate(replicates):
            inputs, labels = self._inputs[number], self._labels_of(number)
            yield replace(layer.part(at, at + 1), inputs=inputs, labels=labels), [number]

    def _labels_of(self, number: int) -> Tensor:
        """The labels of the measured samples of a replicate."""
        return self._labels[number if len(self._labels) > 1 else 0]

    def _layer(
        self,
        stage: Stage,
        index: int,
        numbers: list[int],
        passed: LayerPass,
        alive: list[int],
        running: Running,
        run_bounds: Bounds | None,
    ) -> Layer:
        """The layer of the replicates that are `alive` in the pass, whose numbers are `numbers`."""
        values, words = passed.values, passed.words
        if len(alive) < words.shape[1]:
            values, words = values[:, :, alive], words[:, alive]
        bounds = [running.low, running.high]
        if run_bounds is not None:
            bounds += [*run_bounds, *run_bounds.of_network]
        running_min, running_max, *of_run = (
            torch.from_numpy(bound[index, numbers]).to(values.device) for bound in bounds
        )
        return Layer(
            values=self._rows(values, 0).permute(2, 0, 1),
            words=self._rows(words, 2).contiguous(),
            word_bits=stage.word_bits,
            labels=self._labels[0],  # see _by_data_set
            classes=len(self._dataset.label_names),
            inputs=self._inputs[0],
            activation=stage.activation,
            running_min=running_min,
            running_max=running_max,
            **dict(zip(OF_RUN, of_run, strict=False)),
            memory_bytes=self._memory_bytes,
            low=passed.low[alive] if self._selected is None else None,
            high=passed.high[alive] if self._selected is None else None,
        )

    def _rows(self, tensor: Tensor, axis: int) -> Tensor:
        """The measured samples of what a pass gives, which may be padded at its end."""
        if self._selected is None:
            return tensor.narrow(axis, 0, len(self._dataset.labels))
        return tensor.index_select(axis, self._selected)

    def _select(self, tensor: Tensor) -> Tensor:
        return tensor if self._selected is None else tensor[self._selected]

    def _scores(self, output: OutputPass) -> dict[str, Floats]:
        """Mean loss and accuracy of the replicates on training and test samples."""
        loss = output.loss_nats.double().cpu().numpy()
        correct = output.correct.cpu().numpy()
        train, test = self._dataset.train, self._dataset.test
        return {
            "train_loss_nats": _mean(loss, train),
            "test_loss_nats": _mean(loss, test),
            "train_accuracy": _mean(correct, train),
            "test_accuracy": _mean(correct, test),
        }


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
