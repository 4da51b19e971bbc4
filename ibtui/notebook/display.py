"""What a notebook shows: figures without pyplot, and one that is drawn anew in its place."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ibtui.figures import must_have_matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PNG_DPI = 110


def shell() -> Any:
    """The IPython that runs this, which can show pictures; None in a terminal or plain Python."""
    found = sys.modules.get("IPython")
    here = found.get_ipython() if found else None
    return None if type(here).__name__ == "TerminalInteractiveShell" else here


def show_figures() -> None:
    """Let the notebook show figures, which it does by itself only where pyplot is loaded.

    Raises `UsageError` where there is no matplotlib.
    """
    here = shell()
    if here is None:
        return
    must_have_matplotlib()
    from matplotlib.figure import Figure

    png = here.display_formatter.formatters["image/png"]
    if Figure not in png:
        png.for_type(Figure, png_of)


def png_of(figure: Figure) -> bytes:
    """A figure as PNG, as this program's figures are saved."""
    from ibtui.figures.style import SAVING, styled

    stream = BytesIO()
    with styled():
        figure.savefig(stream, **SAVING | {"format": "png", "dpi": PNG_DPI})
    return stream.getvalue()
