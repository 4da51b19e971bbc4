"""Geometry: the shape, units and parameters of every layer of a network, without torch.

The engine's layers, the kernel's and the cost that the form shows all come from here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ibtui.errors import ProfileError
from ibtui.profile import model

Shape = tuple[int, ...]
Image = tuple[int, int, int]  # channels, height, width


@dataclass(frozen=True)
class Dense:
    """A layer in which every unit sees every input."""

    inputs: int
    units: int

    @property
    def output_shape(self) -> Shape:
        return (self.units,)

    @property
    def weight_shape(self) -> Shape:
        return (self.inputs, self.units)

    @property
    def fans(self) -> tuple[int, int]:
        """How many weights come into a unit, and how many go out of an input."""
        return self.inputs, self.units

    @property
    def biases(self) -> int:
        return self.units


class _OnMaps:
    """What layers on maps share: units count channel by channel, row by row."""

    shape: Image  # of the input

    @property
    def output_shape(self) -> Image:
        raise NotImplementedError

    @property
    def inputs(self) -> int:
        return math.prod(self.shape)

    @property
    def units(self) -> int:
        return math.prod(self.output_shape)


@dataclass(frozen=True)
class Convolution(_OnMaps):
    """A square two-dimensional convolution."""

    shape: Image
    channels: int
    kernel: int
    stride: int
    padding: int

    @property
    def output_shape(self) -> Image:
        _, *sides = self.shape
        height, width = ((s + 2 * self.padding - self.kernel) // self.stride + 1 for s in sides)
        return self.channels, height, width

    @property
    def weight_shape(self) -> Shape:
        return (self.channels, self.shape[0], self.kernel, self.kernel)

    @property
    def fans(self) -> tuple[int, int]:
        patch = self.kernel**2
        return self.shape[0] * patch, self.channels * patch

    @property
    def biases(self) -> int:
        return self.channels


@dataclass(frozen=True)
class Pooling(_OnMaps):
    """The maximum over square patches; it has no weights and no activation function."""

    shape: Image
    size: int

    @property
    def output_shape(self) -> Image:
        channels, height, width = self.shape
        return channels, height // self.size, width // self.size


Geometry = Dense | Convolution | Pooling


def parameter_shapes(layer: Geometry) -> tuple[Shape, ...]:
    """The shapes of a layer's weights and of its biases, as they are stored; () for pooling."""
    return () if isinstance(layer, Pooling) else (layer.weight_shape, (layer.biases,))


def parameters(layer: Geometry) -> int:
    """How many parameters a layer has in one replicate."""
    return sum(map(math.prod, parameter_shapes(layer)))


def geometry(network: model.Network, shape: Shape, classes: int, data: str) -> list[Geometry]:
    """The layers T1..TL of a network, the output layer last.

    `shape` is that of a sample, `classes` the number of labels of `data`. Raises `ProfileError`
    where layers do not fit the data or each other.
    """
    layers: list[Geometry] = []
    for number, option in enumerate(network.layers):
        layer = _layer(option, shape, f"network.layers.{number}", data)
        layers.append(layer)
        shape = layer.output_shape
    layers.append(Dense(math.prod(shape), _output_units(network, classes, data)))
    return layers


def _layer(option: model.LayerSpec, shape: Shape, key: str, data: str) -> Geometry:
    if isinstance(option, int):
        return Dense(math.prod(shape), option)
    if len(shape) != 3:
        raise ProfileError(
            [f"{key}: needs images, not {math.prod(shape)} values of {data} (use a width)"]
        )
    image = (shape[0], shape[1], shape[2])
    if isinstance(option, model.Pooling):
        layer: Geometry = Pooling(image, option.pool)
    else:
        layer = Convolution(image, option.conv, option.kernel, option.stride, option.padding)
    if min(layer.output_shape) < 1:
        raise ProfileError(
            [f"{key}: does not fit into {image[1]} x {image[2]} pixels (make it smaller)"]
        )
    return layer


def _output_units(network: model.Network, classes: int, data: str) -> int:
    if network.output == "sigmoid":
        if classes > 2 or network.outputs not in (None, 1):
            wrong = f"{data} has {classes} labels" if classes > 2 else "outputs is not 1"
            raise ProfileError([f"network.output: sigmoid is one unit, but {wrong} (use softmax)"])
        return 1
    units = network.outputs or classes
    if units < classes:
        raise ProfileError(
            [f"network.outputs: {units} is below the {classes} labels of {data} (leave it out)"]
        )
    return units
