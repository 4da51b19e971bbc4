"""K-means: information between cluster labels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from ibtui.information.counting import hash_rows
from ibtui.information.decomposed import Decomposed
from ibtui.information.extras import extra
from ibtui.information.layer import Information, Layer, no_value_lines

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int64, Integer
    from sklearn.cluster import KMeans as Clustering
    from torch import Tensor

NO_KNEE = "the inertia has no knee and does not vanish (set a fixed number of clusters)"
SAME = 1e-12  # share of the variance below which what is left of it is rounding


class KMeans(Decomposed):
    """Counts clusters of activations: I(X;T) is H(cluster), or I(cluster of X; cluster of T).

    `clusters = "knee"` takes the knee of the inertia over K = 1..max_clusters (kneedle, convex and
    decreasing), for every layer and epoch anew: K drifts, and with it the information. Where the
    inertia has no knee but vanishes, the clusters are the distinct points; where it does neither
    there is no K, and the replicate is NaN, which a note says (set a fixed K there).
    """

    source: ClassVar[str] = "thesis 4.2; knee: Satopaa et al. 2011"
    cost: ClassVar[str] = "N U K^2 (knee), N U K (fixed)"
    costly: ClassVar[bool] = True

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
        of_inputs = self._clusters(layer.inputs.cpu().numpy()) if self.inputs else None
        found = [self._clusters(values) for values in layer.values.cpu().numpy()]
        none = np.array([(of_inputs is None and self.inputs) or one is None for one in found])
        nothing = np.zeros(layer.values.shape[1], np.int64)
        of_values = np.stack([nothing if one is None else one for one in found]).astype(np.int64)
        words = torch.from_numpy(of_values)[None].to(layer.values.device)
        of_x = None if of_inputs is None else torch.from_numpy(of_inputs).long().to(words.device)
        counted = self.informations(layer, words, 16, of_x)
        assert counted.states is not None
        i_xt_bits, i_ty_bits = np.where(none, np.nan, counted.bits)
        states = counted.states._replace(
            entropy_bits=np.where(none, np.nan, counted.states.entropy_bits)
        )
        counts = (np.nan if one is None else len(np.unique(one)) for one in found)
        cells = np.fromiter(counts, np.float64)
        why = [NO_KNEE if one else None for one in none]
        lines = [line for name in ("I(X;T)", "I(T;Y)") for line in no_value_lines(name, why)]
        notes = (*counted.notes, *lines)
        return replace(
            counted,
            i_xt_bits=i_xt_bits,
            i_ty_bits=i_ty_bits,
            states=states,
            notes=notes,
            cells=cells,
        )

    def cells_of_inputs(self, layer: Layer) -> Int64[Tensor, " sample"] | None:
        import torch

        found = self._clusters(layer.inputs.cpu().numpy())
        return None if found is None else torch.from_numpy(found).long().to(layer.words.device)

    def _clusters(
        self, points: Float[np.ndarray, "sample unit"]
    ) -> Integer[np.ndarray, " sample"] | None:
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

    def elbow(self, points: Float[np.ndarray, "sample unit"]) -> tuple[list[float], int | None]:
        """The inertia at K = 1, 2, ... up to the most that are tried, and the knee, if any."""
        points = np.ascontiguousarray(points, np.float64)
        most = _distinct(points, self.max_clusters)
        inertias = np.array([self._fit(points, k).inertia_ for k in range(1, most + 1)]).tolist()
        return inertias, self._knee(inertias) if most > 2 else None

    @property
    def modules(self) -> tuple[str, ...]:
        return (
            *super().modules,
            "sklearn.cluster",
            *(("kneed",) if self.clusters == "knee" else ()),
        )

    def _fit(self, points: Float64[np.ndarray, "sample unit"], k: int) -> Clustering:
        cluster = extra("sklearn.cluster", self.series[0])
        return cluster.KMeans(k, n_init=1, random_state=self.seed).fit(points)

    def _knee(self, inertias: list[float]) -> int | None:
        kneed = extra("kneed", self.series[0])
        counts = range(1, len(inertias) + 1)
        knee = kneed.KneeLocator(counts, inertias, curve="convex", direction="decreasing").knee
        return None if knee is None else int(knee)


def _distinct(points: Float64[np.ndarray, "sample unit"], most: int) -> int:
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
