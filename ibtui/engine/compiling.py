"""Compiling: torch.compile where the machine can, eager with one line of warning elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch._dynamo.exc import TorchDynamoException


class Compiled:
    """A function that is compiled at its first call; where that fails it stays eager.

    `failure` says in one line why it is eager, `seconds` what the first call took.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._eager = function
        self._run: Callable[..., Any] | None = None
        self.failure: str | None = None
        self.seconds = 0.0

    def __call__(self, *arguments: Any) -> Any:
        if self._run is None:
            return self._first_call(*arguments)
        return self._run(*arguments)

    @property
    def fresh(self) -> bool:
        """Whether it has still to be called, to be compiled."""
        return self._run is None

    def _first_call(self, *arguments: Any) -> Any:
        started = time.perf_counter()
        compiled = torch.compile(self._eager, dynamic=False, fullgraph=True)
        try:
            result = compiled(*arguments)
            self._run = compiled
        except TorchDynamoException as error:
            # Nothing ran: code is generated as a whole before any of it changes a tensor.
            self.failure = _first_line(error)
            self._run = self._eager
            result = self._eager(*arguments)
        self.seconds = time.perf_counter() - started
        return result


def _first_line(error: Exception) -> str:
    text = str(error).removeprefix("backend='inductor' raised:")
    return next((line.strip() for line in text.splitlines() if line.strip()), repr(error))
