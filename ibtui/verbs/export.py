"""Verbs that take runs elsewhere: figures, numbers, comparisons."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer

from ibtui.errors import UsageError
from ibtui.verbs.options import RUNS, Runs, RunWord
from ibtui.verbs.read import Compresses, Fits, rule_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibtui.analysis.rule import Rule
    from ibtui.store import Run

Formats = Literal["pdf", "svg", "png"]
Format = Annotated[Formats, typer.Option("--format", help="Format of the figures.")]
Series = Annotated[list[str] | None, typer.Option(help="Only this series (default: all).")]
Out = Annotated[Path, typer.Option(help="Folder that gets the files.")]


def export(
    run: RunWord,
    figures: Annotated[
        list[str] | None,
        typer.Option(
            "--figure",
            metavar="KIND",
            help="plane, curves, conditional, median, accuracy, weights, histograms, units or all.",
        ),
    ] = None,
    form: Format = "pdf",
    series: Series = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(metavar="N", help="Histograms of this layer (default: the last hidden one)."),
    ] = None,
    epochs: Annotated[
        str | None, typer.Option(metavar="N,N,...", help="Histograms at these epochs.")
    ] = None,
    replicate: Annotated[
        int | None, typer.Option(min=0, help="Units of this replicate (default: the first).")
    ] = None,
    layout: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="The papers' layouts of one run: plane, variance or bounds."
        ),
    ] = None,
    width: Annotated[
        str | None, typer.Option(help="Width in inches, or single or double column.")
    ] = None,
    height: Annotated[float | None, typer.Option(min=0.5, help="Height in inches.")] = None,
    dpi: Annotated[int | None, typer.Option(min=30, max=2400, help="Points an inch.")] = None,
    font_size: Annotated[float | None, typer.Option(min=2, help="Size of the letters.")] = None,
    xlim: Annotated[
        str | None, typer.Option(metavar="LOW,HIGH", help="I(X;T) that planes show.")
    ] = None,
    ylim: Annotated[
        str | None, typer.Option(metavar="LOW,HIGH", help="I(T;Y) that planes show.")
    ] = None,
    zoom: Annotated[
        str | None,
        typer.Option(metavar="LEFT,RIGHT,BOTTOM,TOP", help="What the enlarged plane shows."),
    ] = None,
    letters: Annotated[bool, typer.Option("--letters", help="Panels get letters.")] = False,
    titles: Annotated[bool, typer.Option("--titles/--no-titles", help="Panels get titles.")] = True,
    joined: Annotated[
        bool, typer.Option("--joined", help="Lines join the layers of one epoch.")
    ] = False,
    unit: Annotated[
        Literal["bits", "nats"] | None,
        typer.Option(help="Unit of information (default: bits; of the layout bounds nats)."),
    ] = None,
    csv: Annotated[
        bool, typer.Option("--csv", help="Write the numbers, disagreement too, as CSV tables.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the numbers as JSON.")] = False,
    out: Out = Path(),
    runs: Runs = RUNS,
) -> None:
    """Write a run's figures or numbers into files: all figures where nothing is named."""
    from ibtui.report.screen import console, say
    from ibtui.store import find_run, load

    screen, found = console(), load(find_run(run, runs))
    if csv or as_json:
        from ibtui.report.numbers import write_csv, write_json

        if csv:
            for path in write_csv(found, out):
                say(screen, str(path))
        if as_json:
            say(screen, str(write_json(found, out)))
    page: Any = {
        "width": width,
        "height": height,
        "dpi": dpi,
        "font_size": font_size,
        "xlim": xlim,
        "ylim": ylim,
        "zoom": zoom,
        "titles": titles,
        "letters": letters,
        "joined": joined,
        "unit": unit,
    }
    for name in layout or ():
        from ibtui.figures import lay_out

        one = series[0] if series else None
        say(screen, str(lay_out(found, name, out, form, page_of(**page), one)))
    if figures or not (csv or as_json or layout):
        from ibtui.figures import export as draw

        chosen: Any = {
            "layers": layer or (),
            "epochs": _epochs(epochs or ""),
            "replicate": replicate,
            "page": page_of(**page),
        }
        for path in draw(found, out, figures or ["all"], form, series or (), **chosen):
            say(screen, str(path))


