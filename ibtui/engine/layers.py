"""The layers of a network, for all replicates at once. Activations are (sample, unit, replicate).

Replicates lie on the last, contiguous axis, so every elementwise operation runs along SIMD lanes
or CUDA threads. An input that all replicates share has a last axis of length 1.
"""

from __future__ import annotations

from dataclasses import fields

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from ibtui.profile import geometry

# Up to this many weights a product is summed term by term, which a compiler fuses with its
# neighbours; beyond it one matrix product a replicate is faster.
SMALL = 1024


class _SmallProduct(torch.autograd.Function):
    """sum_i h[b,i,r] w[i,u,r], term by term in the order of i, forward and backward."""

    @staticmethod
    def forward(h: Tensor, w: Tensor) -> Tensor:
        return (h[:, :, None, :] * w).sum(1)

    @staticmethod
    def setup_context(ctx, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[override]
        h, w = ctx.saved_tensors
        of_h = (gradient[:, None, :, :] * w).sum(2)
        of_w = (h[:, :, None, :] * gradient[:, None, :, :]).sum(0)
        return of_h, of_w


class Dense(geometry.Dense):
    """z[b,u,r] = sum_i h[b,i,r] w[i,u,r] + bias[u,r]."""

    @property
    def small(self) -> bool:
        return self.inputs * self.units <= SMALL

    def __call__(
        self,
        h: Float[Tensor, "sample input #replicate"],
        weights: Float[Tensor, "input unit replicate"],
        bias: Float[Tensor, "unit replicate"],
    ) -> Float[Tensor, "sample unit replicate"]:
        replicates = weights.shape[-1]
        if self.small and torch.compiler.is_compiling():
            return _SmallProduct.apply(h.expand(-1, -1, replicates), weights) + bias
        if h.shape[-1] == 1:
            return (h[:, :, 0] @ weights.flatten(1)).view(-1, self.units, replicates) + bias
        product = torch.bmm(h.permute(2, 0, 1), weights.permute(2, 0, 1))
        return product.permute(1, 2, 0) + bias


class Convolution(geometry.Convolution):
    """A square two-dimensional convolution."""

    small = False

    def __call__(
        self,
        h: Float[Tensor, "sample input #replicate"],
        weights: Float[Tensor, "channel below row column replicate"],
        bias: Float[Tensor, "channel replicate"],
    ) -> Float[Tensor, "sample unit replicate"]:
        replicates = weights.shape[-1]
        groups = h.shape[-1]
        images = h.permute(0, 2, 1).reshape(len(h), groups * self.shape[0], *self.shape[1:])
        kernels = weights.permute(4, 0, 1, 2, 3).reshape(-1, *self.weight_shape[1:])
        maps = F.conv2d(
            images, kernels, bias.t().flatten(), self.stride, self.padding, groups=groups
        )
        return maps.reshape(len(h), replicates, self.units).permute(0, 2, 1)


class Pooling(geometry.Pooling):
    """The maximum over square patches; it has no weights and no activation function."""

    small = True  # a maximum rounds nothing

    def __call__(
        self, h: Float[Tensor, "sample input replicate"]
    ) -> Float[Tensor, "sample unit replicate"]:
        replicates = h.shape[-1]
        images = h.permute(0, 2, 1).reshape(len(h), replicates * self.shape[0], *self.shape[1:])
        maps = F.max_pool2d(images, self.size)
        return maps.reshape(len(h), replicates, self.units).permute(0, 2, 1)


Operation = Dense | Convolution | Pooling
_OPERATIONS: dict[type[geometry.Geometry], type[Operation]] = {
    geometry.Dense: Dense,
    geometry.Convolution: Convolution,
    geometry.Pooling: Pooling,
}


def operation(layer: geometry.Geometry) -> Operation:
    """What a layer of this geometry computes."""
    return _OPERATIONS[type(layer)](*(getattr(layer, field.name) for field in fields(layer)))
