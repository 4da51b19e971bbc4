"""Gaussian copula: the information of the Gaussian with the same ranks."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibtui.information.estimator import Estimator
from ibtui.information.extras import extra
from ibtui.information.layer import Information, Layer
from ibtui.information.ranks import doubled_ranks

Points = NDArray[np.float64]

RANKED = 1 << 17  # values ranked at once: what that takes stays in a core's cache
SINGULAR = 1e-10  # a variance, relative to the greatest, that is rounding
DETERMINED = 1e-9  # 1 - rho^2 of a direction of T that is linear in X up to rounding


class Scores(NamedTuple):
    """Normal scores of one variable (sample, unit), and what makes them white (unit, rank)."""

    normal: Points
    white: Points


class GaussianCopula(Estimator):
    """Each unit is ranked and mapped to normal scores; then the closed form for Gaussians.

    I(X;T) = -1/2 sum log2(1 - rho^2) over the canonical correlations, I(T;Y) the entropy of one
    Gaussian less the mean of one Gaussian a label, both less the bias of N samples; ties share
    their mean rank. The former is a lower bound for continuous variables. The latter is no bound: a
    mixture of Gaussians has less entropy than the one Gaussian taken for it. Where labels
    differ in how units are correlated, or units but for a few samples are linear in each other,
    it may exceed H(Y), which is told wherever it does. Where a direction of the scores of T is
    linear in those of X, or constant within a label, the value is infinite, and NaN is returned.
    """

    source: ClassVar[str] = "Ince et al. 2017 (gcmi_cc, gcmi_model_cd)"
    cost: ClassVar[str] = "N log N U + N U^2"

    name: Literal["gaussian-copula"] = "gaussian-copula"

    @property
    def needs_inputs(self) -> bool:
        return True

    @property
    def modules(self) -> tuple[str, ...]:
        return ("scipy.special",)

    def measure(self, layer: Layer) -> Information:
        _ = layer.extremes  # raises where a value is not finite
        labels = layer.labels.cpu().numpy()
        inputs = self._scores(layer.inputs.cpu().numpy())
        nats = []
        for values in layer.values.cpu().numpy():
            own = self._scores(values)
            nats.append((self._joint_nats(inputs, own), self._label_nats(own, labels)))
        i_xt_bits, i_ty_bits = np.array(nats).T / np.log(2)
        return Information(i_xt_bits[None], i_ty_bits[None])

    def _scores(self, points: NDArray[np.floating]) -> Scores:
        """Normal scores of every column, of mean 0."""
        samples, units = points.shape
        of_rank = np.arange(2 * samples + 1) / (2 * (samples + 1))
        of_rank = extra("scipy.special", self.series[0]).ndtri(of_rank)
        normal = np.empty((units, samples))
        step = max(1, RANKED // samples)
        for first in range(0, units, step):
            some = np.ascontiguousarray(points[:, first : first + step].T)
            scores = of_rank[doubled_ranks(some)]
            normal[first : first + step] = scores - scores.mean(1, keepdims=True)
        return Scores(normal.T, _whitening(normal.T))

    def _joint_nats(self, of_x: Scores, of_t: Scores) -> float:
        """I(X;T) in nats."""
        (x, white_x), (t, white_t), samples = of_x, of_t, len(of_x.normal)
        d_x, d_t = white_x.shape[1], white_t.shape[1]
        if d_x == 0 or d_t == 0:
            return 0.0
        if d_x + d_t >= samples:
            return np.nan
        cross = white_x.T @ (x.T @ t / (samples - 1)) @ white_t
        unexplained = 1 - np.linalg.svd(cross, compute_uv=False) ** 2
        if (unexplained < DETERMINED).any():
            return np.nan
        bias = self._bias(samples, d_x) + self._bias(samples, d_t) - self._bias(samples, d_x + d_t)
        return float(-np.log(unexplained).sum() / 2 - bias)

    def _label_nats(self, scores: Scores, labels: NDArray[np.integer]) -> float:
        """I(T;Y) in nats."""
        t, white = scores
        samples, units = len(t), white.shape[1]
        if units == 0:
            return 0.0
        total = -self._entropy_bias(samples, units)  # of white scores: ln|I| = 0
        for label in np.unique(labels):
            own = t[labels == label]
            if len(own) <= units:
                return np.nan
            covariance = white.T @ np.atleast_2d(np.cov(own, rowvar=False)) @ white
            variances = np.linalg.eigvalsh(covariance)
            if variances[0] < SINGULAR:
                return np.nan
            entropy = np.log(variances).sum() / 2 - self._entropy_bias(len(own), units)
            total -= len(own) / samples * entropy
        return float(total)

    def _bias(self, samples: int, units: int) -> float:
        """Half the sum of psi((N - i) / 2) over i = 1..units: the part that I(X;T) keeps."""
        psi = extra("scipy.special", self.series[0]).digamma
        return float(psi((samples - np.arange(1, units + 1)) / 2).sum() / 2)

    def _entropy_bias(self, samples: int, units: int) -> float:
        """The bias of a Gaussian's entropy from `samples` samples, in nats."""
        return self._bias(samples, units) + units * np.log(2 / (samples - 1)) / 2


def _whitening(scores: Points) -> Points:
    """The map to uncorrelated scores of unit variance, (unit, rank).

    Constant columns, and those that are linear in others, add no dimension.
    """
    variances, axes = np.linalg.eigh(scores.T @ scores / max(len(scores) - 1, 1))
    kept = variances > max(SINGULAR * variances[-1], np.finfo(float).tiny)
    return axes[:, kept] / np.sqrt(variances[kept])
