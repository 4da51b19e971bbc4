"""ibtui: a laboratory for the information bottleneck in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ibtui.version import VERSION

if TYPE_CHECKING:
    from ibtui.recorder import Recorder

__all__ = ["Recorder", "__version__"]

__version__ = VERSION


def __getattr__(name: str) -> Any:
    """What notebooks and loops import, loaded when it is asked for."""
    if name == "Recorder":
        from ibtui.recorder import Recorder

        return Recorder
    raise AttributeError(f"module 'ibtui' has no attribute {name!r}")
