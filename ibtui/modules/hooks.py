"""Hooks: the activations of a torch model's layers on a probe set, taken without a trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ibtui.errors import DataError, UsageError
from ibtui.information.arrays import plain
from ibtui.modules.pools import must_be_pool, pooled
from ibtui.problems import did_you_mean

ACTIVATIONS = {
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
    nn.Softmax: "softmax",
    nn.ReLU: "relu",
    nn.LeakyReLU: "leaky-relu",
}
Inputs = Tensor | tuple[Tensor, ...] | dict[str, Tensor]


def plain_model(model: nn.Module) -> nn.Module:
    """The module itself, where `torch.compile` or a data-parallel shell is around it.

    Compiled code may pass hooks by; the module within has the same parameters.
    """
    shells = nn.DataParallel, nn.parallel.DistributedDataParallel
    while True:
        if isinstance(inner := getattr(model, "_orig_mod", None), nn.Module):
            model = inner
        elif isinstance(model, shells):
            model = model.module
        else:
            return model


def modules_of(model: nn.Module, layers: Mapping[str, str]) -> dict[str, nn.Module]:
    """The modules to be hooked, by the names of the layers. Raises `UsageError`."""
    known = dict(plain_model(model).named_modules())
    for path in layers.values():
        if path not in known:
            names = [name for name in known if name]
            raise UsageError(f"layers: the model has no module {path!r}{did_you_mean(path, names)}")
    return {name: known[path] for name, path in layers.items()}


def function_of(module: nn.Module) -> str:
    """The activation function that a module is, "linear" where it is none that is known."""
    return ACTIVATIONS.get(type(module), "linear")


def inputs_of(x: Any) -> Inputs:
    """What the model is called with: an array, several as a tuple, or keywords as a mapping."""
    if isinstance(x, Mapping):
        return {str(name): _tensor(one) for name, one in x.items()}
    if isinstance(x, tuple):
        return tuple(_tensor(one) for one in x)
    return _tensor(x)


def rows_of(x: Inputs) -> NDArray | None:
    """X as one vector a sample, (sample, unit); None where its parts are of several types."""
    arrays = [plain(one).reshape(len(one), -1) for one in _parts(x)]
    if len({array.dtype for array in arrays}) > 1:
        return None
    return np.concatenate(arrays, axis=1)


def activations(
    model: nn.Module,
    layers: Mapping[str, str],
    x: Inputs,
    *,
    pools: Mapping[str, str],
    chunk: int,
    device: torch.device | str | None = None,
    autocast: torch.dtype | None = None,
) -> dict[str, Tensor]:
    """What each layer gives for every sample, (sample, unit) on the host, in the model's precision.

    The model runs in evaluation mode and without gradients, `chunk` samples at a time; afterwards
    every module is in the mode in which it was, and the generators of random numbers are where they
    were. Raises `UsageError` where a layer gives no tensor of the samples, or not once a pass.
    """
    model = plain_model(model)
    modules = modules_of(model, layers)
    at = next((p for p in (*model.parameters(), *model.buffers())), torch.empty(0))
    device = torch.device(device) if device is not None else at.device
    kind = at.dtype if at.dtype.is_floating_point and autocast is None else None
    taken: dict[str, list[Tensor]] = {name: [] for name in modules}
    samples = len(_parts(x)[0])
    with ExitStack() as stack:
        for name, module in modules.items():
            stack.enter_context(_hooked(module, name, taken[name], pools[name]))
        stack.enter_context(_untouched(model, device))
        if autocast is not None:
            stack.enter_context(torch.autocast(device.type, autocast, cache_enabled=False))
        for start in range(0, samples, chunk):
            _call(model, x, slice(start, start + chunk), device, kind)
            for name, chunks in taken.items():
                count = start // chunk + 1
                if len(chunks) != count or len(chunks[-1]) != min(chunk, samples - start):
                    raise UsageError(
                        f"layers: {name} does not give one row a sample, once a pass (choose "
                        "another module)"
                    )
    return {name: torch.cat(chunks) for name, chunks in taken.items()}


@contextmanager
def _hooked(module: nn.Module, name: str, taken: list[Tensor], rule: str) -> Iterator[None]:
    def take(_module: nn.Module, _arguments: Any, output: Any) -> None:
        # On the host at once, or the chunks of all layers would gather on the device.
        taken.append(pooled(_first_tensor(output, name), rule).cpu())

    handle = module.register_forward_hook(take)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def _untouched(model: nn.Module, device: torch.device) -> Iterator[None]:
    """Evaluation without gradients; every module's mode and all random numbers as before."""
    modes = [(module, module.training) for module in model.modules()]
    devices = [device] if device.type == "cuda" else []
    cached = torch.is_autocast_cache_enabled()
    try:
        # Weights that were cast here without gradients must not serve the loop around this.
        torch.set_autocast_cache_enabled(False)
        model.eval()
        with torch.no_grad(), torch.random.fork_rng(devices):
            yield
    finally:
        torch.set_autocast_cache_enabled(cached)
        for module, mode in modes:
            module.training = mode


