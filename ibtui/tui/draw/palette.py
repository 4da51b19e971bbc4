"""Palette: the colours of the pictures, as the terminal can show them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from rich.color import Color
from rich.style import Style

from ibtui.colours import LAYERS

Ramp = Literal["viridis", "cividis", "plasma", "turbo", "grey"]
Depth = Literal["none", "16", "256", "full"]

# Samples of matplotlib's colour maps, dark to light; cividis and viridis are made for eyes that
# confuse red with green (Nuñez, Anderton & Renslow 2018, doi:10.1371/journal.pone.0199239).
RAMPS: dict[Ramp, tuple[str, ...]] = {
    "viridis": (
        "440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b",
        "fde725",
    ),
    "cividis": (
        "00224e", "123570", "3b496c", "575d6d", "707173", "8a8678", "a59c74", "c3b369", "e1cc55",
        "fee838",
    ),
    "plasma": (
        "0d0887", "46039f", "7201a8", "9c179e", "bd3786", "d8576b", "ed7953", "fb9f3a", "fdca26",
        "f0f921",
    ),
    "turbo": (
        "30123b", "4454c4", "4490fe", "1fc8de", "29efa2", "7dff56", "c1f334", "f1ca3a", "fe922a",
        "ea4f0d", "be2102", "7a0403",
    ),
    "grey": ("303030", "606060", "909090", "c0c0c0", "f0f0f0"),
}  # fmt: skip
# Tol's "muted" scheme (personal.sron.nl/~pault), for runs, which are told from layers by it.
RUNS = (
    "88ccee", "cc6677", "ddcc77", "44aa99", "aa4499", "999933", "882255", "117733", "332288",
    "dddddd",
)  # fmt: skip
# The sixteen colours as Rich knows them: what has exactly their values is sent as their number.
BLACK, RED, GREEN, BROWN = "000000", "aa0000", "00aa00", "aa5500"
BLUE, MAGENTA, CYAN, SILVER = "0000aa", "aa00aa", "00aaaa", "aaaaaa"
GREY, BRIGHT_GREEN, YELLOW, BRIGHT_BLUE, WHITE = "555555", "55ff55", "ffff55", "5555ff", "ffffff"
SIXTEEN_RAMP = (MAGENTA, BLUE, BRIGHT_BLUE, CYAN, GREEN, BRIGHT_GREEN, BROWN, YELLOW)
# As near to the colours of LAYERS as these are.
SIXTEEN_LAYERS = (BRIGHT_BLUE, BROWN, GREEN, RED, MAGENTA, CYAN, GREY, YELLOW)
BANDS = 12
READABLE = 3.0  # contrast of graphics that WCAG 2.2 asks for (success criterion 1.4.11)
CLEAR = 5.0  # contrast of a run's latest epochs, so that its earliest can be dimmer and readable
SHADES = 3  # of a run among others, from early to late


@dataclass(frozen=True)
class Palette:
    """Styles by purpose: `bands` for epochs from first to last, `layers` for layers in turn."""

    bands: tuple[Style, ...]
    runs: tuple[tuple[Style, ...], ...]  # SHADES of each of several runs
    layers: tuple[Style, ...]
    frame: Style
    faint: Style
    strong: Style
    good: Style
    bad: Style

    @property
    def colourless(self) -> bool:
        """Whether runs, layers and epochs look alike: the terminal has no colours."""
        return len(self.runs) == 1

    def layer(self, index: int) -> Style:
        return self.layers[index % len(self.layers)]

    def run(self, index: int) -> Style:
        """The colour of a run among others, which its latest epochs have."""
        return self.runs[index % len(self.runs)][-1]


@cache
def palette(ramp: Ramp, *, dark: bool, depth: Depth, ground: str | None = None) -> Palette:
    """The palette for a dark or a light screen with so many colours.

    `ground` is the screen's colour as rrggbb, where it is known. Paths and digits have a contrast
    of `READABLE` or more against it.
    """
    if depth == "none":
        plain, bold, dim = Style(), Style(bold=True), Style(dim=True)
        return Palette(
            (dim, plain, bold), ((dim, plain, bold),), (plain,), dim, dim, bold, plain, bold
        )
    if depth == "16":
        bands, layers = (tuple(map(_style, colours)) for colours in (SIXTEEN_RAMP, SIXTEEN_LAYERS))
        runs = tuple((layer,) * SHADES for layer in layers)
        strong = _style(WHITE if dark else BLACK) + Style(bold=True)
        return Palette(
            bands, runs, layers, _style(GREY), _style(GREY), strong, _style(GREEN), _style(RED)
        )
    ground = ground or ("121212" if dark else "ffffff")
    far = "ffffff" if dark else "000000"
    frame, faint, strong = (
        ("8a8a8a", "5f5f5f", "ffffff") if dark else ("767676", "b2b2b2", "000000")
    )
    good, bad = ("5fd787", "ff5f5f") if dark else ("007f3f", "c00000")
    return Palette(
        _ramp(RAMPS[ramp], ground),
        tuple(_shades(colour, ground, far) for colour in RUNS),
        tuple(_style(_readable(colour, ground, far)) for colour in LAYERS),
        _style(frame),
        _style(faint),
        _style(strong) + Style(bold=True),
        _style(good),
        _style(bad),
    )


def depth_of(color_system: str | None, *, colourless: bool) -> Depth:
    """How many colours a terminal is said to have; `color_system` is Rich's word for it."""
    if colourless:
        return "none"
    match color_system:
        case "standard" | "windows":
            return "16"
        case "256":
            return "256"
        case None:
            return "none"
    return "full"


