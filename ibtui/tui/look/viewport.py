"""Viewport: the part of a plane that is on the screen, in bits; zooming makes a new one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ibtui.recording import Floats, Header
from ibtui.tui.draw.axes import AIR, holding

SMALLEST = 1e-3  # of the plane: deeper zooms show rounding, not information


@dataclass(frozen=True)
class Viewport:
    """The rectangle [left, right] x [bottom, top] of a plane, in bits.

    The plane is [west, width] x [south, height]; west and south are below 0 only where an
    estimator's values are.
    """

    width: float
    height: float
    left: float
    right: float
    bottom: float
    top: float
    west: float = 0.0
    south: float = 0.0

    @classmethod
    def whole(cls, width: float, height: float, west: float = 0.0, south: float = 0.0) -> Viewport:
        """All of the plane, and some air, so that a point at its edge is no part of the frame."""
        wide, high = width - west, height - south
        return cls(
            *(width, height, west - AIR * wide, width + AIR * wide),
            *(south - 0.03 * high, height + 0.04 * high, west, south),
        )

    @classmethod
    def of(cls, *headers: Header, paths: Iterable[tuple[Floats, Floats]] = ()) -> Viewport:
        """The plane [0, H(X)] x [0, H(Y)] of all the recordings, grown to hold the paths.

        Paths give x and y in bits, and may lie beyond the entropies, as estimates do.
        """
        found = list(paths)
        bits = max((h.input_bits for h in headers), default=1.0) or 1.0
        labels = max((h.label_bits for h in headers), default=1.0) or 1.0
        west, width = holding(0.0, bits, *(x for x, _ in found))
        south, height = holding(0.0, labels, *(y for _, y in found))
        return cls.whole(width, height, west, south)

    def on(self, plane: Viewport) -> Viewport:
        """The same part of another plane: all of it, if this is the whole, else what is on it."""
        wide, high = self.right - self.left, self.top - self.bottom
        whole = plane.reset()
        if self.is_whole or wide >= whole.right - whole.left or high >= whole.top - whole.bottom:
            return whole
        return plane._inside(self.left, self.bottom, wide, high)

    def reset(self) -> Viewport:
        """The whole plane."""
        return Viewport.whole(self.width, self.height, self.west, self.south)

    def corner(self) -> Viewport:
        """The magnified upper right: the last quarter of either axis."""
        whole = self.reset()
        left, bottom = 0.75 * self.width, 0.75 * self.height
        return replace(whole, left=left, bottom=bottom)

    def holding(self, left: float, right: float, bottom: float, top: float) -> Viewport:
        """A part of the plane, moved to where the plane is if it reaches beyond."""
        return self._inside(left, bottom, right - left, top - bottom)

    def zoom(self, factor: float, x: float = 0.5, y: float = 0.5) -> Viewport:
        """Magnify by `factor` about the point that lies x, y (0 to 1) along the axes.

        0 shows the whole plane.
        """
        whole = self.reset()
        if not factor:
            return whole
        wide = (self.right - self.left) / factor
        high = (self.top - self.bottom) / factor
        if wide >= whole.right - whole.left or high >= whole.top - whole.bottom:
            return whole
        if wide < SMALLEST * self.width or high < SMALLEST * self.height:
            return self
        left = self.left + x * (self.right - self.left) - x * wide
        bottom = self.bottom + y * (self.top - self.bottom) - y * high
        return self._inside(left, bottom, wide, high)

    def pan(self, x: float, y: float) -> Viewport:
        """Move by x and y, in widths and heights of the view; the plane's edges stop it."""
        wide, high = self.right - self.left, self.top - self.bottom
        return self._inside(self.left + x * wide, self.bottom + y * high, wide, high)

    @property
    def is_whole(self) -> bool:
        return self == self.reset()

    def _inside(self, left: float, bottom: float, wide: float, high: float) -> Viewport:
        whole = self.reset()
        left = min(max(left, whole.left), whole.right - wide)
        bottom = min(max(bottom, whole.bottom), whole.top - high)
        return replace(whole, left=left, right=left + wide, bottom=bottom, top=bottom + high)