def _call(
    model: nn.Module, x: Inputs, rows: slice, device: torch.device, kind: torch.dtype | None
) -> None:
    def part(one: Tensor) -> Tensor:
        here = one[rows].to(device)
        return here.to(kind) if kind is not None and here.is_floating_point() else here

    if isinstance(x, dict):
        model(**{name: part(one) for name, one in x.items()})
    elif isinstance(x, tuple):
        model(*map(part, x))
    else:
        model(part(x))


def _first_tensor(output: Any, name: str) -> Tensor:
    """The tensor that a module gives, the first one where it gives several."""
    if isinstance(output, Tensor):
        return output.detach()
    inside = output.values() if isinstance(output, Mapping) else output
    if isinstance(inside, Sequence) or isinstance(output, Mapping):
        for one in inside:
            if isinstance(one, Tensor):
                return one.detach()
    raise UsageError(f"layers: {name} gives {type(output).__name__}, no tensor (choose another)")


def _parts(x: Inputs) -> list[Tensor]:
    if isinstance(x, dict):
        return list(x.values())
    return list(x) if isinstance(x, tuple) else [x]


def _tensor(one: Any) -> Tensor:
    tensor = one.detach() if isinstance(one, Tensor) else torch.from_numpy(plain(one).copy())
    if tensor.ndim == 0 or not len(tensor):
        raise DataError(f"x: has shape {tuple(tensor.shape)}, not (sample, ...)")
    return tensor


@dataclass(frozen=True)
class Hooked:
    """Models whose layers are taken at every frame: one, or several as replicates.

    `layers` are paths of modules by the names of the layers, `pools` rules by the same names.
    """

    models: tuple[nn.Module, ...]
    layers: dict[str, str]
    pools: dict[str, str]
    x: Inputs
    chunk: int
    device: torch.device | str | None
    autocast: torch.dtype | None

    @property
    def name(self) -> str:
        """The class of the models."""
        return type(plain_model(self.models[0])).__name__

    @property
    def place(self) -> str:
        """Where the first model computes: cpu, cuda."""
        if self.device is not None:
            return torch.device(self.device).type
        return next((p.device.type for p in self.models[0].parameters()), "cpu")

    @property
    def functions(self) -> dict[str, str]:
        """The activation functions that the modules are, by the names of the layers."""
        modules = modules_of(self.models[0], self.layers)
        return {name: function_of(module) for name, module in modules.items()}

    def take(self) -> dict[str, Tensor]:
        """The layers as they are now, (sample, unit), or (replicate, sample, unit) of several."""
        taken = [
            activations(
                model,
                self.layers,
                self.x,
                pools=self.pools,
                chunk=self.chunk,
                device=self.device,
                autocast=self.autocast,
            )
            for model in self.models
        ]
        if len(taken) == 1:
            return taken[0]
        return {name: torch.stack([one[name] for one in taken]) for name in self.layers}


def hooked(
    model: nn.Module | Sequence[nn.Module],
    layers: Sequence[str] | Mapping[str, str],
    x: Any,
    pool: str | Mapping[str, str] = "flatten",
    chunk: int = 64,
    device: torch.device | str | None = None,
    autocast: torch.dtype | None = None,
) -> Hooked:
    """The models' layers as they were asked for. Raises `UsageError`, and `DataError` of `x`."""
    models = (model,) if isinstance(model, nn.Module) else tuple(model)
    named = dict(layers) if isinstance(layers, Mapping) else {name: name for name in layers}
    if not models or not named:
        raise UsageError("layers: there are none (name the modules that are to be measured)")
    if x is None:
        raise UsageError("x: is missing (give the samples that the model is to be measured on)")
    if chunk < 1:
        raise UsageError(f"chunk: {chunk} is below 1")
    for one in models:
        modules_of(one, named)
    rules = dict.fromkeys(named, pool) if isinstance(pool, str) else {**dict(pool)}
    if unknown := [name for name in rules if name not in named]:
        raise UsageError(f"pool: there is no layer {unknown[0]!r}{did_you_mean(unknown[0], named)}")
    rules = {name: must_be_pool(rules.get(name, "flatten")) for name in named}
    return Hooked(models, named, rules, inputs_of(x), chunk, device, autocast)
