"""Count: states are counted where they are, on the CPU by numpy, elsewhere by torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ibtui.information.counting import count_words, hash_rows
from ibtui.information.counting_device import count_on_device, hash_on_device

if TYPE_CHECKING:
    from jaxtyping import Int64
    from torch import Tensor

    from ibtui.information.counting import CountedBits


def count(
    words: Int64[Tensor, "word replicate sample"],
    word_bits: int,
    labels: Int64[Tensor, " sample"],
    classes: int,
) -> CountedBits:
    """I(X;T) = H(T) and I(T;Y) in bits of every replicate, (replicate,) float64 each, exactly.

    `words` are int64 (word, replicate, sample): samples are in the same state where all their words
    are equal; only the low `word_bits` bits of a word are set (64: all may be). `labels` are
    (sample,) in 0..classes-1. On the CPU numpy sorts (with AVX-512, ten times torch's speed),
    elsewhere torch does.
    """
    words = words.contiguous()
    if words.device.type != "cpu":
        return count_on_device(words, word_bits, labels, classes)
    import torch

    return count_words(words.numpy(), word_bits, labels.numpy(), classes, torch.get_num_threads())


def one_number(
    words: Int64[Tensor, "word replicate sample"], word_bits: int
) -> Int64[Tensor, "replicate sample"]:
    """Each state as one non-negative number, int64 (replicate, sample).

    `words` and `word_bits` as `count` takes them. A word of at most 63 bits is its state's number;
    others are hashed to 63 bits, by which N different states are told apart but for a chance of
    N^2 / 2^64 (N = 4096: 10^-12).
    """
    if len(words) == 1 and word_bits <= 63:
        return words[0]
    if words.device.type != "cpu":
        return hash_on_device(words, 63)
    import torch

    return torch.from_numpy(hash_rows(words.contiguous().numpy(), 63))
