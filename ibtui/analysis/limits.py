"""Limits: the lines on a plane that no layer can pass, of a run's data."""

from __future__ import annotations

from functools import lru_cache

from ibtui.analysis.bottleneck import Limit, deterministic_limit, information_limit, joint_of_groups
from ibtui.data import Source
from ibtui.data.wireless import Wireless, simulate

GROUPS = 64
SPACING_BITS = 0.2


def limits(source: Source, label_bits: float) -> list[tuple[str, Limit]]:
    """The information bottleneck limits of samples of `source` with H(Y) = `label_bits`, named.

    Of the measured samples, whose inputs determine the labels, it is min(I(X;T), H(Y)). Where the
    source itself is known to be noisy, it has a lower one.
    """
    return named_limits(label_bits, noisy_limit(source))


def named_limits(label_bits: float, noisy: Limit | None) -> list[tuple[str, Limit]]:
    """`limits`, where the one of the noisy source is known already (None: it is not noisy)."""
    found = [("IB limit", deterministic_limit(label_bits))]
    return found if noisy is None else [*found, ("IB limit of the noisy source", noisy)]


def noisy_limit(source: Source) -> Limit | None:
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
