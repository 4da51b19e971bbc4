"""kNN: the nearest-neighbour estimators of Kraskov, Stoegbauer and Grassberger, and of Ross."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from ibtui.errors import MeasureError
from ibtui.information.estimator import Estimator
from ibtui.information.extras import extra
from ibtui.information.layer import Information, Layer, no_value_lines
from ibtui.information.ranks import doubled_ranks

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int64, Integer
    from sklearn.neighbors import KDTree

TREE_UNITS = 12  # of inputs and layer together, up to which trees are the faster
PAIRS_AT_ONCE = 1 << 16  # so that their distances stay in a core's cache
ROWS_AT_ONCE = 16  # at least, so that a tile of points serves several while it is in the cache
TILE = 1 << 16  # values of a tile
BYTES_PER_VALUE = 16  # the values in the order of their labels, in float32 and float64


class Knn(Estimator):
    """I(X;T) by KSG's first estimator, I(T;Y) by Ross's for a discrete Y, both in the max norm.

    I(X;T) = psi(k) + psi(N) - <psi(n_x + 1) + psi(n_t + 1)>, where n counts the points strictly
    nearer than the k-th neighbour in the joint space. Where that neighbour is at distance 0, k and
    n count what is at distance 0 (Gao et al.), so repeated states give a plug-in estimate.
    Made for noisy continuous variables: on a deterministic map it is far too low, on a lattice of
    equal distances too high, and it may be negative; none of this is mended here. Scales matter:
    where distinct inputs are further apart than any two states of the layer (binary inputs, a layer
    of less than unit range), the ball holds one input and all states, and I(X;T) is psi(k) -
    psi(1), 2.16 bits for k = 3, whatever the layer knows. `scale` puts every unit, of inputs and
    layer alike, on one scale: "standardize" to mean 0 and deviation 1, "rank" to ranks, of which
    ties share the mean. A note says at how many samples the next neighbour is exactly as far as
    the k-th, which the formulas rule out. Samples that are alone with their label
    are left out of I(T;Y); where all are, it is NaN, and a note says so.
    """

    source: ClassVar[str] = "Kraskov et al. 2004, eq. 8; Ross 2014, eq. 2; Gao et al. 2017"
    cost: ClassVar[str] = "N log N (few units) to N^2 U"
    costly: ClassVar[bool] = True

    name: Literal["knn"] = "knn"
    neighbours: int = Field(3, ge=1, le=65536, description="k")
    scale: Literal["none", "standardize", "rank"] = Field(
        "none", description="of every unit of X and T: its own, deviation 1, or ranks"
    )

    @property
    def needs_inputs(self) -> bool:
        return True

    @property
    def modules(self) -> tuple[str, ...]:
        return ("scipy.special", "scipy.spatial.distance", "sklearn.neighbors")

    def measure(self, layer: Layer) -> Information:
        _ = layer.extremes  # raises where a value is not finite
        inputs, labels = layer.inputs.cpu().numpy(), layer.labels.cpu().numpy()
        if len(labels) <= self.neighbours:
            raise MeasureError(
                f"{self.series[0]}: {len(labels)} samples have no {self.neighbours} neighbours "
                "(set fewer neighbours)"
            )
        sizes = np.bincount(labels)[labels]
        # Label by label, and at the end the samples that have no other one of their label.
        order = np.lexsort((labels, sizes == 1))
        x, sizes = self._scaled(inputs[order]), sizes[order]
        few = x.shape[1] + layer.values.shape[2] <= TREE_UNITS
        count = self._in_trees if few else self._in_pairs
        neighbours = []
        for part in layer.parts(BYTES_PER_VALUE):
            values = part.values.cpu().numpy()[:, order]
            neighbours += count(x, np.stack([self._scaled(one) for one in values]), sizes)
        bits = [[self._bits(one.joint), self._bits(one.own)] for one in neighbours]
        i_xt_bits, i_ty_bits = np.array(bits).T
        return Information(i_xt_bits[None], i_ty_bits[None], notes=tuple(_notes(neighbours)))

    def _scaled(
        self, points: Float[np.ndarray, "sample unit"]
    ) -> Float64[np.ndarray, "sample unit"]:
        """Points (sample, unit) on the scale that is asked for; a constant unit is 0."""
        if self.scale == "none":
            return np.ascontiguousarray(points, np.float64)
        if self.scale == "rank":
            points = doubled_ranks(np.ascontiguousarray(points.T)).T
        points = np.ascontiguousarray(points, np.float64)
        # Not the deviation, which of equal values may be rounding.
        constant = points.max(0) == points.min(0)
        centred = points - points.mean(0)
        return np.where(constant, 0.0, centred / np.where(constant, 1.0, points.std(0)))

    def _bits(self, counts: Float64[np.ndarray, "3 sample"]) -> float:
        """psi(N) + <psi(k) - psi(n) - psi(m)> in bits of counts (k n m, sample); NaN of none."""
        psi = extra("scipy.special", self.series[0]).digamma
        k, n, m = counts
        return (psi(len(k)) + np.mean(psi(k) - psi(n) - psi(m))) / np.log(2) if len(k) else np.nan

    def _in_trees(
        self,
        x: Float64[np.ndarray, "sample input"],
        values: Float64[np.ndarray, "replicate sample unit"],
        sizes: Int64[np.ndarray, " sample"],
    ) -> list[Neighbours]:
        """The neighbours in every replicate's values, (replicate, sample, unit)."""
        tree = partial(extra("sklearn.neighbors", self.series[0]).KDTree, metric="chebyshev")
        tree_of_x, found = tree(x), []
        for t in values:
            joint, own, ties = counts = Neighbours.of_none(sizes)
            both, kept = np.hstack((x, t)), t[: own.shape[1]]
            joint[0], radius, ties[0] = _ball_in_tree(tree(both), both, self.neighbours)
            joint[1] = _within(tree_of_x, x, radius)
            joint[2] = _within(tree(t), t, radius)
            radius = np.empty(len(kept))
            for rows in _labels(sizes):
                k = min(self.neighbours, rows.stop - rows.start - 1)
                if k:
                    own[0, rows], radius[rows], tied = _ball_in_tree(tree(t[rows]), t[rows], k)
                    ties[1] += tied
            own[2] = _within(tree(kept), kept, radius) if len(kept) else 0
            found.append(counts)
        return found

    def _in_pairs(
        self,
        x: Float64[np.ndarray, "sample input"],
        values: Float64[np.ndarray, "replicate sample unit"],
        sizes: Int64[np.ndarray, " sample"],
    ) -> list[Neighbours]:
        """The same from all distances, some rows at a time: of many units no tree spares any."""
        cdist = extra("scipy.spatial.distance", self.series[0]).cdist

        def distances(
            some: Float64[np.ndarray, "row unit"], points: Float64[np.ndarray, "sample unit"]
        ) -> Float64[np.ndarray, "row sample"]:
            step = max(1, TILE // points.shape[1])
            tiles = (points[start : start + step] for start in range(0, len(points), step))
            return np.hstack([cdist(some, tile, "chebyshev") for tile in tiles])

        found = [Neighbours.of_none(sizes) for _ in values]
        step = max(ROWS_AT_ONCE, PAIRS_AT_ONCE // len(x))
        for label in _labels(sizes):
            k = min(self.neighbours, label.stop - label.start - 1)
            for start in range(label.start, label.stop, step):
                rows = slice(start, min(start + step, label.stop))
                far_x = distances(x[rows], x)
                for t, (joint, own, ties) in zip(values, found, strict=True):
                    far_t = distances(t[rows], t)
                    far = np.maximum(far_x, far_t)
                    joint[0, rows], radius, tied = _ball(far, self.neighbours)
                    ties[0] += tied
                    joint[1, rows] = np.count_nonzero(far_x <= radius, axis=1)
                    joint[2, rows] = np.count_nonzero(far_t <= radius, axis=1)
                    if k:
                        own[0, rows], radius, tied = _ball(far_t[:, label], k)
                        ties[1] += tied
                        kept = far_t[:, : own.shape[1]]
                        own[2, rows] = np.count_nonzero(kept <= radius, axis=1)
        return found


class Neighbours(NamedTuple):
    """What is counted at every sample, the sample itself included, (count, sample) each.

    `joint`: k, and the points nearer than the k-th neighbour in X and in T. `own`, of the samples
    that are not alone with their label: k, the label's samples, and the points nearer in T than the
    k-th neighbour of that label. `ties`, (2: joint, own): at how many samples the next neighbour is
    as far as the k-th, and not at distance 0, which k allows for.
    """

    joint: Float64[np.ndarray, "3 sample"]
    own: Float64[np.ndarray, "3 kept"]
    ties: Int64[np.ndarray, "2"]

    @staticmethod
    def of_none(sizes: Int64[np.ndarray, " sample"]) -> Neighbours:
        """Nothing counted yet but the samples of each one's label, `sizes` (sample,)."""
        kept = sizes[sizes > 1]
        joint, own = np.empty((3, len(sizes))), np.empty((3, len(kept)))
        own[1] = kept
        return Neighbours(joint, own, np.zeros(2, np.int64))


def _notes(found: list[Neighbours]) -> Iterator[str]:
    """What to say of neighbours that tie, or are none: one line for each information."""
    alone = [None if one.own.shape[1] else "every label occurs once" for one in found]
    yield from no_value_lines("I(T;Y)", alone)
    for which, name in enumerate(("I(X;T)", "I(T;Y)")):
        share = np.mean([one.ties[which] / max(one[which].shape[1], 1) for one in found])
        if share > 0:
            yield (
                f"{name}: at {share:.1%} of the samples neighbours tie, for which the formula is "
                "not made (it is for continuous values; binary inputs tie everywhere)"
            )


def _labels(sizes: Int64[np.ndarray, " sample"]) -> Iterator[slice]:
    """Where each label's samples are, in order of labels, of which `sizes` says how many."""
    start = 0
    while start < len(sizes):
        yield slice(start, start + sizes[start])
        start += sizes[start]


def _ball(
    far: Float64[np.ndarray, "row sample"], k: int
) -> tuple[Integer[np.ndarray, " row"], Float64[np.ndarray, "row 1"], int]:
    """k, and just less than the distance to the k-th neighbour, for every row of distances.

    (row,) and (row, 1), and in how many rows the next is as far. The nearest is the point itself.
    Where the k-th is at distance 0, k is the number of points there.
    """
    following = min(k + 1, far.shape[1] - 1)
    nearest = np.partition(far, (k, following), axis=1)
    radius = np.nextafter(nearest[:, k : k + 1], 0)
    ties = _ties(nearest[:, k], nearest[:, following]) if following > k else 0
    return np.where(radius[:, 0] == 0, np.count_nonzero(far <= 0, axis=1), k), radius, ties


def _ties(kth: Float64[np.ndarray, " row"], following: Float64[np.ndarray, " row"]) -> int:
    return int(np.count_nonzero((kth == following) & (kth > 0)))


def _ball_in_tree(
    tree: KDTree, points: Float64[np.ndarray, "point unit"], k: int
) -> tuple[Float64[np.ndarray, " point"], Float64[np.ndarray, " point"], int]:
    """The same of the tree's own points: (point,) each."""
    nearest = tree.query(points, k=min(k + 2, len(points)))[0]
    radius = np.nextafter(nearest[:, k], 0)
    ties = _ties(nearest[:, k], nearest[:, k + 1]) if nearest.shape[1] > k + 1 else 0
    used = np.full(len(points), float(k))
    tied = radius == 0
    if tied.any():
        used[tied] = _within(tree, points[tied], radius[tied])
    return used, radius, ties


def _within(
    tree: KDTree, points: Float64[np.ndarray, "point unit"], radius: Float64[np.ndarray, " point"]
) -> Integer[np.ndarray, " point"]:
    """How many of a tree's points lie within each of `points`'s own radius.

    scikit-learn's trees count whole nodes, which scipy's visit point by point.
    """
    return tree.query_radius(points, radius, count_only=True)
