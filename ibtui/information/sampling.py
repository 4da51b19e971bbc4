"""Sampling: where the counts of a sample say less of its source than they seem to."""

from __future__ import annotations

import math

MOST_BITS = 64  # of a count
SAMPLES_A_STATE = 10  # below that the bias of I(T;Y) is 0.07 bits and more


def chance_bits(samples: int, h_t_bits: float, h_y_bits: float) -> float:
    """I(T;Y) that a sample of T and Y shows which have nothing in common, H(Y) at most.

    (K - 1) (L - 1) / (2 N ln 2) for N samples, K states and L labels (Miller 1955), here for as
    many equally likely ones as have the entropies.
    """
    bits = (2**h_t_bits - 1) * (2**h_y_bits - 1) / (2 * samples * math.log(2))
    return min(bits, h_y_bits)


def few_samples_line(samples: int, h_t_bits: float, h_y_bits: float) -> str | None:
    """What to say of counted entropies where states are many for so few samples; else None."""
    if not max(h_t_bits, h_y_bits) < MOST_BITS:  # no count has so many, nor NaN
        return None
    states = 2**h_t_bits
    if not states * SAMPLES_A_STATE > samples:  # of NaN nothing is said
        return None
    most = chance_bits(samples, h_t_bits, h_y_bits)
    return (
        f"{samples} samples in about {states:.0f} states: exact of these samples, and not of what "
        f"they were drawn from: chance alone gives some {most:.2f} bits of I(T;Y) (see correction, "
        "shuffles)"
    )
