"""The information bottleneck limit: the greatest I(T;Y) that any T with a given I(X;T) can have.

numpy only. Every T that depends on Y through X alone lies on or below the curve, in the plane.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ZERO = 1e-300  # stands for a probability of 0 in a logarithm
ROUNDING_BITS = 1e-12
NEAREST = (
    1e-3  # relative distance of the nearest two betas: the curve may jump, where it is straight
)


@dataclass(frozen=True)
class Limit:
    """The curve as its corners, ascending from (0, 0); straight between them, level beyond.

    Points between two corners are reached by sharing time between them, so the curve is concave.
    """

    i_xt_bits: Floats  # (C,)
    i_ty_bits: Floats  # (C,)

    def at(self, i_xt_bits: Floats) -> Floats:
        """The greatest I(T;Y) in bits at each I(X;T) in bits; any shape."""
        return np.interp(i_xt_bits, self.i_xt_bits, self.i_ty_bits)


def deterministic_limit(label_bits: float) -> Limit:
    """min(I(X;T), H(Y)): the limit where the input determines the label; `label_bits` is H(Y).

    T = Y reaches the corner, and I(T;Y) <= I(X;T) is the data processing inequality.
    """
    corners = np.array([0.0, label_bits])
    return Limit(corners, corners)


def information_limit(
    joint: Floats,
    *,
    betas: Floats | None = None,
    spacing_bits: float = 0.05,
    tolerance: float = 1e-10,
    iterations: int = 2000,
) -> Limit:
    """The limit of a joint distribution p(x, y), (X, Y), by the self-consistent equations.

    Iterates eq. 2.23-2.25 of the thesis (Tishby, Pereira & Bialek 1999) with deterministic
    annealing: from a cluster for every x, beta falls through `betas` (default: 33 from 256 to 1,
    below which nothing is gained), and clusters merge; between them betas are added until I(X;T)
    falls by `spacing_bits` at most. An iteration ends when no p(t|x) moves by more than
    `tolerance`. Every point that it visits can be reached, converged or not, so the corners never
    lie above the true curve. (Rising from one cluster that splits adds less than 1e-4 bits.)

    Inputs with equal p(y|x) count as one, which changes nothing, and inputs or labels of no
    probability as none. Raises `ValueError` where `joint` is no distribution.
    """
    if joint.ndim != 2 or not (joint >= 0).all() or not np.isclose(joint.sum(), 1):
        raise ValueError("joint must be a table of probabilities (x, y) that add up to 1")
    p_x, p_y_x = _distinct_inputs(joint)
    betas = np.geomspace(1, 256, 33) if betas is None else np.sort(betas)
    annealing = _Annealing(p_x, p_y_x, tolerance, iterations)
    annealing.fall(betas[::-1], spacing_bits)
    return Limit(*_upper_hull(np.array(annealing.visited)))


def joint_of_groups(p_y_x: Floats, groups: int) -> Floats:
    """The joint distribution (groups, 2) of equally likely inputs grouped by p(y=1|x), (N,).

    For noisy binary labels of many inputs: groups of about equal size and like probability take
    the place of the inputs. Grouping loses information, so the limit found is from below.
    """
    parts = np.array_split(np.sort(p_y_x), groups)
    ones = np.array([part.sum() for part in parts if len(part)])
    sizes = np.array([len(part) for part in parts if len(part)])
    return np.stack([sizes - ones, ones], axis=1) / len(p_y_x)


def _distinct_inputs(joint: Floats) -> tuple[Floats, Floats]:
    """p(x) and p(y|x) of the distinct rows p(y|x) that have a probability."""
    joint = joint[joint.sum(1) > 0][:, joint.sum(0) > 0]
    p_x = joint.sum(1)
    p_y_x = joint / p_x[:, None]
    # To 12 digits: rows that are equal but for rounding would make clusters that never merge.
    _, first, group = np.unique(p_y_x.round(12), axis=0, return_index=True, return_inverse=True)
    return np.bincount(group.ravel(), p_x).astype(np.float64), p_y_x[first]


class _Annealing:
    """Walks along beta and keeps every (I(X;T), I(T;Y)) that it visits, in bits."""

    def __init__(self, p_x: Floats, p_y_x: Floats, tolerance: float, iterations: int) -> None:
        self._p_x, self._p_y_x = p_x, p_y_x
        self._tolerance, self._iterations = tolerance, iterations
        self.visited: list[tuple[float, float]] = []

    def fall(self, betas: Floats, spacing_bits: float) -> None:
        """From a cluster for every x, which merge."""
        p_t_x = np.eye(len(self._p_x))
        before, bits = np.inf, self._visit(p_t_x)
        for beta in betas:
            p_t_x, bits = self._descend(p_t_x, before, bits, beta, spacing_bits)
            before = beta

    def _descend(
        self, p_t_x: Floats, before: float, bits: float, beta: float, spacing_bits: float
    ) -> tuple[Floats, float]:
        """From `before` to `beta`, by betas between them where I(X;T) falls too far."""
        arrived = self._iterate(p_t_x, beta)
        below = self._visit(arrived)
        if bits - below > spacing_bits and np.isfinite(before) and before / beta > 1 + NEAREST:
            between = float(np.sqrt(before * beta))
            p_t_x, bits = self._descend(p_t_x, before, bits, between, spacing_bits)
            return self._descend(p_t_x, between, bits, beta, spacing_bits)
        return arrived, below

    def _visit(self, p_t_x: Floats) -> float:
        with_x = self._p_x[:, None] * p_t_x
        i_xt_bits = _information(with_x)
        self.visited.append((i_xt_bits, _information(with_x.T @ self._p_y_x)))
        return i_xt_bits

    def _iterate(self, p_t_x: Floats, beta: float) -> Floats:
        """p(t|x), (X, T), at a fixed point of the self-consistent equations for `beta`."""
        for _ in range(self._iterations):
            p_t = self._p_x @ p_t_x
            p_t_x, p_t = p_t_x[:, p_t > ZERO], p_t[p_t > ZERO]  # a cluster that died stays dead
            p_y_t = (p_t_x * self._p_x[:, None]).T @ self._p_y_x / p_t[:, None]
            # KL[p(y|x) || p(y|t)] but for the part that does not depend on t, which Z takes up.
            log = np.log(p_t) + beta * self._p_y_x @ np.log(np.maximum(p_y_t, ZERO)).T
            new = np.exp(log - log.max(1, keepdims=True))
            new /= new.sum(1, keepdims=True)
            moved = np.abs(new - p_t_x).max()
            p_t_x = new
            if moved <= self._tolerance:
                break
        return p_t_x


def _information(joint: Floats) -> float:
    independent = joint.sum(1, keepdims=True) * joint.sum(0)
    there = joint > 0
    return float((joint[there] * np.log2(joint[there] / independent[there])).sum())


def _upper_hull(points: Floats) -> tuple[Floats, Floats]:
    """The corners of the concave, rising hull of points (P, 2) over their first axis."""
    corners = [np.zeros(2)]
    points = points[points[:, 0] > ROUNDING_BITS]
    for point in points[np.lexsort((-points[:, 1], points[:, 0]))]:
        if point[1] <= corners[-1][1]:
            continue
        while len(corners) > 1 and _turns_up(corners[-2], corners[-1], point):
            corners.pop()
        corners.append(point)
    i_xt_bits, i_ty_bits = np.array(corners).T
    return i_xt_bits, i_ty_bits


def _turns_up(a: Floats, b: Floats, c: Floats) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) >= (c[0] - a[0]) * (b[1] - a[1])
