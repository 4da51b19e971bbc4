"""The forward pass of one layer and of the output, as training and measuring both use it."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F

from ibtui import profile as options
from ibtui.engine.network import Network
from ibtui.engine.stage import Stage, stages
from ibtui.profile import Quantization

LEAST_PROBABILITY = 1e-7  # a quantized probability can be 0; Keras clips there


class Forward:
    """The stages of a network under its quantization, and what its output says."""

    def __init__(self, network: Network, quantization: Quantization | None) -> None:
        self.network = network
        self.stages = stages(network, quantization)

    def activations(
        self, stage: Stage, z: Float[Tensor, "sample unit replicate"]
    ) -> Float[Tensor, "sample unit replicate"]:
        """What a stage quantizes, of its sums: activations, logits or probabilities."""
        if stage.is_output:
            return z if stage.plan.logits else self.probabilities(z)
        return z if stage.weights is None else activate(self.network.options, z)

    def probabilities(
        self, z: Float[Tensor, "sample unit replicate"]
    ) -> Float[Tensor, "sample unit replicate"]:
        """Softmax or sigmoid of the output layer's sums."""
        if self.network.options.output == "sigmoid":
            return torch.sigmoid(z)
        return log_softmax(z).exp()

    def log_probabilities(
        self, z: Float[Tensor, "sample unit replicate"], t: Float[Tensor, "sample unit replicate"]
    ) -> Float[Tensor, "sample label replicate"]:
        """Log-probabilities (sample, label, replicate) from the output's sums and what it gives.

        `t` is the quantized tensor. Where probabilities themselves are quantized those below 1e-7
        count as 1e-7, since a level can lie at 0.
        """
        plan, sigmoid = self.stages[-1].plan, self.network.options.output == "sigmoid"
        if plan.bits is None or plan.logits:
            sums = t if plan.logits else z
            if sigmoid:
                return torch.cat((F.logsigmoid(-sums), F.logsigmoid(sums)), 1)
            return log_softmax(sums)
        both = torch.cat((1 - t, t), 1) if sigmoid else t
        return both.clamp(min=LEAST_PROBABILITY).log()


def views_of(network: Network, flat: Float[Tensor, "parameter replicate"]) -> tuple[Tensor, ...]:
    """Weights and biases, (..., replicate), as views into `flat` (parameter, replicate)."""
    parts = flat.split([math.prod(shape) for shape in network.parameter_shapes])
    shaped = zip(parts, network.parameter_shapes, strict=True)
    return tuple(part.view(*shape, -1) for part, shape in shaped)


def activate(
    network: options.Network, z: Float[Tensor, "sample unit replicate"]
) -> Float[Tensor, "sample unit replicate"]:
    """The activation function of the hidden layers."""
    match network.activation:
        case "tanh":
            return torch.tanh(z)
        case "relu":
            return torch.relu(z)
        case "leaky-relu":
            return F.leaky_relu(z, network.leaky_slope)
        case "sigmoid":
            return torch.sigmoid(z)
        case "gelu":
            return F.gelu(z)  # z Phi(z), by erf: the form of Hendrycks & Gimpel 2016, not tanh
        case "silu":
            return F.silu(z)
        case "linear":
            return z


def log_softmax(
    z: Float[Tensor, "sample unit replicate"],
) -> Float[Tensor, "sample unit replicate"]:
    """log softmax over the units of (sample, unit, replicate).

    Spelt out, since compiled code runs torch's own along the few units, not along the replicates.
    """
    shifted = z - z.detach().amax(1, keepdim=True)
    return shifted - shifted.exp().sum(1, keepdim=True).log()


def cross_entropy(
    log_probabilities: Float[Tensor, "sample label replicate"],
    y: Int64[Tensor, "sample #replicate"],  # noqa: F821
) -> Float[Tensor, "sample replicate"]:
    """Cross-entropy in nats of every sample, (sample, replicate): `y` is (sample, replicate)."""
    labels = torch.arange(log_probabilities.shape[1], device=y.device)
    true = y[:, None, :] == labels[:, None]
    return -torch.where(true, log_probabilities, 0.0).sum(1)
