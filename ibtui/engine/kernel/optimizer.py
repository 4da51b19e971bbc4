"""Optimizers: one update of a replicate's parameters."""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel.cache import exact, fused

f32 = np.float32
ONE = f32(1)
BETA1, BETA2 = 0.9, 0.999  # Kingma & Ba 2015, section 2
OF_MEAN, OF_NEW = f32(BETA1), f32(1 - BETA1)
OF_SQUARE, OF_NEW_SQUARE = f32(BETA2), f32(1 - BETA2)


@fused
def adam(p, m, v, g, steps, rate, epsilon, epsilon_first):
    """Adam (Kingma & Ba 2015, algorithm 1); `epsilon_first`: as their section 2 ends, and Keras."""
    of_mean, of_square = ONE - f32(BETA1**steps), ONE - f32(BETA2**steps)
    if epsilon_first:
        step = f32(np.float64(rate) * np.sqrt(1 - BETA2**steps) / (1 - BETA1**steps))
        for k in range(g.shape[0]):
            m[k] = m[k] * OF_MEAN + OF_NEW * g[k]
            v[k] = v[k] * OF_SQUARE + OF_NEW_SQUARE * (g[k] * g[k])
            p[k] -= step * m[k] / (np.sqrt(v[k]) + epsilon)
    else:
        for k in range(g.shape[0]):
            m[k] = m[k] * OF_MEAN + OF_NEW * g[k]
            v[k] = v[k] * OF_SQUARE + OF_NEW_SQUARE * (g[k] * g[k])
            p[k] -= rate * (m[k] / of_mean) / (np.sqrt(v[k] / of_square) + epsilon)


@fused
def sgd(p, m, g, rate, momentum):
    """SGD with momentum."""
    for k in range(g.shape[0]):
        m[k] = m[k] * momentum + g[k]
        p[k] -= rate * m[k]


@fused
def shrink(p, factor):
    """Decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2): all parameters shrink."""
    for k in range(p.shape[0]):
        p[k] *= factor


@fused
def penalize(gradient, p, decay):
    """The gradient of an L2 penalty joins the loss's."""
    for k in range(gradient.shape[0]):
        gradient[k] += decay * p[k]


@exact
def update(recipe, arrays, r, gradient, rate):
    """One step of replicate `r` at a learning rate, as `engine.optimizer.update` has it."""
    p = arrays.parameters[r]
    arrays.steps[r] += ONE
    if recipe.decay and recipe.decoupled:
        shrink(p, f32(1.0 - np.float64(rate) * np.float64(recipe.decay)))
    elif recipe.decay:
        penalize(gradient, p, recipe.decay)
    if recipe.sgd:
        sgd(p, arrays.first_moment[r], gradient, rate, recipe.momentum)
    else:
        adam(
            p,
            arrays.first_moment[r],
            arrays.second_moment[r],
            gradient,
            np.float64(arrays.steps[r]),
            rate,
            recipe.epsilon,
            recipe.epsilon_first,
        )
