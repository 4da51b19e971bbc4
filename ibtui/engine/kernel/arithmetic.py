"""Arithmetic: tanh, exp, log, erf for whole vectors, right to an ulp and monotone.

All are worked out in float64, in a few terms, and rounded to float32 once. Before that rounding the
error is some 1e-9 of the value: neighbours keep their order, and few results are not the nearest.
Loops over them have no calls and no branches.
"""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel.cache import fused
from ibtui.engine.kernel.lanes import bits_of_double, double_of

f32 = np.float32
TOP = 9.02  # tanh is 1 beyond, in float32
LOG2E, LN2 = 1.4426950408889634, 0.6931471805599453
SHIFTER = 1.5 * 2.0**52  # added to a number it leaves the nearest whole one in the low bits
EXP_HIGH, EXP_LOW = 88.8, -104.0  # above the greatest float32, below half the least


@fused
def tanh(x):
    """tanh of a float32: x P(x^2) / Q(x^2), a minimax fit of relative error 1.1e-9 up to 9.1."""
    x = np.float64(x)
    x = TOP if x > TOP else x
    x = -TOP if x < -TOP else x
    s = x * x
    p = 0.9999999990171716 + s * (
        0.1378157368858355
        + s * (0.004003674937868075 + s * (3.148373156735358e-05 + s * 5.039112639514366e-08))
    )
    q = 1.0 + s * (
        0.4711490603609897
        + s
        * (
            0.027720044591123656
            + s
            * (0.00041986595186682137 + s * (1.6093086799909392e-06 + s * 7.299638304623911e-10))
        )
    )
    return f32(x * p / q)


@fused
def exp_double(x):
    """e^x of a float64 from -104 to 88.8: 2^n e^r, |r| <= ln 2 / 2, Taylor to r^8."""
    x = EXP_HIGH if x > EXP_HIGH else x
    x = EXP_LOW if x < EXP_LOW else x
    shifted = x * LOG2E + SHIFTER
    n = shifted - SHIFTER
    r = x - n * LN2
    p = 1.0 / 5040 + r * (1.0 / 40320)
    p = 1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720 + r * p))
    p = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6 + r * p)))
    return p * double_of((bits_of_double(shifted) + np.int64(1023)) << np.int64(52))


@fused
def exp(x):
    """e^x of a float32."""
    return f32(exp_double(np.float64(x)))


@fused
def sigmoid(x):
    """1 / (1 + e^-x) of a float32."""
    return f32(1.0 / (1.0 + exp_double(-np.float64(x))))


@fused
def log_double(x):
    """ln x of a positive, normal float64, to 1e-10: the series of artanh on [1/sqrt 2, sqrt 2]."""
    bits = bits_of_double(x * 1.4142135623730951)  # so that the exponent rounds to the nearest
    n = (bits >> np.int64(52)) - np.int64(1023)
    m = x * double_of((np.int64(1023) - n) << np.int64(52))
    t = (m - 1.0) / (m + 1.0)
    s = t * t
    p = 1.0 / 9 + s * (1.0 / 11 + s * (1.0 / 13))
    p = 1.0 + s * (1.0 / 3 + s * (1.0 / 5 + s * (1.0 / 7 + s * p)))
    return np.float64(n) * LN2 + 2.0 * t * p


@fused
def erf_double(x):
    """erf of a float64: x P(x^2) / Q(x^2), a minimax fit of relative error 9.5e-10 up to 4."""
    x = 4.0 if x > 4.0 else x
    x = -4.0 if x < -4.0 else x
    s = x * x
    p = 1.1283791680879236 + s * (
        0.16683131048741345
        + s
        * (
            0.050923139857475666
            + s
            * (
                0.0029522223527441074
                + s
                * (
                    0.0003053710616067979
                    + s * (-3.1240775345147934e-07 + s * -4.496927114676172e-08)
                )
            )
        )
    )
    q = 1.0 + s * (
        0.48118377027706855
        + s
        * (
            0.1055237882671529
            + s
            * (
                0.013482785968776459
                + s
                * (0.0010386302378048435 + s * (4.088498270399094e-05 + s * -6.228061104266069e-07))
            )
        )
    )
    return x * p / q


@fused
def cos(x):
    """cos of a float32 from 0 to 2 pi: that of half a turn back, negated; Taylor to y^22."""
    y = np.float64(x) - 3.141592653589793
    s = y * y
    p = 1.0 / 2432902008176640000 - s * (1.0 / 1124000727777607680000)
    p = 1.0 / 20922789888000 - s * (1.0 / 6402373705728000 - s * p)
    p = 1.0 / 40320 - s * (1.0 / 3628800 - s * (1.0 / 479001600 - s * (1.0 / 87178291200 - s * p)))
    p = 1.0 - s * (0.5 - s * (1.0 / 24 - s * (1.0 / 720 - s * p)))
    return f32(-p)