def thin(
    run: RunWord,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The new run's folder.")],
    frames: Annotated[int, typer.Option(min=2, help="At most so many frames are kept.")] = 200,
    runs: Runs = RUNS,
) -> None:
    """Copy a run with fewer frames: small enough to publish."""
    from ibtui.report.screen import console, say
    from ibtui.store import find_run, load
    from ibtui.store import thin as thinned

    found = load(find_run(run, runs))
    kept = thinned(found, frames, folder)
    size = sum(file.stat().st_size for file in folder.iterdir())
    say(console(), f"{folder}: {kept} of {len(found.recording):,} frames, {size / 1e6:.1f} MB")


def gather(
    words: Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs' folders or names.")],
    name: Annotated[str, typer.Option("--as", metavar="NAME", help="The new run's name.")],
    runs: Runs = RUNS,
) -> None:
    """Read several runs of one experiment as one run: their networks are its replicates."""
    from ibtui.store import find_run, load
    from ibtui.store import gather as gathered

    folder = Path(name) if Path(name).name != name else runs / name
    found = [load(find_run(word, runs)) for word in words]
    kept = gathered(found, folder)
    replicates = sum(run.recording.header.replicates for run in found)
    print(f"{folder}: {replicates} replicates of {len(found)} runs, {kept} frames")
    for run in found:
        if left_out := len(run.recording) - kept:
            print(f"{run.folder.name}: {left_out} frames are left out, not all runs have them")


def compare(
    words: Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs' folders or names.")],
    series: Annotated[str | None, typer.Option(help="Only this series.")] = None,
    figure: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the planes on equal axes: pdf, svg or png."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--against", metavar="KEY", help="The fall of I(X;T) over a swept key."),
    ] = None,
    fits: Fits = None,
    compresses: Compresses = None,
    runs: Runs = RUNS,
) -> None:
    """Compare what runs say of their layers, side by side."""
    from ibtui.report.comparison import print_comparison
    from ibtui.report.screen import console, say
    from ibtui.store import find_run, load

    if figure and figure.suffix[1:] not in get_args(Formats):
        raise UsageError(f"--figure {figure}: name a .pdf, .svg or .png file")
    found = [load(find_run(word, runs)) for word in words]
    rule = rule_of(fits, compresses)
    if key:
        _against(found, key, series, rule, figure)
        return
    print_comparison(found, rule, series)
    if figure:
        from ibtui.figures import compare as draw
        from ibtui.figures import save

        say(console(), str(save(draw(found, series), figure)))


def page_of(
    *,
    width: str | None,
    height: float | None,
    xlim: str | None,
    ylim: str | None,
    zoom: str | None,
    **others: Any,
) -> Any:
    """The page that the options describe. Raises `UsageError`."""
    from ibtui.figures.page import COLUMN_INCHES, Page

    inches: float | None = None
    if width is not None:
        try:
            inches = COLUMN_INCHES[width] if width in COLUMN_INCHES else float(width)
        except ValueError:
            inches = 0.0
        if not 0.5 <= inches <= 100:
            raise UsageError(f"--width {width}: give inches from 0.5 to 100, single or double")
    return Page(
        width_inches=inches,
        height_inches=height,
        xlim=_limits("--xlim", xlim, 2),
        ylim=_limits("--ylim", ylim, 2),
        zoom=_limits("--zoom", zoom, 4),
        **others,
    )


def _limits(option: str, words: str | None, count: int) -> Any:
    """`0,12` as numbers, each pair ascending. Raises `UsageError`."""
    if words is None:
        return None
    try:
        found = tuple(float(word) for word in words.split(","))
    except ValueError:
        found = ()
    pairs = list(zip(found[::2], found[1::2], strict=False))
    if len(found) != count or not all(math.isfinite(h - low) and low < h for low, h in pairs):
        example = "0,12" if count == 2 else "6,12,0.8,1"
        raise UsageError(f"{option} {words}: give {count} ascending numbers ({example})")
    return found


def _against(
    found: "Sequence[Run]", key: str, series: str | None, rule: "Rule", figure: Path | None
) -> None:
    """One table of all runs over a key, and one figure if it is asked for."""
    from ibtui.report.against import against_table, points
    from ibtui.report.screen import console, say

    name = series or found[0].recording.header.series[0]
    told = points(found, key, name, rule)
    console().print(against_table(told, key, name))
    if figure:
        from ibtui.figures import against, save

        say(console(), str(save(against(found, told, key, name, rule), figure)))


def _epochs(words: str) -> list[int]:
    """`0,100,8000` as numbers. Raises `UsageError`."""
    try:
        return [int(word) for word in words.split(",") if word.strip()]
    except ValueError:
        raise UsageError(f"--epochs {words}: give whole numbers with commas (0,100,8000)") from None
