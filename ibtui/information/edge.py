"""EDGE: mutual information of a dependence graph whose nodes are hash cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from ibtui.information.counting import count_words, hash_rows
from ibtui.information.estimator import Estimator
from ibtui.information.layer import Information, Layer

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64, Integer, Real

    Cells = Int64[np.ndarray, "#member sample"]
    Hashed = Callable[[float], Cells]  # the cells of a variable at a smoothness

SAMPLED = 500  # points whose neighbours set the cell width, as published
LEAST_WIDTH = 1e-4  # added to the width of a cell, as published
WIDTHS = 0.9  # factor of all widths, as published
LARGEST = 1000.0  # exponent of two by which a second pass may widen cells: one cell holds all
NOTHING = 1e-9  # bits that rounding leaves of nothing
LOOKED_AT = 64  # units of X that show whether it is discrete

Smoothness = Annotated[float, Field(gt=0, le=1e6)]


class Side(NamedTuple):
    """One variable: points on random axes, (sample, axis), and the cell width along each axis."""

    points: Float64[np.ndarray, "sample axis"]
    widths: Float64[np.ndarray, " axis"]


class Passes(NamedTuple):
    """What the first and the second pass say, and whether the cap took bits from the second."""

    first_bits: float
    bits: float
    capped: bool


Pair = tuple[list[Passes], list[Passes]]  # of I(X;T) and I(T;Y), under every seed


class Edge(Estimator):
    """Sum over cells (i, j) of n_ij / N min(log2(n_ij N / (n_i m_j)), cap): dependence graphs.

    Cells are p-stable hashes floor((w.x + b) / width), the width from nearest-neighbour distances
    along each random axis w; the median over an ensemble of widths and shifts b is taken, and once
    more with widths fitted to that first estimate. Labels are cells of their own.

    The smoothness of each side sets its widths, and what comes out moves with it: about 1 where
    values are continuous, near 0 where they are discrete. The defaults are those of the authors'
    information planes: 0.2 for discrete inputs (1 for continuous ones), 1.0 for T beside X (theirs
    are 0.8 to 1.8 from layer to layer), 0.2 for T beside the labels (theirs 0.2 to 0.8). One
    number for all, `gamma = 1`, gives 1.3 bits for 12 independent bits and 0 for one of them.
    A small one lets every sample have a cell of its own, and then I(T;Y) is H(Y) for random labels
    too: `shuffles` shows it.

    The axes are random: `seeds` sets of them are taken, the series is their median and
    `-low` and `-high` are the least and the greatest. A continuous deterministic map has no
    finite value. Where the first pass finds little the second one, in wider cells, may find 0.

    The published code counts a pair of cells as 0.001 bit where it has less. That takes away the
    negative terms of the sum, so unrelated variables, a constant layer too, are above 0 there and
    Gaussian pairs too high (4096 of correlation 0.6: 0.51 bits, where 0.32 is right and 0.33 comes
    out without). The floor is left out here. The factor 0.9 on the widths, which the published
    second pass takes twice, is taken once; units that are the same at all samples are no axes.
    """

    source: ClassVar[str] = "Noshad, Zeng & Hero, ICASSP 2019; published code 4.3.1"
    cost: ClassVar[str] = "N U"

    name: Literal["edge"] = "edge"
    gamma: Smoothness | None = Field(None, description="one smoothness in place of the next three")
    gamma_x: Smoothness | Literal["auto"] = Field(
        "auto", description="smoothness of X; auto: 0.2 if discrete, 1 if continuous"
    )
    gamma_t: Smoothness = Field(1.0, description="smoothness of T in I(X;T)")
    gamma_t_y: Smoothness = Field(0.2, description="smoothness of T in I(T;Y)")
    cap_bits: float = Field(20.0, gt=0, le=1000, description="upper bound U on the information")
    ensemble: int = Field(10, ge=1, le=1000, description="number of widths and shifts")
    seeds: int = Field(
        3, ge=1, le=1000, description="sets of random axes: their median, least, greatest"
    )
    seed: int = Field(0, ge=0, lt=2**62, description="seed of the first set of random axes")

    @property
    def series(self) -> tuple[str, ...]:
        (own,) = super().series
        return (own, f"{own}-low", f"{own}-high") if self.seeds > 1 else (own,)

    @property
    def needs_inputs(self) -> bool:
        return True

    def measure(self, layer: Layer) -> Information:
        found = self.passes(layer)
        bits = np.array([[[both.bits for both in own] for own in pair] for pair in found])
        values = [np.median(bits, axis=2)]
        if self.seeds > 1:
            values += [bits.min(axis=2), bits.max(axis=2)]
        i_xt_bits, i_ty_bits = np.moveaxis(np.array(values), 2, 0)
        return Information(i_xt_bits, i_ty_bits, notes=tuple(self._notes(found, layer)))

    def passes(self, layer: Layer) -> list[Pair]:
        """Both passes of I(X;T) and of I(T;Y): of every replicate, under every seed."""
        _ = layer.extremes  # raises where a value is not finite
        inputs, labels = layer.inputs.cpu().numpy(), layer.labels.cpu().numpy()[None]
        seeds = range(self.seed, self.seed + self.seeds)
        # Two scales are kept: that of the first pass is the same for all replicates.
        xs = [
            lru_cache(2)(self._hashed(side(inputs, [seed, 1]), self._gamma_x(inputs)))
            for seed in seeds
        ]
        found = []
        for values in layer.values.cpu().numpy():
            ts = [side(values, [seed, 0]) for seed in seeds]
            of_x = [self._hashed(t, self.gamma or self.gamma_t) for t in ts]
            of_y = [self._hashed(t, self.gamma or self.gamma_t_y) for t in ts]
            with_x = [self._passes(t, x) for t, x in zip(of_x, xs, strict=True)]
            found.append((with_x, [self._passes(t, lambda _: labels) for t in of_y]))
        return found

    def _notes(self, found: list[Pair], layer: Layer) -> Iterator[str]:
        all_of_x, all_of_y = (list(chain.from_iterable(side)) for side in zip(*found, strict=True))
        for name, every, option in (
            ("I(X;T)", all_of_x, "gamma_t"),
            ("I(T;Y)", all_of_y, "gamma_t_y"),
        ):
            lost = [both.first_bits for both in every if both.bits <= NOTHING < both.first_bits]
            if lost:
                yield (
                    f"{name}: in {len(lost)} of {len(every)} measurements the second pass found 0 "
                    f"where the first had found up to {max(lost):.3f} bits (try a smaller {option})"
                )
            if any(both.capped for both in every):
                most = np.log2(layer.values.shape[1])
                yield f"{name}: cap_bits = {self.cap_bits:g} took bits ({most:.1f} would take none)"

    def _gamma_x(self, inputs: Real[np.ndarray, "sample input"]) -> float:
        if self.gamma is not None:
            return self.gamma
        if self.gamma_x == "auto":
            return 0.2 if is_discrete(inputs) else 1.0
        return self.gamma_x

    def _hashed(self, variable: Side, gamma: float) -> Hashed:
        """The cells of a variable under every width and shift of the ensemble, by their scale."""

        def hashed(scale: float) -> Cells:
            stretches = WIDTHS * gamma * scale * np.linspace(1, 1.1, self.ensemble)
            shifts = np.arange(self.ensemble) / self.ensemble
            return np.stack([cells(*variable, *how) for how in zip(stretches, shifts, strict=True)])

        return hashed

    def _passes(self, t: Hashed, other: Hashed) -> Passes:
        first, capped = graph_bits(t(1), other(1), self.cap_bits)
        first_bits = bits = float(np.median(first))
        if first_bits > 0:
            scale = 2 ** min(0.5 / first_bits - np.sqrt(2 * first_bits), LARGEST)
            second, capped = graph_bits(t(scale), other(scale), self.cap_bits)
            bits = float(np.median(second))
        return Passes(first_bits, bits, capped)


def is_discrete(points: Real[np.ndarray, "sample unit"]) -> bool:
    """Whether the units of points (sample, unit) repeat most of their values."""
    looked_at = points[:, points.min(axis=0) < points.max(axis=0)][:, :LOOKED_AT]
    distinct = (np.diff(np.sort(looked_at, axis=0), axis=0) != 0).sum() + looked_at.shape[1]
    return bool(distinct < looked_at.size / 2)


def side(points: Real[np.ndarray, "sample unit"], seed: list[int]) -> Side:
    """Random axes for a variable (sample, unit), and cell widths along them.

    Units that are the same at all samples are left out; where all are, there is no axis.
    """
    points = points[:, points.min(axis=0) < points.max(axis=0)].astype(np.float64)
    samples, units = points.shape
    random = np.random.default_rng(seed)
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


def neighbour_distance(
    ordered: Float64[np.ndarray, " sample"], chosen: Integer[np.ndarray, " chosen"], k: int
) -> float:
    """Mean over `chosen` of the distance to the k-th nearest of `ordered`, itself the first.

    Among the windows of k neighbours that hold a point, the tightest is the first whose upper end
    is as far as its lower end, or the one before it.
    """
    here = ordered[chosen]
    least = np.maximum(chosen - k + 1, 0)
    low, high = least, np.minimum(chosen, len(ordered) - k)
    while (low < high).any():
        middle = (low + high) // 2
        before = (here - ordered[middle] > ordered[middle + k - 1] - here) & (low < high)
        low, high = np.where(before, middle + 1, low), np.where(before, high, middle)
    starts = np.stack((low, np.maximum(low - 1, least)))
    reach = np.maximum(here - ordered[starts], ordered[starts + k - 1] - here)
    return float(reach.min(axis=0).mean())


def cells(
    points: Float64[np.ndarray, "sample axis"],
    widths: Float64[np.ndarray, " axis"],
    scale: float,
    shift: float,
) -> Int64[np.ndarray, " sample"]:
    """The cell of every point: a hash of floor((x + b) / width), b = shift of a width."""
    places = np.floor(points / (widths * scale) + shift)
    return hash_rows(places.astype(np.int64).T[:, None], 63)[0]


def graph_bits(
    one: Cells, other: Cells, cap_bits: float
) -> tuple[Float64[np.ndarray, " member"], bool]:
    """The capped information, (member,), of two variables, and whether the cap took any.

    The variables are given by the cell of each sample, (member, sample), or one row for all
    members.
    """
    both = np.broadcast_arrays(one, other)
    if cap_bits >= np.log2(one.shape[1]):  # no pair of cells has more
        h_one, h_other = entropy_bits(one), entropy_bits(other)
        shared = h_one + h_other - entropy_bits(hash_rows(np.stack(both), 63))
        return np.where((h_one == 0) | (h_other == 0), 0.0, shared), False
    found = [_capped_bits(*pair, cap_bits) for pair in zip(both[0], both[1], strict=True)]
    bits, capped = zip(*found, strict=True)
    return np.array(bits), any(capped)


def entropy_bits(rows: Int64[np.ndarray, "row sample"]) -> Float64[np.ndarray, " row"]:
    """The entropy of every row (row, sample) of numbers that are not negative."""
    nothing = np.zeros(rows.shape[1], np.int64)
    return count_words(rows[None], 63, nothing, classes=1)[0]


def _capped_bits(
    one: Int64[np.ndarray, " sample"], other: Int64[np.ndarray, " sample"], cap_bits: float
) -> tuple[float, bool]:
    of_one, count_one = np.unique(one, return_inverse=True, return_counts=True)[1:]
    of_other, count_other = np.unique(other, return_inverse=True, return_counts=True)[1:]
    pairs, count = np.unique(of_one * len(count_other) + of_other, return_counts=True)
    expected = count_one[pairs // len(count_other)] * count_other[pairs % len(count_other)]
    bits = np.log2(count * (len(one) / expected))
    capped = float((count * np.minimum(bits, cap_bits)).sum() / len(one))
    return capped, bool((bits > cap_bits).any())
