"""Gaussian mixture: densities of a layer as mixtures of Gaussians, fitted by EM."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ibtui.information.estimator import Estimator
from ibtui.information.extras import extra
from ibtui.information.layer import Information, Layer

Points = NDArray[np.float64]


class GaussianMixture(Estimator):
    """Mean log ratios of densities, each a mixture of Gaussians with full covariances.

    I(X;T) is that of the mixture of X and T together, whose marginals follow from it; I(T;Y) has a
    mixture for each label, and their sum by shares of labels for T, so that it is below H(Y). Units
    are scaled to deviation 1; constant ones are left out. Of a T that is a function of X the true
    I(X;T) of densities is infinite: `noise`, a variance that is added to every unit, is what keeps
    it finite, and what is measured depends on it. Densities are read at the samples that they are
    fitted to, so few samples for many components say too much.
    """

    source: ClassVar[str] = "thesis, chapter 6: expectation maximization with mixtures of Gaussians"
    cost: ClassVar[str] = "N K U^2"
    costly: ClassVar[bool] = True

    name: Literal["gaussian-mixture"] = "gaussian-mixture"
    components: int = Field(1, ge=1, le=1000, description="Gaussians in each mixture")
    noise: float = Field(1e-3, gt=0, le=10, description="variance added to each scaled unit")
    seed: int = Field(0, ge=0, lt=2**32, description="seed of the first centres")

    @property
    def needs_inputs(self) -> bool:
        return True

    @property
    def modules(self) -> tuple[str, ...]:
        return ("sklearn.mixture", "scipy.stats")

    def measure(self, layer: Layer) -> Information:
        _ = layer.extremes  # raises where a value is not finite
        inputs, labels = _scaled(layer.inputs.cpu().numpy()), layer.labels.cpu().numpy()
        nats = []
        for values in layer.values.cpu().numpy():
            own = _scaled(values)
            nats.append((self._joint_nats(inputs, own), self._label_nats(own, labels)))
        i_xt_bits, i_ty_bits = np.array(nats).T / np.log(2)
        return Information(i_xt_bits[None], i_ty_bits[None])

    def _joint_nats(self, x: Points, t: Points) -> float:
        """I(X;T) in nats."""
        if not x.shape[1] or not t.shape[1]:
            return 0.0
        both, at = np.hstack([x, t]), x.shape[1]
        mixture = self._fit(both)
        joint, of_x, of_t = (
            self._log_density(both[:, part], *mixture, part)
            for part in (slice(None), slice(at), slice(at, None))
        )
        return float((joint - of_x - of_t).mean())

    def _label_nats(self, t: Points, labels: NDArray[np.integer]) -> float:
        """I(T;Y) in nats."""
        if not t.shape[1]:
            return 0.0
        of_labels = np.unique(labels)
        each = np.stack(
            [self._log_density(t, *self._fit(t[labels == one]), slice(None)) for one in of_labels]
        )
        own = each[np.searchsorted(of_labels, labels), np.arange(len(labels))]
        shares = np.log([(labels == one).mean() for one in of_labels])
        return float((own - np.logaddexp.reduce(each + shares[:, None], axis=0)).mean())

    def _fit(self, points: Points) -> tuple[Points, Points, Points]:
        """Weights, means and covariances of a mixture, at most one component a sample."""
        if len(points) == 1:
            return np.ones(1), points, self.noise * np.eye(points.shape[1])[None]
        fitted = extra("sklearn.mixture", self.series[0]).GaussianMixture(
            min(self.components, len(np.unique(points, axis=0))),
            reg_covar=self.noise,
            random_state=self.seed,
        )
        fitted.fit(points)
        return fitted.weights_, fitted.means_, fitted.covariances_

    def _log_density(
        self, points: Points, weights: Points, means: Points, covariances: Points, part: slice
    ) -> Points:
        """The log density of points under some units of a mixture, (sample,)."""
        normal = extra("scipy.stats", self.series[0]).multivariate_normal
        logs = [
            np.log(weight) + np.atleast_1d(normal.logpdf(points, mean[part], cov[part, part]))
            for weight, mean, cov in zip(weights, means, covariances, strict=True)
        ]
        return np.logaddexp.reduce(np.stack(logs), axis=0)


def _scaled(points: NDArray[np.floating]) -> Points:
    """Units (sample, unit) with mean 0 and deviation 1; constant ones left out."""
    points = points.astype(np.float64)
    varied = points.max(axis=0) > points.min(axis=0)
    points = points[:, varied]
    points = points - points.mean(axis=0)
    deviation = points.std(axis=0)
    return points[:, deviation > 0] / deviation[deviation > 0]
