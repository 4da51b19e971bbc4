"""The output: softmax or sigmoid, cross-entropy, and its gradient by the output's sums."""

from __future__ import annotations

import numpy as np

from ibtui.engine.kernel import arithmetic
from ibtui.engine.kernel.cache import exact

f32, f64 = np.float32, np.float64
ZERO, ONE = f32(0), f32(1)
LEAST = f32(1e-7)  # a quantized probability can be 0; Keras clips there


@exact
def softmax(z, p, units, stride, top, total):
    """Softmax over units, into `p`, other memory; `top` and `total` are scratch of a row."""
    top[:stride] = z[:stride]
    total[:stride] = ZERO
    for u in range(1, units):
        row = z[u * stride : (u + 1) * stride]
        for b in range(stride):
            top[b] = top[b] if top[b] > row[b] else row[b]
    for u in range(units):
        row, out = z[u * stride : (u + 1) * stride], p[u * stride : (u + 1) * stride]
        for b in range(stride):
            out[b] = row[b] - top[b]
        for b in range(stride):
            out[b] = arithmetic.exp(out[b])
        for b in range(stride):
            total[b] += out[b]
    for u in range(units):
        out = p[u * stride : (u + 1) * stride]
        for b in range(stride):
            out[b] = out[b] / total[b]


@exact
def sigmoid(z, p, stride):
    """Sigmoid of one unit, into `p`, other memory."""
    row, out = z[:stride], p[:stride]
    for b in range(stride):
        out[b] = arithmetic.sigmoid(row[b])


@exact
def gradient_by_probabilities(a, on_grid, label, units, stride, real, low, high, is_sigmoid, d):
    """Gradient of the mean loss by the sums where probabilities are quantized, into `d`.

    `a` are the probabilities, `on_grid` those on their levels; the loss is -log of the label's,
    not below `LEAST`, and its gradient 0 where that or the range clips.
    """
    share = ONE / f32(real)
    for b in range(stride):
        y = label[b]
        if is_sigmoid:
            p, v = a[b], on_grid[b]
            v = v if y == 1 else ONE - v
            inside = (v >= LEAST) & (p >= low) & (p <= high)
            e = (-share / v if y == 1 else share / v) if inside else ZERO
            d[b] = e * (p * (ONE - p))
        else:
            p, v = a[y * stride + b], on_grid[y * stride + b]
            e = -share / v if (v >= LEAST) & (p >= low) & (p <= high) else ZERO
            for u in range(units):
                d[u * stride + b] = e * p * ((ONE if u == y else ZERO) - a[u * stride + b])


@exact
def gradient_by_sums(z, p, label, units, stride, real, low, high, is_sigmoid, d):
    """Gradient of the mean loss by the sums `z`, whose probabilities are `p`, into `d`.

    0 where the sums lie outside `low` to `high`, where quantization clips.
    """
    share = ONE / f32(real)
    for u in range(units):
        row, of_row, out = (
            z[u * stride : (u + 1) * stride],
            p[u * stride : (u + 1) * stride],
            d[u * stride : (u + 1) * stride],
        )
        wanted = 1 if is_sigmoid else u
        for b in range(stride):
            e = (of_row[b] - (ONE if label[b] == wanted else ZERO)) * share
            out[b] = e if (row[b] >= low) & (row[b] <= high) else ZERO


@exact
def losses(z, p, top, total, y, stride, logs, is_sigmoid, out):
    """Cross-entropy in nats of every sample, into `out`, float64.

    `logs`: from the sums `z` (with `top` and `total` the largest and the sum of exponentials);
    else from the probabilities `p` alone, not below `LEAST`.
    """
    if is_sigmoid:
        for b in range(out.shape[0]):
            if logs:  # -log sigmoid(+-z) = max(-+z, 0) + log(1 + e^-|z|)
                s = -f64(z[b]) if y[b] == 1 else f64(z[b])
                tail = arithmetic.exp_double(-abs(s))
                out[b] = (s if s > 0 else 0.0) + arithmetic.log_double(1.0 + tail)
                out[b] = out[b] + s * 0.0
            else:
                v = p[b] if y[b] == 1 else ONE - p[b]
                out[b] = -arithmetic.log_double(f64(LEAST if v < LEAST else v))
                out[b] = out[b] + f64(v) * 0.0
    else:
        for b in range(out.shape[0]):
            at = y[b] * stride + b
            if logs:
                out[b] = (f64(top[b]) - f64(z[at])) + arithmetic.log_double(f64(total[b]))
            else:
                v = p[at]
                out[b] = -arithmetic.log_double(f64(LEAST if v < LEAST else v)) + f64(v) * 0.0


@exact
def judge(p, y, units, stride, is_sigmoid, correct):
    """Whether the label is the one that probabilities stand for; of equal ones the first is."""
    for b in range(correct.shape[0]):
        label = y[b]
        if is_sigmoid:
            correct[b] = (p[b] > f32(0.5)) == (label == 1)
        else:
            of_label, best = p[label * stride + b], True
            for u in range(units):
                other = p[u * stride + b]
                best &= (other < of_label) | ((other == of_label) & (u >= label))
            correct[b] = best
