"""Capacity of a layer: log2 of the number of its possible states, which bounds H(T)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ibtui.networks import Factory
from ibtui.profile.model import Profile
from ibtui.profile.recorded import Recorded

FLOAT_BITS = 32  # of a full-precision unit


def capacities_bits(profile: Profile | Recorded, units: Sequence[int]) -> tuple[float, ...]:
    """The capacity of each layer, the output layer last: k d bits of d units with k bits each.

    A softmax output has k (d - 1), as one unit follows from the others (Lorenzen et al. 2022,
    sections 3.2 and 4.3); one whose logits are quantized has fewer than k d, as logits that differ
    by one number alone are one state. NaN of the layers of somebody else's network: nobody has said
    of what bits they are.
    """
    if isinstance(profile, Recorded) or isinstance(profile.network, Factory):
        return (math.nan,) * len(units)
    quantization = profile.quantization
    bits = FLOAT_BITS if quantization is None else quantization.bits
    hidden = [float(bits * one) for one in units[:-1]]
    last = units[-1]
    if quantization is None or bits == FLOAT_BITS or quantization.output == "none":
        return (*hidden, float(FLOAT_BITS * last))
    if quantization.output == "logits":
        levels = 1 << bits
        shared = (levels - 1) ** last if profile.network.output == "softmax" else 0
        return (*hidden, math.log2(levels**last - shared))
    one_less = profile.network.output == "softmax"
    return (*hidden, float(bits * (last - one_less)))
