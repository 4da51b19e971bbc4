"""Counting states on the device that holds them: `counting.count_words` in torch, for CUDA."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ibtui.information.counting import count_words, informations, layout, sums_of_logs

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int64
    from torch import Tensor

    from ibtui.information.counting import CountedBits


def count_on_device(
    words: Int64[Tensor, "word replicate sample"],
    word_bits: int,
    labels: Int64[Tensor, " sample"],
    classes: int,
) -> CountedBits:
    """`count_words` on any device; two small transfers to the host, however many replicates."""
    import torch

    word_count, _, samples = words.shape
    label_shift, state_shift = layout(word_count, word_bits, samples, classes)
    if label_shift:
        places = torch.arange(samples, device=words.device)
        keys = (
            (hash_on_device(words, 63 - state_shift) << state_shift)
            | (labels << label_shift)
            | places
        )
    else:
        keys = (words[0] << state_shift) | labels
    keys = keys.sort(dim=-1).values
    differing = keys[:, 1:] ^ keys[:, :-1]
    same_state, same_joint = differing < 1 << state_shift, differing < 1 << label_shift
    sum_log = sums_of_logs(samples)
    on_device = torch.tensor(sum_log, device=words.device)
    sums = torch.stack([_sum_runs(same, on_device) for same in (same_state, same_joint)])
    states, joint = sums.cpu().numpy()
    host_labels = labels.cpu().numpy()
    results = informations(states, joint, np.bincount(host_labels), sum_log)
    if label_shift:
        unproven = _unproven(words, keys & ((1 << label_shift) - 1), same_state)
        for replicate in unproven.nonzero().flatten().tolist():
            own = words[:, replicate : replicate + 1].cpu().numpy()
            counted = count_words(own, word_bits, host_labels, classes)
            for result, value in zip(results, counted, strict=True):
                result[replicate] = value[0]
    return results


def _sum_runs(
    same: Bool[Tensor, "replicate sample-1"], sum_log: Float64[Tensor, " count"]
) -> Float64[Tensor, " replicate"]:
    """Sum of c log2 c over the runs of each row; `same` is (replicate, sample - 1)."""
    import torch

    replicates, samples = same.shape[0], same.shape[1] + 1
    places = torch.arange(samples, device=same.device).expand(replicates, samples)
    edge = torch.ones(replicates, 1, dtype=torch.bool, device=same.device)
    starts = torch.cat((edge, ~same), dim=1)
    ends = torch.cat((~same, edge), dim=1)
    first = torch.where(starts, places, 0).cummax(dim=1).values
    return torch.where(ends, sum_log[places - first + 1], 0.0).sum(dim=1)


def hash_on_device(
    words: Int64[Tensor, "word replicate sample"], bits: int
) -> Int64[Tensor, "replicate sample"]:
    """`counting.hash_rows` on any device."""
    import torch

    high = torch.zeros_like(words[0])
    for word in words:
        high = (high ^ word) * _signed(0x9E3779B97F4A7C15)
        high = high ^ _shifted_right(high, 29)
    return _shifted_right(high * _signed(0xBF58476D1CE4E5B9), 64 - bits)


def _signed(constant: int) -> int:
    return constant - (1 << 64)  # torch multiplies int64 modulo 2^64


def _shifted_right(
    words: Int64[Tensor, "replicate sample"], places: int
) -> Int64[Tensor, "replicate sample"]:
    """A logical shift: torch's own keeps the sign."""
    return (words >> places) & ((1 << (64 - places)) - 1)


def _unproven(
    words: Int64[Tensor, "word replicate sample"],
    order: Int64[Tensor, "replicate sample"],
    same_state: Bool[Tensor, "replicate sample-1"],
) -> Bool[Tensor, " replicate"]:
    """Which replicates hold unequal rows of equal hashes, (replicate,)."""
    import torch

    differ = torch.zeros_like(same_state)
    for word in words:
        ordered = word.gather(1, order)
        differ |= ordered[:, 1:] != ordered[:, :-1]
    return (differ & same_state).any(dim=1)
