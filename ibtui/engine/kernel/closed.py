"""Closed: compiled functions that run their own copies of all that they call.

numba links the code of callees into each caller as weak symbols, and optimizes it there once more:
fused products and the order of sums may come out otherwise than in the callee itself. The first
copy that a process loads serves every caller in it: the callee's own where it was just compiled,
a caller's where that comes from the cache. Here copies are internal: what a function computes is
in its own object code, whatever else a process has compiled or loaded, and in which order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import binding
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class _ClosedLibrary(JITCodeLibrary):
    """The code of one function, whose linked callees no other code can see or replace."""

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if function.linkage == binding.Linkage.linkonce_odr and not function.is_declaration:
                function.linkage = binding.Linkage.internal
        super()._optimize_final_module()

    def _get_module_for_linking(self) -> Any:
        """What callers link: read back from bitcode, as those do that load it from the cache."""
        if self._shared_module is None:
            module = super()._get_module_for_linking()
            self._shared_module = binding.parse_bitcode(module.as_bitcode())
        return self._shared_module


class ClosedCompiler(Compiler):
    """numba's compiler with a closed library for what it compiles."""

    def compile_extra(self, func: Callable[..., Any]) -> Any:
        codegen = self.state.targetctx.codegen()
        library = _ClosedLibrary(codegen, func.__qualname__)
        library.enable_object_caching()  # so that it can be kept
        self.state.library = library
        return super().compile_extra(func)