def ground_of(background: str | None) -> str | None:
    """A theme's background as rrggbb; None where it is the terminal's own."""
    if background and len(background) == 7 and background[0] == "#":
        return background[1:]
    return None


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (rrggbb), 1 to 21, as WCAG 2.2 has it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(rgb: str) -> float:
    parts = (int(rgb[i : i + 2], 16) / 255 for i in (0, 2, 4))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _readable(rgb: str, ground: str, far: str, least: float = READABLE) -> str:
    """The colour, moved as little towards `far` as gives it that contrast to `ground`."""
    steps = (_mix(rgb, far, step / 20) for step in range(21))
    return next((colour for colour in steps if contrast(colour, ground) >= least), far)


def _shades(rgb: str, ground: str, far: str) -> tuple[Style, ...]:
    """A colour from the dimmest that is readable to the clear one."""
    clear = _readable(rgb, ground, far, CLEAR)
    dimmer = (_mix(clear, ground, step / 20) for step in reversed(range(21)))
    dim = next((one for one in dimmer if contrast(one, ground) >= READABLE), clear)
    return tuple(_style(_mix(dim, clear, shade / (SHADES - 1))) for shade in range(SHADES))


def _ramp(anchors: tuple[str, ...], ground: str) -> tuple[Style, ...]:
    """The bands of the longest part of a ramp that is readable on `ground`."""
    shares = [step / 200 for step in range(201)]
    parts: list[list[float]] = [[]]
    for share in shares:
        if contrast(_at(anchors, share), ground) >= READABLE:
            parts[-1].append(share)
        elif parts[-1]:
            parts.append([])
    whole = max(parts, key=len) or shares
    low, high = whole[0], whole[-1]
    return tuple(
        _style(_at(anchors, low + (high - low) * band / (BANDS - 1))) for band in range(BANDS)
    )


def _at(anchors: tuple[str, ...], share: float) -> str:
    at = share * (len(anchors) - 1)
    left = min(int(at), len(anchors) - 2)
    return _mix(anchors[left], anchors[left + 1], at - left)


def _mix(one: str, other: str, share: float) -> str:
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (0, 2, 4))
    return "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _style(rgb: str) -> Style:
    return Style(color=Color.parse(f"#{rgb}"))
