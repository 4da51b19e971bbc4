"""K-means: information between cluster labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ibtui.information.counting import count_words, hash_rows
from ibtui.information.estimator import Estimator
from ibtui.information.extras import extra
from ibtui.information.layer import Information, Layer, States

if TYPE_CHECKING:
    from sklearn.cluster import KMeans as Clustering

SAME = 1e-12  # share of the variance below which what is left of it is rounding


class KMeans(Estimator):
    """Counts clusters of activations: I(X;T) is H(cluster), or I(cluster of X; cluster of T).

    `clusters = "knee"` takes the knee of the inertia over K = 1..max_clusters (kneedle, convex and
    decreasing), for every layer and epoch anew: K drifts, and with it the information. Where the
    inertia has no knee but vanishes, the clusters are the distinct points; where it does neither
    there is no K, and the replicate is NaN (set a fixed K there).
    """

    source: ClassVar[str] = "thesis 4.2; knee: Satopaa et al. 2011"
    cost: ClassVar[str] = "N U K^2 (knee), N U K (fixed)"
    costly: ClassVar[bool] = True

    discretizes: ClassVar[bool] = True

    name: Literal["kmeans"] = "kmeans"
    clusters: Annotated[int, Field(ge=1, le=65536)] | Literal["knee"] = Field(
        "knee", description="number of clusters"
    )
    max_clusters: int = Field(20, ge=3, le=1000, description="greatest K tried for the knee")
    inputs: bool = Field(False, description="cluster the inputs too")
    seed: int = Field(0, ge=0, lt=2**32, description="seed of the initial centres")

    @property
    def needs_inputs(self) -> bool:
        return self.inputs

    def measure(self, layer: Layer) -> Information:
        import torch

        _ = layer.extremes  # raises where a value is not finite
        labels = layer.labels.cpu().numpy()
        of_inputs = self._clusters(layer.inputs.cpu().numpy()) if self.inputs else None
        measured, numbers = [], []
        for values in layer.values.cpu().numpy():
            of_values = self._clusters(values)
            if of_values is None or (self.inputs and of_inputs is None):
                numbers.append(np.zeros(len(labels), np.int64))
                measured.append((np.nan, np.nan, np.nan))
                continue
            numbers.append(of_values.astype(np.int64))
            words = numbers[-1][None, None]
            h_t_bits, i_ty_bits = count_words(words, 16, labels, layer.classes)
            i_xt_bits = h_t_bits
            if of_inputs is not None:
                i_xt_bits = count_words(words, 16, of_inputs, int(of_inputs.max()) + 1)[1]
            measured.append((i_xt_bits[0], i_ty_bits[0], h_t_bits[0]))
        i_xt_bits, i_ty_bits, h_t_bits = np.array(measured).T
        on_device = torch.from_numpy(np.stack(numbers)).to(layer.values.device)
        states = States(on_device, h_t_bits)
        return Information(i_xt_bits[None], i_ty_bits[None], states)

    def _clusters(self, points: NDArray[np.floating]) -> NDArray[np.integer] | None:
        """The cluster of each point, (sample,), or None where there is no knee."""
        points = np.ascontiguousarray(points, np.float64)
        if self.clusters != "knee":
            return self._fit(points, _distinct(points, self.clusters)).labels_
        fits = []
        scatter = float(((points - points.mean(0)) ** 2).sum())
        for k in range(1, _distinct(points, self.max_clusters) + 1):
            fits.append(self._fit(points, k))
            if fits[-1].inertia_ <= SAME * scatter:
                break
        k = self._knee([fit.inertia_ for fit in fits]) if len(fits) > 2 else None
        if k is not None:
            return fits[k - 1].labels_
        return fits[-1].labels_ if fits[-1].inertia_ <= SAME * scatter else None

    @property
    def modules(self) -> tuple[str, ...]:
        return ("sklearn.cluster", *(("kneed",) if self.clusters == "knee" else ()))

    def _fit(self, points: NDArray[np.floating], k: int) -> Clustering:
        cluster = extra("sklearn.cluster", self.series[0])
        return cluster.KMeans(k, n_init=1, random_state=self.seed).fit(points)

    def _knee(self, inertias: list[float]) -> int | None:
        kneed = extra("kneed", self.series[0])
        counts = range(1, len(inertias) + 1)
        return kneed.KneeLocator(counts, inertias, curve="convex", direction="decreasing").knee


def _distinct(points: NDArray[np.float64], most: int) -> int:
    """How many of the points (sample, unit) differ, or `most` if more do.

    By hash: at worst, once in 2^40 or so, one too few is found.
    """
    found = 0
    for some in (points[: 16 * most], points):  # the first ones are mostly enough
        words = (some + 0.0).view(np.int64).T[:, None]
        found = len(np.unique(hash_rows(words, 63)))
        if found >= most:
            return most
    return found
