"""EDGE: mutual information of a dependence graph whose nodes are hash cells."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ibtui.information.estimator import Estimator
from ibtui.information.layer import Information, Layer
from ibtui.information.states import hash_rows

Points = NDArray[np.float64]
Cells = NDArray[np.int64]

SAMPLED = 500  # points whose neighbours set the cell width, as published
LEAST_WIDTH = 1e-4  # added to the width of a cell, as published
LARGEST = 1000.0  # exponent of two by which a second pass may widen cells: one cell holds all


class Side(NamedTuple):
    """One variable: points on random axes, (sample, axis), and the cell width along each axis."""

    points: Points
    widths: Points


class Edge(Estimator):
    """Sum over cells (i, j) of n_ij / N min(log2(n_ij N / (n_i m_j)), cap): dependence graphs.

    Cells are p-stable hashes floor((w.x + b) / width), the width from nearest-neighbour distances
    along each random axis w; the median over an ensemble of widths and shifts b is taken, and once
    more with widths fitted to that first estimate. Labels are cells of their own. What comes
    out moves with the smoothness `gamma`; a continuous deterministic map has no finite value, and
    of a layer whose first estimate is low the second one, in wider cells, may be 0 bits. The
    published code's floor of 0.001 bit a pair of cells is left out, so a constant layer gives 0;
    its factor 0.9 on the widths, which its second pass takes twice, is taken once; and units that
    are the same at all samples are taken for 0.
    """

    source: ClassVar[str] = "Noshad, Zeng & Hero, ICASSP 2019; published code 4.3.1"
    cost: ClassVar[str] = "N U"

    name: Literal["edge"] = "edge"
    gamma: float = Field(1.0, gt=0, description="smoothness: about 1 if continuous, less if not")
    cap_bits: float = Field(10.0, gt=0, description="upper bound U on the information")
    ensemble: int = Field(10, ge=1, description="number of widths and shifts")
    seed: int = Field(0, ge=0, lt=2**62, description="seed of the random axes")

    @property
    def needs_inputs(self) -> bool:
        return True

    def measure(self, layer: Layer) -> Information:
        _ = layer.extremes  # raises where a value is not finite
        x = self._side(layer.inputs.cpu().numpy(), 1)
        labels = layer.labels.cpu().numpy()
        bits = []
        for values in layer.values.cpu().numpy():
            t = self._side(values, 0)
            bits.append((self._bits(t, x), self._bits(t, labels)))
        i_xt_bits, i_ty_bits = np.array(bits).T
        return Information(i_xt_bits[None], i_ty_bits[None])

    def _side(self, points: NDArray[np.floating], which: int) -> Side:
        """Random axes for a variable (sample, unit), and cell widths along them.

        Those of the layer (0) and of the inputs (1) are independent, even of as many units.
        """
        points = points.astype(np.float64)
        points[:, points.min(axis=0) == points.max(axis=0)] = 0  # or it drowns the others
        samples, units = points.shape
        random = np.random.default_rng([self.seed, which])
        count = min(units, max(1, int(np.log2(max(samples / 10, 1)))))
        deviation = points.std(axis=0)
        deviation[deviation < LEAST_WIDTH] = 1
        axes = random.normal(size=(units, count)) / (deviation[:, None] * np.sqrt(units))
        on_axes = points @ axes
        k = 0.43 * samples ** (2 / 3 + 0.17 * count / (count + 1))
        k = max(1, min(samples, int(k * np.exp(-1 / max(1e4, count**4)))))
        chosen = random.integers(samples, size=SAMPLED)
        near = [neighbour_distance(np.sort(axis), chosen, k) for axis in on_axes.T]
        return Side(on_axes, 3 * count * (np.array(near) + LEAST_WIDTH))

    def _bits(self, t: Side, other: Side | Cells) -> float:
        scale = 0.9 * self.gamma
        first = self._median_bits(t, other, scale)
        if first <= 0:
            return first
        widened = min(0.5 / first - np.sqrt(2 * first), LARGEST)
        return self._median_bits(t, other, scale * 2**widened)

    def _median_bits(self, t: Side, other: Side | Cells, scale: float) -> float:
        members = []
        for member, stretch in enumerate(np.linspace(1, 1.1, self.ensemble)):
            shift = member / self.ensemble
            of_other = (
                other if isinstance(other, np.ndarray) else cells(*other, scale * stretch, shift)
            )
            of_t = cells(*t, scale * stretch, shift)
            members.append(graph_bits(of_t, of_other, self.cap_bits))
        return float(np.median(members))


def neighbour_distance(ordered: Points, chosen: NDArray[np.integer], k: int) -> float:
    """Mean over `chosen` of the distance to the k-th nearest of `ordered`, itself the first."""
    first = np.clip(chosen[:, None] - np.arange(k), 0, len(ordered) - k)
    here = ordered[chosen][:, None]
    reach = np.maximum(here - ordered[first], ordered[first + k - 1] - here)
    return float(reach.min(axis=1).mean())


def cells(points: Points, widths: Points, scale: float, shift: float) -> Cells:
    """The cell of every point: a hash of floor((x + b) / width), b = shift of a width."""
    places = np.floor(points / (widths * scale) + shift)
    return hash_rows(places.astype(np.int64).T[:, None], 63)[0]


def graph_bits(one: Cells, other: Cells, cap_bits: float) -> float:
    """The capped information of two variables from the cell of each sample."""
    of_one, count_one = np.unique(one, return_inverse=True, return_counts=True)[1:]
    of_other, count_other = np.unique(other, return_inverse=True, return_counts=True)[1:]
    pairs, count = np.unique(of_one * len(count_other) + of_other, return_counts=True)
    expected = count_one[pairs // len(count_other)] * count_other[pairs % len(count_other)]
    ratio = count * (len(one) / expected)
    return float((count * np.minimum(np.log2(ratio), cap_bits)).sum() / len(one))
