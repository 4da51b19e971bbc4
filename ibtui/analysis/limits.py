"""Limits: the lines on a plane that no layer can pass, of a run's data."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibtui.analysis.bottleneck import Limit, deterministic_limit, information_limit, joint_of_groups
from ibtui.data.frequencies import entropy_bits
from ibtui.data.wireless import Wireless, simulate
from ibtui.options import Options
from ibtui.recording import Header

GROUPS = 64
SPACING_BITS = 0.2
CORNERS = 32  # of a stored limit, at most
DIGITS = 6  # of stored corners, so that every machine finds the same


def limits(source: Options, header: Header) -> list[tuple[str, Limit]]:
    """The information bottleneck limits of a run of `source`, named.

    That of the measured samples, and where the source itself is known to be noisy its lower one.
    """
    return named_limits(header, noisy_limit(source))


def named_limits(header: Header, noisy: Limit | None) -> list[tuple[str, Limit]]:
    """`limits`, where the one of the noisy source is known already (None: it is not noisy)."""
    name = "IB limit" if header.limit or header.ceiling_name == "H(Y)" else "outer IB limit"
    found = [(name, sample_limit(header))]
    return found if noisy is None else [*found, ("IB limit of the noisy source", noisy)]


def sample_limit(header: Header) -> Limit:
    """The limit of the measured samples: min(I(X;T), H(Y)) where inputs determine the labels.

    Where equal inputs have different labels it is their curve, which ends at I(X;Y); of too many
    different inputs for a curve, min(I(X;T), I(X;Y)), an outer limit that nothing need reach.
    """
    if not header.limit:
        return deterministic_limit(header.ceiling_bits)
    i_xt_bits, i_ty_bits = np.array(header.limit).T
    return Limit(i_xt_bits, i_ty_bits)


class Shared(NamedTuple):
    """I(X;Y) of samples in bits, and the corners of their limit where it is below H(Y)."""

    bits: float
    corners: tuple[tuple[float, float], ...] = ()


def shared(inputs: NDArray[np.float32], labels: NDArray[np.int64]) -> Shared:
    """What samples (N, U) share with their labels (N,), by the counts of equal inputs."""
    label_bits = entropy_bits(np.bincount(labels))
    whole = inputs.view(np.dtype((np.void, inputs.itemsize * inputs.shape[1]))).ravel()
    distinct, of_x = np.unique(whole, return_inverse=True)
    if len(distinct) == len(labels):
        return Shared(label_bits)
    classes = int(labels.max()) + 1
    pairs, counts = np.unique(of_x.ravel() * classes + labels, return_counts=True)
    if len(pairs) == len(distinct):
        return Shared(label_bits)
    of_distinct = np.bincount(of_x.ravel())
    bits = entropy_bits(of_distinct) + label_bits - entropy_bits(counts)
    kinds = _kinds(pairs, counts, of_distinct, classes)
    if len(kinds) > GROUPS:
        return Shared(bits)
    limit = information_limit(kinds / len(labels))
    kept = np.linspace(0, len(limit.i_xt_bits) - 1, CORNERS).round().astype(np.int64)
    kept = np.unique(kept)
    x, y = (bits[kept].round(DIGITS) for bits in (limit.i_xt_bits, limit.i_ty_bits))
    corners = zip(x, y, strict=True)
    return Shared(bits, tuple((float(x), float(y)) for x, y in corners))


def _kinds(
    pairs: NDArray[np.int64],
    counts: NDArray[np.int64],
    of_distinct: NDArray[np.int64],
    classes: int,
) -> NDArray[np.float64]:
    """The joint counts of inputs whose labels are alike, (kinds, classes): their limit is one's."""
    joint = np.zeros((len(of_distinct), classes))
    joint[pairs // classes, pairs % classes] = counts
    _, kind = np.unique((joint / of_distinct[:, None]).round(12), axis=0, return_inverse=True)
    merged = np.zeros((int(kind.max()) + 1, classes))
    np.add.at(merged, kind.ravel(), joint)
    return merged


def noisy_limit(source: Options) -> Limit | None:
    """The limit of a source whose inputs do not determine the label; None of any other.

    Takes seconds at the first time of a source.
    """
    if isinstance(source, Wireless):
        return _wireless_limit(source.samples, source.seed)
    return None


@lru_cache
def _wireless_limit(samples: int, seed: int) -> Limit:
    failure = simulate(samples, seed).failure
    return information_limit(joint_of_groups(failure, GROUPS), spacing_bits=SPACING_BITS)
