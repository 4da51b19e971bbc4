"""States: pack a layer's activations into integer words.

A state is the vector of level indices of a layer for one sample (the bit patterns of its floats
where nothing is quantized). Equal states have equal words, and the other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Float, Int64, Shaped
    from torch import Tensor

WORD = 62  # bits of a word that levels may take: the sign stays clear


def pack(
    levels: Shaped[Tensor, "replicate sample unit"], bits: int
) -> Int64[Tensor, "word replicate sample"]:
    """Words of a layer, int64 (word, replicate, sample) in the memory order of its levels.

    `levels` are whole numbers in 0..2^bits-1 of any dtype, (replicate, sample, unit) in any memory
    order. Plain elementwise operations: a compiler fuses them with what makes the levels.
    """
    import torch

    units = levels.shape[-1]
    size = min(units, WORD // bits)  # units of a word
    words = []
    for first in range(0, units, size):
        word = levels[..., first].to(torch.int64)
        for place, unit in enumerate(range(first + 1, min(first + size, units)), start=1):
            word = word | (levels[..., unit].to(torch.int64) << (bits * place))
        words.append(word)
    return torch.stack(words)


def pack_floats(
    values: Float[Tensor, "replicate sample unit"],
) -> Int64[Tensor, "word replicate sample"]:
    """Words of a full-precision layer: its bit patterns, of float32 two a word; -0.0 is 0.0.

    `values` are float32 or float64 (replicate, sample, unit) in any memory order.
    """
    import torch

    # Not `values + 0.0`: compilers drop that addition and keep the sign of zero.
    positive = torch.where(values == 0, 0.0, values)
    if values.dtype == torch.float64:
        return positive.view(torch.int64).movedim(-1, 0)
    patterns = positive.view(torch.int32).movedim(-1, 0)
    words = patterns[0::2].to(torch.int64) & 0xFFFFFFFF
    words[: patterns.shape[0] // 2] |= patterns[1::2].to(torch.int64) << 32
    return words


def pack_wide(
    levels: Shaped[Tensor, "replicate sample unit"], bits: int
) -> Int64[Tensor, "word replicate sample"]:
    """Words of a layer whose units take whole bytes, and all 64 bits of a word are in use.

    `levels` as `pack` takes them. For wide layers and without a compiler, several times as fast.
    """
    import torch

    kinds = {8: torch.uint8, 15: torch.int16, 31: torch.int32, 63: torch.int64}
    kind = next(kind for most, kind in kinds.items() if bits <= most)
    single = levels.to(kind).contiguous()
    whole = torch.nn.functional.pad(single, (0, -single.shape[-1] % (8 // kind.itemsize)))
    # Flat, because an axis of one replicate may have any stride, which a view of words refuses.
    words = whole.flatten().view(torch.int64)
    return words.unflatten(0, (*single.shape[:2], -1)).movedim(-1, 0)


def level_word_bits(units: int, bits: int) -> int:
    """How many low bits of a word `pack` may set for a layer of `units`."""
    return bits * min(units, WORD // bits)


def float_word_bits(units: int) -> int:
    """How many low bits of a word `pack_floats` may set for a layer of `units`."""
    return 32 * min(units, 2)
