"""Gaussian copula: the information of the Gaussian with the same ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

import numpy as np

from ibtui.information.estimator import Estimator
from ibtui.information.extras import extra
from ibtui.information.layer import Information, Layer, no_value_lines
from ibtui.information.ranks import doubled_ranks

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Integer

RANKED = 1 << 17  # values ranked at once: what that takes stays in a core's cache
SINGULAR = 1e-10  # a variance, relative to the greatest, that is rounding
DETERMINED = 1e-9  # 1 - rho^2 of a direction of T that is linear in X up to rounding


class Scores(NamedTuple):
    """Normal scores of one variable (sample, unit), and what makes them white (unit, rank)."""

    normal: Float64[np.ndarray, "sample unit"]
    white: Float64[np.ndarray, "unit rank"]


class GaussianCopula(Estimator):
    """Each unit is ranked and mapped to normal scores; then the closed form for Gaussians.

    I(X;T) = -1/2 sum log2(1 - rho^2) over the canonical correlations, I(T;Y) the entropy of one
    Gaussian less the mean of one Gaussian a label, both less the bias of N samples; ties share
    their mean rank. The former is a lower bound for continuous variables. The latter is no bound: a
    mixture of Gaussians has less entropy than the one Gaussian taken for it. Where labels
    differ in how units are correlated, or units but for a few samples are linear in each other,
    it may exceed H(Y), which is told wherever it does. Where a direction of the scores of T is
    linear in those of X, or constant within a label, the value is infinite, and NaN is returned; a
    note says so.
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
        found = []
        for values in layer.values.cpu().numpy():
            own = self._scores(values)
            found.append((self._joint_nats(inputs, own), self._label_nats(own, labels)))
        nats = [[np.nan if isinstance(one, str) else one for one in both] for both in found]
        i_xt_bits, i_ty_bits = np.array(nats).T / np.log(2)
        notes = []
        for name, values in zip(("I(X;T)", "I(T;Y)"), zip(*found, strict=True), strict=True):
            notes += no_value_lines(name, [one if isinstance(one, str) else None for one in values])
        return Information(i_xt_bits[None], i_ty_bits[None], notes=tuple(notes))

    def _scores(self, points: Float[np.ndarray, "sample unit"]) -> Scores:
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

    def _joint_nats(self, of_x: Scores, of_t: Scores) -> float | str:
        """I(X;T) in nats, or why it has no value."""
        (x, white_x), (t, white_t), samples = of_x, of_t, len(of_x.normal)
        d_x, d_t = white_x.shape[1], white_t.shape[1]
        if d_x == 0 or d_t == 0:
            return 0.0
        if d_x + d_t >= samples:
            return f"{samples} samples are too few for the {d_x + d_t} dimensions of X and T"
        cross = white_x.T @ (x.T @ t / (samples - 1)) @ white_t
        unexplained = 1 - np.linalg.svd(cross, compute_uv=False) ** 2
        if (unexplained < DETERMINED).any():
            return "it is infinite: a direction of the scores of T is linear in those of X"
        bias = self._bias(samples, d_x) + self._bias(samples, d_t) - self._bias(samples, d_x + d_t)
        return float(-np.log(unexplained).sum() / 2 - bias)

    def _label_nats(self, scores: Scores, labels: Integer[np.ndarray, " sample"]) -> float | str:
        """I(T;Y) in nats, or why it has no value."""
        t, white = scores
        samples, units = len(t), white.shape[1]
        if units == 0:
            return 0.0
        total = -self._entropy_bias(samples, units)  # of white scores: ln|I| = 0
        for label in np.unique(labels):
            own = t[labels == label]
            if len(own) <= units:
                return f"a label has no more samples than the {units} dimensions of T"
            covariance = white.T @ np.atleast_2d(np.cov(own, rowvar=False)) @ white
            variances = np.linalg.eigvalsh(covariance)
            if variances[0] < SINGULAR:
                return "it is infinite: within a label the scores of T are constant in a direction"
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


def _whitening(scores: Float64[np.ndarray, "sample unit"]) -> Float64[np.ndarray, "unit rank"]:
    """The map to uncorrelated scores of unit variance, (unit, rank).

    Constant columns, and those that are linear in others, add no dimension.
    """
    variances, axes = np.linalg.eigh(scores.T @ scores / max(len(scores) - 1, 1))
    kept = variances > max(SINGULAR * variances[-1], np.finfo(float).tiny)
    return axes[:, kept] / np.sqrt(variances[kept])
