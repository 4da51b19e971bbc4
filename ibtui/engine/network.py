"""Network: the stack of layers that a profile describes, its parameters, and their first values.

All parameters of all replicates are one tensor (parameter, replicate), layer by layer, weights
before biases; every layer's tensors are views into it. Nothing here needs torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from ibtui import profile as options
from ibtui.engine.randomness import WEIGHTS, stream
from ibtui.errors import MeasureError
from ibtui.information import Estimator
from ibtui.plugins import is_foreign, reason
from ibtui.profile.geometry import Geometry, Pooling, geometry, parameter_shapes, parameters


@runtime_checkable
class Layered(Protocol):
    """What is known of any network, of somebody else's too."""

    @property
    def layers(self) -> Sequence[Geometry]: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def units(self) -> tuple[int, ...]: ...
    @property
    def activations(self) -> tuple[str, ...]: ...
    @property
    def parameters(self) -> int: ...


@dataclass(frozen=True)
class Network:
    """Layers T1..TL (the last is the output layer) for inputs of `shape` and `classes` labels."""

    layers: tuple[Geometry, ...]
    options: options.Network

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"T{number}" for number in range(1, len(self.layers) + 1))

    @property
    def units(self) -> tuple[int, ...]:
        return tuple(layer.units for layer in self.layers)

    @property
    def activations(self) -> tuple[str, ...]:
        """What each layer applies to its sums: "tanh", ..., "softmax", "sigmoid" or "pool"."""
        hidden = (
            self.options.activation if parameter_shapes(layer) else "pool"
            for layer in self.layers[:-1]
        )
        return (*hidden, self.options.output)

    @property
    def parameters(self) -> int:
        """Parameters of one replicate."""
        return sum(map(parameters, self.layers))

    @property
    def parameter_shapes(self) -> list[tuple[int, ...]]:
        """Shapes of weights and biases in the order in which they are stored."""
        return [shape for layer in self.layers for shape in parameter_shapes(layer)]

    def initial(self, seeds: Sequence[int]) -> Float32[np.ndarray, "replicate parameter"]:
        """First parameters (replicate, parameter), one row a seed; biases are zero."""
        return np.stack([self._initial_row(seed) for seed in seeds])

    def _initial_row(self, seed: int) -> NDArray[np.float32]:
        generator = np.random.Generator(stream(seed, WEIGHTS))
        parts = []
        for layer in self.layers:
            if not isinstance(layer, Pooling):
                count = math.prod(layer.weight_shape)
                parts.append(_draw(generator, self.options.init, count, *layer.fans))
                parts.append(np.zeros(layer.biases))
        return np.concatenate(parts).astype(np.float32)


def _draw(
    generator: np.random.Generator, init: str, count: int, fan_in: int, fan_out: int
) -> NDArray[np.float64]:
    """`count` initial weights of a layer.

    "truncated-normal": mean 0, standard deviation 1/sqrt(d_T) with d_T the width of the layer,
    redrawn beyond two deviations (Lorenzen et al. 2022, section 4). The others are named after
    Glorot & Bengio 2010, He et al. 2015, LeCun et al. 1998; "normal" is N(0, 1).
    """
    match init:
        case "truncated-normal":
            return _truncated_normal(generator, count) / math.sqrt(fan_out)
        case "glorot-uniform":
            limit = math.sqrt(6 / (fan_in + fan_out))
            return generator.uniform(-limit, limit, count)
        case "glorot-normal":
            return generator.normal(0, math.sqrt(2 / (fan_in + fan_out)), count)
        case "he-normal":
            return generator.normal(0, math.sqrt(2 / fan_in), count)
        case "lecun-normal":
            return generator.normal(0, math.sqrt(1 / fan_in), count)
        case _:
            return generator.normal(0, 1, count)


def _truncated_normal(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    drawn = generator.standard_normal(count)
    while (outside := np.abs(drawn) > 2).any():
        drawn[outside] = generator.standard_normal(int(outside.sum()))
    return drawn


def build(network: options.Network, shape: tuple[int, ...], classes: int, data: str) -> Network:
    """The network that a profile describes, for samples of `shape` and `classes` labels.

    Raises `ProfileError` where layers do not fit the data or each other.
    """
    return Network(tuple(geometry(network, shape, classes, data)), network)


def unmeasurable(network: Layered, estimators: Sequence[Estimator], inputs: int) -> list[str]:
    """Which estimators cannot measure the network's layers for `inputs` inputs: a line for each."""
    problems = []
    for number, estimator in enumerate(estimators):
        layers = zip(network.names, network.activations, network.units, strict=True)
        for name, activation, units in layers:
            try:
                estimator.check_layer(activation, units, inputs)
            except Exception as error:
                if not (isinstance(error, MeasureError) or is_foreign(type(estimator))):
                    raise
                said = error if isinstance(error, MeasureError) else reason(error)
                problems.append(f"estimator.{number} ({estimator.name}) on layer {name}: {said}")
                break
    return problems
