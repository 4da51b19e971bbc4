"""Pools: how what a layer gives for a sample becomes one vector of units, by a named rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ibtui.errors import UsageError
from ibtui.problems import did_you_mean

if TYPE_CHECKING:
    from torch import Tensor

# Of (sample, channel, ...) for channels, of (sample, ..., token, unit) for tokens.
POOLS: dict[str, Callable[[Tensor], Tensor]] = {
    "flatten": lambda values: values.flatten(1),
    "channel-mean": lambda values: values.flatten(2).mean(2),
    "channel-max": lambda values: values.flatten(2).amax(2),
    "token-mean": lambda values: values.flatten(1, -2).mean(1),
    "token-max": lambda values: values.flatten(1, -2).amax(1),
    "token-first": lambda values: values.flatten(1, -2)[:, 0],
    "token-last": lambda values: values.flatten(1, -2)[:, -1],
}


def must_be_pool(name: str) -> str:
    """The name of a rule. Raises `UsageError`."""
    if name not in POOLS:
        raise UsageError(f"pool: {name!r} is not known{did_you_mean(name, POOLS)}")
    return name


def pooled(values: Tensor, rule: str) -> Tensor:
    """(sample, unit), of (sample, ...); what has no further axes stays as it is."""
    if values.ndim < 2:
        return values.reshape(len(values), 1)
    return values if values.ndim == 2 else POOLS[rule](values)
