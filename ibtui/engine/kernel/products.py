"""Products of a dense layer, (unit, sample) arrays as flat float32, rows of `stride` samples.

Forward, sums go term by term in the order of the inputs, each product rounded before it is added,
the bias last. On grids many sums are exactly 0, and a fused product would let its rounding decide
on which side of a ReLU they fall. Equal samples give equal sums wherever they lie. Backward, terms
may be fused, and sums over samples go lane by lane.
"""

from __future__ import annotations

from ibtui.engine.kernel.cache import exact
from ibtui.engine.kernel.lanes import (
    LANES,
    dot_1,
    dot_2,
    dot_4,
    fused_dot_1,
    fused_dot_2,
    fused_dot_4,
    outer_1x1,
    outer_4x1,
    outer_4x2,
)


@exact
def sums(h, inputs, w, z, units, stride):
    """z[u, b] = sum_i h[i, b] w[i, u], without the bias."""
    sums_at(h, inputs, stride, w, z, 0, units, stride)


@exact
def sums_at(h, inputs, stride, w, z, start, units, stride_z):
    """`sums` into the columns of `z` from number `start` on, whose rows are longer than `h`'s."""
    for lane in range(0, stride, LANES):
        u, at = 0, start + lane
        while u + 4 <= units:
            dot_4(h, lane, stride, inputs, w, u, units, 1, z, u * stride_z + at, stride_z)
            u += 4
        if u + 2 <= units:
            dot_2(h, lane, stride, inputs, w, u, units, 1, z, u * stride_z + at, stride_z)
            u += 2
        if u < units:
            dot_1(h, lane, stride, inputs, w, u, units, 1, z, u * stride_z + at, stride_z)


@exact
def add_bias(z, bias, units, stride):
    """Every sum gets its unit's bias."""
    for u in range(units):
        row, one = z[u * stride : (u + 1) * stride], bias[u]
        for b in range(stride):
            row[b] += one


@exact
def back(g, units, w, h, inputs, stride):
    """h[i, b] = sum_u g[u, b] w[i, u]: the gradient by the inputs."""
    for lane in range(0, stride, LANES):
        i = 0
        while i + 4 <= inputs:
            fused_dot_4(
                g, lane, stride, units, w, i * units, 1, units, h, i * stride + lane, stride
            )
            i += 4
        if i + 2 <= inputs:
            fused_dot_2(
                g, lane, stride, units, w, i * units, 1, units, h, i * stride + lane, stride
            )
            i += 2
        if i < inputs:
            fused_dot_1(
                g, lane, stride, units, w, i * units, 1, units, h, i * stride + lane, stride
            )


@exact
def by_weights(h, inputs, g, units, dw, stride):
    """dw[i, u] = sum_b h[i, b] g[u, b]: the gradient by the weights."""
    i = 0
    while i + 4 <= inputs:
        u = 0
        while u + 2 <= units:
            at = i * units + u
            outer_4x2(h, i * stride, g, u * stride, stride, stride, dw, at, units)
            u += 2
        if u < units:
            at = i * units + u
            outer_4x1(h, i * stride, g, u * stride, stride, stride, dw, at, units)
        i += 4
    while i < inputs:
        for u in range(units):
            at = i * units + u
            outer_1x1(h, i * stride, g, u * stride, stride, stride, dw, at, units)
        i += 1
