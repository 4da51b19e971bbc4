"""The information bottleneck limit: the greatest I(T;Y) that any T with a given I(X;T) can have.

numpy only. Every T that depends on Y through X alone lies on or below the curve, in the plane.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ibtui.recording import Floats

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
    tolerance: float = 1e-11,
    iterations: int = 1000,
) -> Limit:
    """The limit of a joint distribution p(x, y), (X, Y), by the self-consistent equations.

    Iterates eq. 2.23-2.25 of the thesis (Tishby, Pereira & Bialek 1999) for all `betas` at once
    (default: 33 from 1, below which nothing is gained, to 256), each from a cluster for every x;
    betas are added between them, from the clusters of the next greater one, until I(X;T) falls by
    `spacing_bits` at most; then each is tried from the clusters of its neighbours. An iteration
    ends when the Lagrangian falls by no more than `tolerance` nats. Every point that it visits can
    be reached, converged or not, so the corners never lie above the true curve.

    Inputs with equal p(y|x) count as one, which changes nothing, and inputs or labels of no
    probability as none. Raises `ValueError` where `joint` is no distribution.
    """
    if joint.ndim != 2 or not (joint >= 0).all() or not np.isclose(joint.sum(), 1):
        raise ValueError("joint must be a table of probabilities (x, y) that add up to 1")
    p_x, p_y_x = _distinct_inputs(joint)
    betas = np.geomspace(1, 256, 33) if betas is None else np.sort(betas)
    iteration = _Iteration(p_x, p_y_x, tolerance, iterations)
    return Limit(*_upper_hull(_visited(iteration, betas, spacing_bits)))


def _visited(iteration: _Iteration, betas: Floats, spacing_bits: float) -> Floats:
    """Points (I(X;T), I(T;Y)) of the plane, (P, 2): of every beta, and of betas between them."""
    clusters = iteration.one_for_each_input()
    settled = iteration.settle(np.repeat(clusters, len(betas), axis=0), betas)
    visited = [iteration.visit(clusters), points := iteration.visit(settled)]
    while True:
        far = np.abs(np.diff(points[:, 0])) > spacing_bits
        gaps = np.flatnonzero(far & (betas[1:] / betas[:-1] > 1 + NEAREST))
        if not len(gaps):
            break
        between = np.sqrt(betas[gaps] * betas[gaps + 1])
        found = iteration.settle(settled[gaps + 1], between)  # clusters merge as beta falls
        betas = np.insert(betas, gaps + 1, between)
        settled = np.insert(settled, gaps + 1, found, axis=0)
        points = np.insert(points, gaps + 1, iteration.visit(found), axis=0)
    visited.append(points)
    for near in (
        np.minimum(np.arange(len(betas)) + 1, len(betas) - 1),
        np.arange(-1, len(betas) - 1),
    ):
        visited.append(iteration.visit(iteration.settle(settled[np.maximum(near, 0)], betas)))
    return np.concatenate(visited)


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


class _Iteration:
    """The self-consistent equations for a batch of betas at once: p(t|x) is (beta, X, T)."""

    def __init__(self, p_x: Floats, p_y_x: Floats, tolerance: float, iterations: int) -> None:
        self._p_x, self._p_y_x = p_x, p_y_x
        self._tolerance, self._iterations = tolerance, iterations

    def one_for_each_input(self) -> Floats:
        """A cluster of its own for every input, (1, X, X)."""
        return np.eye(len(self._p_x))[None]

    def settle(self, p_t_x: Floats, betas: Floats) -> Floats:
        """Fixed points, each found from its own start; a beta that has settled is left alone.

        Steps are extrapolated by the squared scheme of Varadhan & Roland (2008), Scandinavian
        Journal of Statistics 35, 335-353, and taken back where the Lagrangian does not fall.
        """
        settled = p_t_x.copy()
        going = np.arange(len(betas))
        before = np.full(len(betas), np.inf)
        for _ in range(self._iterations):
            start, of = settled[going], betas[going]
            once, _ = self._step(start, of)
            twice, value = self._step(once, of)
            first, change = once - start, twice - 2 * once + start
            length = -np.sqrt(_squares(first) / np.maximum(_squares(change), ZERO))
            length = np.minimum(length, -1)[:, None, None]
            far = np.maximum(start - 2 * length * first + length**2 * change, 0)
            far, at_far = self._step(far / far.sum(axis=2, keepdims=True), of)
            better = at_far <= value
            settled[going] = np.where(better[:, None, None], far, twice)
            value = np.where(better, at_far, value)
            done = before[going] - value <= self._tolerance
            before[going] = value
            going = going[~done]
            if not len(going):
                break
        return settled

    def visit(self, p_t_x: Floats) -> Floats:
        """(I(X;T), I(T;Y)) in bits of each p(t|x), (beta, 2)."""
        with_x = self._p_x[:, None] * p_t_x
        pairs = [(_information(one), _information(one.T @ self._p_y_x)) for one in with_x]
        return np.array(pairs).reshape(-1, 2)

    def _step(self, p_t_x: Floats, betas: Floats) -> tuple[Floats, Floats]:
        """p(t|x) after one iteration, and the Lagrangian before it but for a constant, in nats."""
        with_x = p_t_x * self._p_x[:, None]
        p_t = np.maximum(with_x.sum(axis=1), ZERO)  # a cluster that died stays dead
        p_y_t = with_x.transpose(0, 2, 1) @ self._p_y_x / p_t[:, :, None]
        # KL[p(y|x) || p(y|t)] but for the part that does not depend on t, which Z takes up.
        fit = self._p_y_x @ np.log(np.maximum(p_y_t, ZERO)).transpose(0, 2, 1)
        log = np.log(p_t)[:, None] + betas[:, None, None] * fit
        top = log.max(axis=2, keepdims=True)
        new = np.exp(log - top)
        total = new.sum(axis=2, keepdims=True)
        value = -((top + np.log(total))[:, :, 0] @ self._p_x)
        return new / total, value


def _squares(steps: Floats) -> Floats:
    return (steps**2).sum(axis=(1, 2))


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
