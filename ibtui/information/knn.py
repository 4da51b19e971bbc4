"""kNN: the nearest-neighbour estimators of Kraskov, Stoegbauer and Grassberger, and of Ross."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ibtui.errors import MeasureError
from ibtui.information.estimator import Estimator
from ibtui.information.extras import extra
from ibtui.information.layer import Information, Layer

if TYPE_CHECKING:
    from sklearn.neighbors import KDTree

Points = NDArray[np.floating]

TREE_UNITS = 15  # units up to which a tree is the faster, as in scikit-learn's own choice
PAIRS_AT_ONCE = 1 << 18


class Knn(Estimator):
    """I(X;T) by KSG's first estimator, I(T;Y) by Ross's for a discrete Y, both in the max norm.

    I(X;T) = psi(k) + psi(N) - <psi(n_x + 1) + psi(n_t + 1)>, where n counts the points strictly
    nearer than the k-th neighbour in the joint space. Where that neighbour is at distance 0, k and
    n count what is at distance 0 (Gao et al.), which makes of repeated states a plug-in estimate.
    Made for noisy continuous variables: on a deterministic map it is far too low, on a lattice of
    equal distances too high, and it may be negative; none of this is mended here. Scales matter:
    where distinct inputs are further apart than any two states of the layer (binary inputs, a layer
    of less than unit range), the ball holds one input and all states, and I(X;T) is psi(k) -
    psi(1), 2.16 bits for k = 3, whatever the layer knows.
    """

    source: ClassVar[str] = "Kraskov et al. 2004, eq. 8; Ross 2014, eq. 2; Gao et al. 2017"
    cost: ClassVar[str] = "N log N (few units) to N^2 U"

    name: Literal["knn"] = "knn"
    neighbours: int = Field(3, ge=1, description="k")

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
        nats = [
            (self._continuous_nats(inputs, values), self._discrete_nats(values, labels))
            for values in layer.values.cpu().numpy()
        ]
        i_xt_bits, i_ty_bits = np.array(nats).T / np.log(2)
        return Information(i_xt_bits[None], i_ty_bits[None])

    def _continuous_nats(self, x: Points, t: Points) -> float:
        psi = extra("scipy.special", self.series[0]).digamma
        k, radius = self._balls(np.concatenate((x, t), axis=1), self.neighbours)
        n_x, n_t = (self._search(side).count(side, radius) for side in (x, t))
        return psi(len(x)) + np.mean(psi(k) - psi(n_x) - psi(n_t))

    def _discrete_nats(self, t: Points, labels: NDArray[np.integer]) -> float:
        psi = extra("scipy.special", self.series[0]).digamma
        sizes = np.bincount(labels)[labels]
        # A label that occurs once has no neighbour of its kind; Ross leaves its sample out.
        kept = sizes > 1
        if not kept.any():
            return 0.0
        t, labels, sizes = t[kept], labels[kept], sizes[kept]
        k, radius = np.zeros((2, len(t)))
        for label in np.unique(labels):
            own = labels == label
            k[own], radius[own] = self._balls(t[own], min(self.neighbours, int(own.sum()) - 1))
        n_t = self._search(t).count(t, radius)
        return psi(len(t)) + np.mean(psi(k) - psi(sizes) - psi(n_t))

    def _balls(self, points: Points, k: int) -> tuple[Points, Points]:
        """For every point, k and just less than the distance to its k-th neighbour.

        Where that distance is 0, k is the number of points there, the point itself included.
        """
        tree = self._search(points)
        radius = np.nextafter(tree.distance(points, k + 1), 0)
        used = np.full(len(points), float(k))
        tied = radius == 0
        if tied.any():
            used[tied] = tree.count(points[tied], radius[tied])
        return used, radius

    def _search(self, points: Points) -> _Tree | _Pairs:
        if points.shape[1] > TREE_UNITS:
            distances = extra("scipy.spatial.distance", self.series[0]).cdist
            return _Pairs(points.astype(np.float64), distances)
        neighbours = extra("sklearn.neighbors", self.series[0])
        return _Tree(neighbours.KDTree(points, metric="chebyshev"))


class _Tree(NamedTuple):
    """scikit-learn's tree: it counts whole nodes, which scipy's visits point by point."""

    tree: KDTree

    def count(self, at: Points, radius: Points) -> NDArray[np.int64]:
        """How many points lie within `radius` of each of `at`, itself included: n + 1."""
        return self.tree.query_radius(at, radius, count_only=True)

    def distance(self, at: Points, rank: int) -> Points:
        """The distance from each of `at` to the point of that rank, itself the first."""
        return self.tree.query(at, k=rank)[0][:, -1]


class _Pairs(NamedTuple):
    """The same from all distances, some rows at a time: of many units no tree spares any."""

    points: Points
    distances: Callable[..., Points]

    def count(self, at: Points, radius: Points) -> NDArray[np.int64]:
        within = [
            np.count_nonzero(far <= radius[rows, None], axis=1) for rows, far in self._far(at)
        ]
        return np.concatenate(within)

    def distance(self, at: Points, rank: int) -> Points:
        found = np.empty(len(at))
        for rows, far in self._far(at):
            far.partition(rank - 1, axis=1)
            found[rows] = far[:, rank - 1]  # a copy: a view would keep all distances
        return found

    def _far(self, at: Points) -> Iterator[tuple[slice, Points]]:
        step = max(1, PAIRS_AT_ONCE // len(self.points))
        for start in range(0, len(at), step):
            rows = slice(start, start + step)
            yield rows, self.distances(at[rows], self.points, "chebyshev")
