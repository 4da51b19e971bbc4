"""Activation functions of hidden layers on flat arrays, and their slopes. A NaN passes through."""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel import arithmetic
from ibtui.engine.kernel.cache import exact, fused
from ibtui.engine.kernel.design import GELU, LEAKY_RELU, RELU, SIGMOID, SILU, TANH

f32, f64 = np.float32, np.float64
ZERO, ONE = f32(0), f32(1)
ROOT_HALF = 0.7071067811865476
DENSITY = 0.3989422804014327  # of the normal distribution at 0


@fused
def activate(kind, slope, z):
    """`z` becomes its activations."""
    if kind == TANH:
        for k in range(z.shape[0]):
            z[k] = arithmetic.tanh(z[k])
    elif kind == RELU:
        for k in range(z.shape[0]):
            z[k] = ZERO if z[k] <= ZERO else z[k]
    elif kind == LEAKY_RELU:
        for k in range(z.shape[0]):
            z[k] = z[k] * (slope if z[k] <= ZERO else ONE)
    elif kind == SIGMOID:
        for k in range(z.shape[0]):
            z[k] = arithmetic.sigmoid(z[k])
    elif kind == GELU:
        for k in range(z.shape[0]):
            x = f64(z[k])
            z[k] = f32(x * (0.5 + 0.5 * arithmetic.erf_double(x * ROOT_HALF)))
    elif kind == SILU:
        for k in range(z.shape[0]):
            x = f64(z[k])
            z[k] = f32(x / (1.0 + arithmetic.exp_double(-x)))


@fused
def slopes_of_sums(kind, z):
    """Sums become the slopes there, of functions that their values do not tell."""
    if kind == GELU:
        for k in range(z.shape[0]):
            x = f64(z[k])
            below = 0.5 + 0.5 * arithmetic.erf_double(x * ROOT_HALF)
            z[k] = f32(below + x * DENSITY * arithmetic.exp_double(-0.5 * x * x))
    else:
        for k in range(z.shape[0]):
            x = f64(z[k])
            s = 1.0 / (1.0 + arithmetic.exp_double(-x))
            z[k] = f32(s * (1.0 + x * (1.0 - s)))


@exact
def slopes(kind, slope, a, low, high):
    """Activations become the slopes there; 0 outside `low` to `high`, where quantization clips."""
    if kind == TANH:
        for k in range(a.shape[0]):
            x = a[k]
            a[k] = ONE - x * x if (x >= low) & (x <= high) else ZERO
    elif kind == RELU:
        for k in range(a.shape[0]):
            x = a[k]
            a[k] = ONE if (x > ZERO) & (x >= low) & (x <= high) else ZERO
    elif kind == LEAKY_RELU:
        for k in range(a.shape[0]):
            x = a[k]
            a[k] = (ONE if x > ZERO else slope) if (x >= low) & (x <= high) else ZERO
    elif kind == SIGMOID:
        for k in range(a.shape[0]):
            x = a[k]
            a[k] = x * (ONE - x) if (x >= low) & (x <= high) else ZERO
    else:
        for k in range(a.shape[0]):
            x = a[k]
            a[k] = ONE if (x >= low) & (x <= high) else ZERO


@exact
def clipped(slopes, a, low, high):
    """Slopes become 0 where the activations lie outside `low` to `high`."""
    for k in range(a.shape[0]):
        slopes[k] = slopes[k] if (a[k] >= low) & (a[k] <= high) else ZERO
