"""ibtui: a laboratory for the information bottleneck in a terminal, and in notebooks.

>>> import ibtui
>>> run = ibtui.load("figure-2")
>>> run.recording.i_xt_bits.shape  # (epoch, series, replicate, layer), in bits
(184, 2, 50, 6)

`load` opens a saved run, `run` and `resume` train one, `frames` is the same as a loop of one's own,
`estimate` measures activations, `Recorder` somebody else's network while it trains. All of it is
loaded when it is asked for; torch only by what trains or measures with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ibtui.version import VERSION

if TYPE_CHECKING:
    from ibtui.errors import IbtuiError
    from ibtui.estimation import estimate
    from ibtui.notebook.live import frames, resume, run
    from ibtui.notebook.saved import SavedRun, load
    from ibtui.recorder import Recorder

__all__ = [
    "IbtuiError",
    "Recorder",
    "SavedRun",
    "__version__",
    "estimate",
    "frames",
    "load",
    "resume",
    "run",
]

__version__ = VERSION

HOMES = {
    "IbtuiError": "errors",
    "Recorder": "recorder",
    "SavedRun": "notebook.saved",
    "estimate": "estimation",
    "frames": "notebook.live",
    "load": "notebook.saved",
    "resume": "notebook.live",
    "run": "notebook.live",
}


def __getattr__(name: str) -> Any:
    """What notebooks and loops import, loaded when it is asked for."""
    if name in HOMES:
        return getattr(import_module(f"ibtui.{HOMES[name]}"), name)
    raise AttributeError(f"module 'ibtui' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
