"""Module network: what is known of a torch module that a plug-in makes, found by a look at it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ibtui.data import Dataset
from ibtui.engine.randomness import WEIGHTS, torch_seed
from ibtui.errors import IbtuiError, RunError, memory_line
from ibtui.modules.hooks import Hooked, function_of, hooked, modules_of
from ibtui.networks import Factory
from ibtui.plugins import reason
from ibtui.profile.geometry import Dense

LOGITS = "the logits"  # beside the layers: what the module itself gives
LOOKED_AT = 2  # samples


@dataclass(frozen=True)
class ModuleNetwork:
    """Layers that are measured, by the names that the factory gives them, the output's last.

    `layers` has their units, as if each saw every input: of what is inside nothing is known.
    """

    factory: Factory
    shape: tuple[int, ...]
    classes: int
    paths: dict[str, str]  # of modules, by the names of the layers
    layers: tuple[Dense, ...]
    activations: tuple[str, ...]
    parameters: int

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.paths)

    @property
    def units(self) -> tuple[int, ...]:
        return tuple(layer.units for layer in self.layers)

    def inputs(self, rows: NDArray[np.float32] | Tensor) -> Tensor:
        """What the module is called with, of samples (sample, input)."""
        return torch.as_tensor(rows).reshape(len(rows), *self.shape)

    def fresh(self, seed: int) -> nn.Module:
        """The module before the first step, as this seed draws it, on the host."""
        return _made(self.factory, self.shape, self.classes, seed)

    def hooked(self, modules: tuple[nn.Module, ...], x: Tensor) -> Hooked:
        """The layers of some modules, and their logits under the name `LOGITS`."""
        return _hooked(self.factory, modules, x)


def looked_at(factory: Factory, dataset: Dataset, seed: int) -> ModuleNetwork:
    """Make the module once and see what it gives for a few samples. Raises `RunError`."""
    shape, classes = dataset.shape, len(dataset.label_names)
    module = _made(factory, shape, classes, seed)
    with naming(factory, "was tried"):
        few = torch.from_numpy(dataset.inputs[:LOOKED_AT].copy()).reshape(-1, *shape)
        hooks = _hooked(factory, (module,), few)
        taken = hooks.take()
        logits = taken.pop(LOGITS)
        if logits.shape[1] < classes:
            raise TypeError(f"it gives {logits.shape[1]} logits for {classes} labels")
        paths = {name: path for name, path in hooks.layers.items() if name != LOGITS}
        modules = modules_of(module, paths)
    inputs = math.prod(shape)
    return ModuleNetwork(
        factory,
        shape,
        classes,
        paths=paths,
        layers=tuple(Dense(inputs, taken[name].shape[1]) for name in paths),
        activations=tuple(map(function_of, modules.values())),
        parameters=sum(one.numel() for one in module.parameters()),
    )


@contextmanager
def naming(factory: Factory, doing: str) -> Iterator[None]:
    """Whatever a plug-in's network raises, as one line that names it. Raises `RunError`."""
    try:
        yield
    except Exception as error:
        if memory_line(error):
            raise
        said = str(error) if isinstance(error, IbtuiError) else reason(error)
        raise RunError(f"{factory.name}: the network failed as it {doing}: {said}") from error


def _made(factory: Factory, shape: tuple[int, ...], classes: int, seed: int) -> nn.Module:
    with naming(factory, "was made"), torch.random.fork_rng([]):
        torch.manual_seed(torch_seed(seed, WEIGHTS))
        module = factory.build(shape, classes)
        if not isinstance(module, nn.Module):
            raise TypeError(f"build gives {type(module).__name__}, no torch.nn.Module")
        if any(is_lazy(one) for one in module.parameters()):
            with torch.no_grad():
                module.eval()(torch.zeros(1, *shape))
        for name, one in module.named_parameters():
            if one.requires_grad and one.dtype != torch.float32:
                kind = str(one.dtype).removeprefix("torch.")
                raise TypeError(f"its parameter {name} is {kind}, not float32")
        return module.train()


def _hooked(factory: Factory, modules: tuple[nn.Module, ...], x: Tensor) -> Hooked:
    asked, pool = factory.layers(), factory.pool()
    if isinstance(asked, str):
        raise TypeError("layers gives a text, not a sequence of paths")
    layers = dict(asked) if isinstance(asked, Mapping) else {name: name for name in asked}
    if not layers:
        raise TypeError("layers names no module that is to be measured")
    rules = dict.fromkeys(layers, pool) if isinstance(pool, str) else dict(pool)
    return hooked(modules, {**layers, LOGITS: ""}, x, rules)
