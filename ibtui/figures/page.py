"""Page: the size of a figure and what is on it, as a journal asks for."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase
from typing import TYPE_CHECKING

from ibtui.figures.information_axis import NATS_A_BIT, Unit, read_in_nats

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Limits = tuple[float, float]
COLUMN_INCHES = {"single": 3.5, "double": 7.0}


@dataclass(frozen=True)
class Page:
    """Sizes are in inches and points; None leaves what a figure has of its own.

    `xlim` and `ylim` are those of planes, `zoom` (left, right, bottom, top) that of the enlarged
    part, all of them in `unit`. `joined` draws lines that join the layers of one epoch.
    """

    width_inches: float | None = None
    height_inches: float | None = None
    dpi: int | None = None
    font_size: float | None = None
    xlim: Limits | None = None
    ylim: Limits | None = None
    zoom: tuple[float, float, float, float] | None = None
    titles: bool = True
    letters: bool = False
    joined: bool = False
    unit: Unit | None = None

    def fit(self, figure: Figure, unit: Unit = "bits") -> None:
        """Give a figure its size, its limits, and its panels their letters.

        `unit` is what a figure has of its own.
        """
        unit = self.unit or unit
        if unit == "nats":
            read_in_nats(figure)
        if not self.titles and figure.get_suptitle():
            figure.suptitle("")
        width, height = figure.get_size_inches()
        figure.set_size_inches(self.width_inches or width, self.height_inches or height)
        panels = [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]
        for axes, letter in zip(panels, ascii_lowercase, strict=False):
            if not self.titles:
                axes.set_title("", loc="left")
            if self.letters:
                name = axes.get_title(loc="left")
                axes.set_title(f"({letter}) {name}".rstrip(), loc="left")
            limits = None, None
            if axes.get_gid() == "plane":
                limits = self.xlim, self.ylim
            if axes.get_gid() == "zoom" and self.zoom:
                limits = self.zoom[:2], self.zoom[2:]
            scale = NATS_A_BIT if unit == "nats" else 1.0
            for name, pair in zip(("xlim", "ylim"), limits, strict=True):
                if pair is not None:
                    axes.set(**{name: (pair[0] / scale, pair[1] / scale)})
