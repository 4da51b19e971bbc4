"""Corrections: what the entropy of a source may be, of which a sample was counted.

Counts of a sample give too small entropies, and too much information: N samples of K states and L
labels that have nothing in common show (K - 1)(L - 1) / (2 N ln 2) bits. Each correction takes the
counts of the states that occur and gives the entropy of what they were drawn from. None is exact,
and none helps where hardly a state occurs twice.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ibtui.information.extras import extra

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64, Integer

    Counts = Int64[np.ndarray, " count"]
    Logs = Float64[np.ndarray, " concentration"]

Correction = Literal["miller-madow", "grassberger", "chao-shen", "nsb"]
CORRECTIONS: tuple[Correction, ...] = get_args(Correction)

GRID = 300  # points of the logarithm of NSB's concentration, first far apart and then where it is
WIDEST = 1e8  # concentration beyond which all states are taken for equally likely
NEGLIGIBLE = 40.0  # of a logarithmic weight below the greatest: 4e-18 of it


def entropy_bits(counts: Counts, correction: Correction) -> float:
    """The entropy in bits of a source, (state,) samples of whose states were counted (all > 0).

    0 where all are in one state, which Grassberger's terms alone would not say.
    """
    if len(counts) == 1:
        return 0.0
    distinct, times = np.unique(counts, return_counts=True)
    nats: Callable[[Counts, Counts], float] = {
        "miller-madow": miller_madow_nats,
        "grassberger": grassberger_nats,
        "chao-shen": chao_shen_nats,
        "nsb": nsb_nats,
    }[correction]
    return nats(distinct, times) / float(np.log(2))


def miller_madow_nats(counts: Counts, times: Counts) -> float:
    """The plug-in entropy + (K - 1) / 2N for K states that occur (Miller 1955).

    Here and below `counts` are distinct, and as many states as `times` says have each.
    """
    samples, states = counts @ times, times.sum()
    plug_in = np.log(samples) - (times * counts) @ np.log(counts) / samples
    return float(plug_in + (states - 1) / (2 * samples))


def grassberger_nats(counts: Counts, times: Counts) -> float:
    """ln N - sum_i n_i G(n_i) / N, with G as in `grassberger_terms` (Grassberger 2003, eq. 35)."""
    samples = counts @ times
    terms = grassberger_terms(1 << int(counts.max()).bit_length())
    return float(np.log(samples) - (times * counts) @ terms[counts] / samples)


@lru_cache(maxsize=4)
def grassberger_terms(most: int) -> Float64[np.ndarray, " {most}+1"]:
    """G(0) = 0 and G(n), n = 1..most, read-only (Grassberger 2003, eq. 30 and 31).

    G(1) = -gamma - ln 2, G(2) = 2 - gamma - ln 2, G(2m + 1) = G(2m), G(2m + 2) = G(2m) +
    2 / (2m + 1).
    """
    start = -np.euler_gamma - np.log(2)
    even = start + np.cumsum(2 / np.arange(1, most + 1, 2))  # G(2), G(4), ...
    terms = np.concatenate(([0.0, start], np.repeat(even, 2)))[: most + 1]
    terms.flags.writeable = False
    return terms


def chao_shen_nats(counts: Counts, times: Counts) -> float:
    """-sum_i c p_i ln(c p_i) / (1 - (1 - c p_i)^N) with the coverage c = 1 - f1 / N.

    f1 states occur once (Chao & Shen 2003); where all do, one less is taken, or nothing would be
    covered.
    """
    samples = counts @ times
    once = min(int(times[counts == 1].sum()), samples - 1)
    share = (1 - once / samples) * counts / samples
    if samples == 1 or share[0] == 1:
        return 0.0
    seen = -np.expm1(samples * np.log1p(-share))
    return float(-times @ (share * np.log(share) / seen))


def nsb_nats(counts: Counts, times: Counts, states: float | None = None) -> float:
    """The mean of the entropy under a prior that is nearly uniform in it.

    A mixture of symmetric Dirichlet priors, weighted by how fast the entropy they expect changes
    with their concentration (Nemenman, Shafee & Bialek 2002). The source has `states` states, if
    they are not given as many as Chao (1984) expects from those that occur once and twice.
    """
    special = extra("scipy.special", "nsb")
    states = chao_states(counts, times) if states is None else states
    if states <= 1:
        return 0.0
    weight = partial(_log_weight, special, counts, times, states)
    far = np.linspace(np.log(1e-8 / states), np.log(WIDEST), GRID)
    weights = weight(far)
    inside = np.flatnonzero(weights > weights.max() - NEGLIGIBLE)
    first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, GRID - 1)
    near = np.linspace(far[first], far[last], GRID)
    weights = weight(near)
    shares = np.exp(weights - weights.max())
    means = _mean_nats(special, counts, times, states, np.exp(near))
    return float(shares @ means / shares.sum())  # at both ends of the grid nothing is left


def chao_states(counts: Counts, times: Counts) -> float:
    """K + f1 (f1 - 1) / (2 (f2 + 1)) states, where K occur, f1 of them once and f2 twice."""
    once, twice = (float(times[counts == number].sum()) for number in (1, 2))
    return float(times.sum()) + np.ceil(once * (once - 1) / (2 * (twice + 1)))


def _log_weight(special, counts: Counts, times: Counts, states: float, logs: Logs) -> Logs:
    """The logarithm of the posterior density of ln(concentration), but for a constant."""
    samples, each = counts @ times, np.exp(logs)
    change = states * special.polygamma(1, states * each + 1) - special.polygamma(1, each + 1)
    # The rising factorials reduce to a betaln, which keeps its digits where gammaln loses them.
    evidence = special.betaln(states * each, samples)
    evidence -= times @ special.betaln(each, counts[:, None])
    with np.errstate(divide="ignore"):
        return logs + np.log(np.maximum(change, 0)) + evidence


def _mean_nats(special, counts: Counts, times: Counts, states: float, each: Logs) -> Logs:
    """The posterior mean of the entropy at every concentration (Wolpert & Wolf 1995)."""
    total = counts @ times + states * each
    unseen = (states - times.sum()) * each * special.digamma(each + 1)
    seen = (counts[:, None] + each) * special.digamma(counts[:, None] + each + 1)
    return special.digamma(total + 1) - (times @ seen + unseen) / total


def count_corrected(
    states: Int64[np.ndarray, "replicate sample"],
    labels: Integer[np.ndarray, " sample"],
    correction: Correction,
) -> tuple[Float64[np.ndarray, " replicate"], Float64[np.ndarray, " replicate"]]:
    """H(T) and I(T;Y) = H(T) + H(Y) - H(T,Y), each entropy corrected, (replicate,) in bits.

    `states`, (replicate, sample), are equal within a replicate where the states are; `labels` are
    (sample,) from 0 on.
    """
    h_labels = entropy_bits(np.unique(labels, return_counts=True)[1], correction)
    found = np.empty((2, len(states)))
    for replicate, own in enumerate(states):
        _, state, counts = np.unique(own, return_inverse=True, return_counts=True)
        both = np.unique(state * (int(labels.max()) + 1) + labels, return_counts=True)[1]
        h_states, h_both = entropy_bits(counts, correction), entropy_bits(both, correction)
        found[:, replicate] = h_states, h_states + h_labels - h_both
    return found[0], found[1]
