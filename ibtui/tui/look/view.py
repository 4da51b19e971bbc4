"""View and Cursor: how the panes look at a recording, and at which frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from ibtui.recording import Header
from ibtui.tui.draw.bands import Span
from ibtui.tui.draw.palette import Palette, palette
from ibtui.tui.draw.raster import Markers

PathKind = Literal["mean", "replicate", "median", "cloud"]
PATH_KINDS: tuple[PathKind, ...] = ("mean", "replicate", "median", "cloud")
Scale = Literal["linear", "log"]
Unit = Literal["bits", "nats"]
Second = int | Literal["auto", "none", "corner"]
SMOOTHINGS = (1, 5, 25)  # frames of a running mean; 1 is what was measured
NATS_PER_BIT = math.log(2)
TWO_PLANES = 80  # columns from which a second plane is shown without being asked for


@dataclass(frozen=True)
class Cursor:
    """The frame on the screen (-1: none yet), and the epochs that the run is planned to take."""

    at: int
    span: Span


class Point(NamedTuple):
    """What is read off: a layer at a frame, both from 0."""

    layer: int
    frame: int


@dataclass(frozen=True)
class View:
    """What a person chose to see. `series`, `layer` and `replicate` count from 0.

    `second` is what the plane at the right shows: a series, the magnified corner of the left one,
    nothing, or, where there is room, whichever of these is there (auto). `joined` layers of one
    epoch have a line on the plane; `fitted` curves take all the height there is, and are means
    over `smoothing` frames. `point` is where the
    crosshair is, `lit` the layer that the mouse points to; both come and go.
    """

    series: int = 0
    second: Second = "auto"
    path: PathKind = "mean"
    replicate: int = 0
    layer: int | None = None
    spread: bool = False
    limit: bool = True
    scale: Scale = "linear"
    unit: Unit = "bits"
    joined: bool = False
    fitted: bool = False
    smoothing: int = 1
    point: Point | None = None
    lit: int | None = None

    @property
    def bright(self) -> int | None:
        """The one layer that is not faint; None where all are bright."""
        return self.layer if self.lit is None else self.lit

    @property
    def log(self) -> bool:
        return self.scale == "log"

    @property
    def factor(self) -> float:
        """What bits are multiplied by to be shown."""
        return NATS_PER_BIT if self.unit == "nats" else 1.0

    def second_plane(self, header: Header | None, width: int) -> tuple[int, bool] | None:
        """The series of the second plane and whether it is the corner, in `width` columns."""
        count = len(header.series) if header else 1
        match self.second:
            case "none":
                return None
            case "corner":
                return self.series, True
            case "auto":
                if width < TWO_PLANES:
                    return None
                return ((self.series + 1) % count, False) if count > 1 else (self.series, True)
            case series:
                return (series, False) if series < count else None

    def changed(self, what: str, header: Header | None) -> View:
        """The view after the key for `what` (a field, or next_replicate, last_replicate)."""
        series = len(header.series) if header else 1
        layers = len(header.layers) if header else 0
        replicates = header.replicates if header else 1
        match what:
            case "path":
                return replace(
                    self, path=PATH_KINDS[(PATH_KINDS.index(self.path) + 1) % len(PATH_KINDS)]
                )
            case "next_replicate" | "last_replicate":
                step = 1 if what == "next_replicate" else -1
                to = (self.replicate + step) % replicates if self.path == "replicate" else 0
                return replace(self, path="replicate", replicate=to)
            case "series":
                return replace(self, series=(self.series + 1) % series)
            case "second":
                ways: list[Second] = ["auto", "none", "corner"]
                ways += [k for k in range(series) if series > 1 and k != self.series]
                at = ways.index(self.second) if self.second in ways else 0
                return replace(self, second=ways[(at + 1) % len(ways)])
            case "layer":
                following = 0 if self.layer is None else self.layer + 1
                return replace(self, layer=following if following < layers else None)
            case "scale":
                return replace(self, scale="linear" if self.log else "log")
            case "unit":
                return replace(self, unit="bits" if self.unit == "nats" else "nats")
            case "smoothing":
                at = SMOOTHINGS.index(self.smoothing)
                return replace(self, smoothing=SMOOTHINGS[(at + 1) % len(SMOOTHINGS)])
            case "spread" | "limit" | "joined" | "fitted":
                return replace(self, **{what: not getattr(self, what)})
        raise ValueError(f"no key changes {what!r}")


@dataclass(frozen=True)
class Look:
    """How pictures are drawn on this terminal."""

    palette: Palette = field(default_factory=lambda: palette("viridis", dark=True, depth="full"))
    markers: Markers = "braille"
