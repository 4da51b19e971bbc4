"""The torch modules of the example, in a file of their own: reading a run loads no torch."""

import math

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """h + tanh(W h + b)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Linear(width, width)

    def forward(self, h: Tensor) -> Tensor:
        return h + torch.tanh(self.inner(h))


class ResidualMlp(nn.Module):
    """A linear layer to `width` units, residual blocks, and a linear layer to the logits."""

    def __init__(self, shape: tuple[int, ...], classes: int, width: int, blocks: int) -> None:
        super().__init__()
        self.stem = nn.Linear(math.prod(shape), width)
        self.blocks = nn.Sequential(*(Block(width) for _ in range(blocks)))
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(self.stem(x.flatten(1))))
