"""Shapes: the axes and dtypes in signatures of engine and estimators, checked at every call.

Only where the environment asks for it: torch's compiler, which other tests need, cannot see through
the checks. `IBTUI_CHECK_SHAPES=1 pytest tests/engine/test_meter.py` checks what these tests call.
"""

import os
import subprocess
import sys
import typing
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

from beartype import BeartypeConf, beartype
from jaxtyping import install_import_hook

ROOMS = "engine", "information"
HERE = Path(__file__).parents[1]
VARIABLE = "IBTUI_CHECK_SHAPES"
WANTED = VARIABLE in os.environ
LIBRARIES = "ibtui.options", "torch", "sklearn.cluster", "sklearn.neighbors"
typed = beartype(conf=BeartypeConf(is_pep484_tower=True))  # a whole number is a float too


def modules(room: str) -> list[str]:
    """The modules of a room whose signatures name axes."""
    return sorted(
        f"ibtui.{room}.{path.stem}"
        for path in (HERE / "ibtui" / room).glob("*.py")
        if "from jaxtyping import" in path.read_text(encoding="utf-8")
    )


def check() -> None:
    """Check those that are imported from now on, and the estimators, which are imported here.

    Estimators import their types for type checkers alone, and a check needs them too.
    """
    for library in LIBRARIES:  # what they import for type checkers goes round in circles
        import_module(library)
    install_import_hook([name for room in ROOMS for name in modules(room)], f"{__name__}.typed")
    with patch.object(typing, "TYPE_CHECKING", True):
        import_module("ibtui.information")
        for module in modules("information"):
            import_module(module)


def python(*words: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter that checks."""
    environment = os.environ | {VARIABLE: "1", "PYTHONPATH": str(HERE)}
    return subprocess.run(
        [sys.executable, *words],
        env=environment,
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
