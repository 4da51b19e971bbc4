"""Joint: inputs that repeat, and layers that are no function of them.

Activations made elsewhere may carry dropout, noise or augmentation. Where equal inputs have unequal
states, T is no function of X, and H(T) is not I(X;T): that is H(X) + H(T) - H(X,T), counted
jointly.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ibtui.information.layer import Layer

if TYPE_CHECKING:
    from jaxtyping import Bool, Int64, Shaped
    from torch import Tensor

NOISY = "T is no function of X (equal inputs, unequal states): I(X;T) = H(X) + H(T) - H(X,T)"
UNHEARD_NOISE = (
    "takes T for a function of X, which it is not (equal inputs, unequal states): I(X;T) is too "
    "large by H(T|X)"
)


def number_rows(rows: Shaped[np.ndarray, "row unit"]) -> Int64[np.ndarray, " row"] | None:
    """A number for every row (row, unit), in 0..K-1 and equal where rows are; None if none repeat.

    Numbers of any dtype are taken; -0.0 is 0.0.
    """
    plain = np.ascontiguousarray(rows + 0.0 if rows.dtype.kind == "f" else rows)
    whole = plain.view(np.dtype((np.void, plain.dtype.itemsize * plain.shape[1])))[:, 0]
    distinct, numbers = np.unique(whole, return_inverse=True)
    return numbers.astype(np.int64) if len(distinct) < len(rows) else None


def with_noise(layer: Layer, of_x: Int64[np.ndarray, " sample"]) -> Layer:
    """The layer, told the numbers of its inputs (sample,) if it is no function of them."""
    import torch

    numbers = torch.from_numpy(of_x).to(layer.words.device)
    if is_function(layer.words, numbers).all():
        return layer
    return replace(layer, of_x=numbers)


def is_function(
    words: Int64[Tensor, "word replicate sample"], of_x: Int64[Tensor, " sample"]
) -> Bool[np.ndarray, " replicate"]:
    """Whether samples of equal inputs are in equal states, (replicate,): one pass.

    `words` are int64 (word, replicate, sample), equal where states are, and `of_x` (sample,) the
    numbers of the inputs in 0..K-1.
    """
    import torch

    samples = torch.arange(len(of_x), device=of_x.device)
    first = of_x.new_empty(int(of_x.max()) + 1)
    first[of_x] = samples  # some sample of every input: which one does not matter
    same = torch.ones(words.shape[1], dtype=torch.bool, device=words.device)
    for word in words:
        same &= (word == word[:, first[of_x]]).all(dim=1)
    return same.cpu().numpy()
