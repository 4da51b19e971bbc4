"""Diagnostics that need the samples: what a discretization loses of the network's own output.

Saturation and violations of the data processing inequality follow from recorded values alone, see
`ibtui.analysis.summary`; what I(T;Y) is by chance is an option of every estimator, `shuffles`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ibtui.information.count import count
from ibtui.information.layer import States

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float64, Int64
    from torch import Tensor


def output_loss_bits(
    states: States, output: Int64[Tensor, "replicate sample"]
) -> Float64[np.ndarray, " replicate"]:
    """H(output | T discretized) in bits, (replicate,): whether a discretization is valid.

    The output is the network's own (the thesis' Y-hat, section 3.2), as the state of the output
    layer, and not the label: of the label, H(Y | T discretized) = H(Y) - I(T;Y) is on the plane
    already. Being computed from T, the output is a function of T. If it is no function of the
    discretized T, then the estimator merges states that the network tells apart (Lorenzen et al.
    2022, section 3.1), T discretized takes no place in the chain X - T - output, and this is by how
    much; 0 means valid. At most H(X) - H(T discretized), which it is where every input has an
    output of its own.

    `output` are the output layer's states of the same replicates, int64 (replicate, sample) as in
    `States.numbers`; see `count.one_number`.
    """
    import torch

    both = torch.stack((states.numbers, output))
    labels = both.new_zeros(both.shape[2])
    # Two words are told apart whole, whatever number of their bits is set.
    return count(both, 64, labels, classes=1)[0] - states.entropy_bits
