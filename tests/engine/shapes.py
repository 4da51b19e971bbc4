"""Shapes: the axes and dtypes in the engine's signatures, checked at every call.

Only where the environment asks for it: torch's compiler, which other tests need, cannot see through
the checks. `IBTUI_CHECK_SHAPES=1 pytest tests/engine/test_meter.py` checks what these tests call.
"""

import os
from pathlib import Path

from jaxtyping import install_import_hook

ENGINE = Path(__file__).parents[2] / "ibtui" / "engine"
VARIABLE = "IBTUI_CHECK_SHAPES"
WANTED = VARIABLE in os.environ


def modules() -> list[str]:
    """The engine's modules whose signatures name axes."""
    return sorted(
        f"ibtui.engine.{path.stem}"
        for path in ENGINE.glob("*.py")
        if "from jaxtyping import" in path.read_text(encoding="utf-8")
    )


def check() -> None:
    """Check those that are imported from now on."""
    install_import_hook(modules(), "beartype.beartype")
