"""Verbs that take runs elsewhere: figures, numbers, comparisons."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer

from ibtui.errors import UsageError
from ibtui.verbs import completion
from ibtui.verbs.options import RUNS, Runs, RunWord
from ibtui.verbs.read import Compresses, Fits, rule_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ibtui.analysis.rule import Rule

Formats = Literal["pdf", "svg", "png"]
Format = Annotated[Formats, typer.Option("--format", help="Format of the figures.")]
Series = Annotated[list[str] | None, typer.Option(help="Only this series (default: all).")]
RunWords = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN...",
        help="Runs' folders or names, or a folder of runs for all.",
        autocompletion=completion.runs,
    ),
]
SIDE_BY_SIDE = 8  # runs; more have a row each and not a column
Out = Annotated[Path, typer.Option(help="Folder that gets the files.")]


def export(
    words: RunWords,
    figures: Annotated[
        list[str] | None,
        typer.Option(
            "--figure",
            metavar="KIND",
            help="plane, curves, conditional, cells, median, accuracy, weights, histograms, units "
            "or all.",
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
            metavar="NAME",
            help="The papers' layouts: plane, variance or bounds of each run, or one of several "
            "runs as reproduce draws it (figure-c10-as-coded, ...).",
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
    movie: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the plane as a movie: gif, or mp4 by ffmpeg."),
    ] = None,
    movie_frames: Annotated[int, typer.Option(min=2, max=5000, help="At most so many.")] = 120,
    movie_seconds: Annotated[float, typer.Option(min=0.1, max=3600, help="Its length.")] = 10.0,
    movie_scale: Annotated[
        Literal["linear", "log"], typer.Option(help="How its frames follow the epochs.")
    ] = "linear",
    csv: Annotated[
        bool,
        typer.Option("--csv", help="Write the numbers as CSV tables; of several runs as one."),
    ] = False,
    verdict_table: Annotated[
        bool, typer.Option("--verdicts", help="Write the verdicts on all runs as one CSV table.")
    ] = False,
    verdict_latex: Annotated[
        bool, typer.Option("--latex", help="Write the verdicts on all runs as one LaTeX table.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the numbers as JSON.")] = False,
    events: Annotated[
        Path | None,
        typer.Option("--tensorboard", metavar="DIR", help="Write the curves for TensorBoard."),
    ] = None,
    out: Out = Path(),
    runs: Runs = RUNS,
) -> None:
    """Write runs' figures or numbers into files: all figures where nothing is named."""
    from ibtui.store import find_runs

    folders = find_runs(words, runs)
    _say(_tables(folders, out, csv, verdict_table, as_json))
    _say(_for_others(folders, out, verdict_latex, events))
    options: Any = {
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
    page = page_of(**options)
    _say(_layouts(folders, layout or (), out, form, page, series[0] if series else None))
    if movie is not None:
        if len(folders) > 1:
            raise UsageError(f"--movie {movie}: is of one run, not of {len(folders)}")
        from ibtui.figures import film
        from ibtui.store import load

        how: Any = {"frames": movie_frames, "seconds": movie_seconds, "scale": movie_scale}
        one = series[0] if series else None
        _say([film(load(*folders), out / movie, one, page, **how)])
    written = csv or as_json or verdict_table or verdict_latex or events
    if figures or not (written or layout or movie):
        from ibtui.figures import export as draw
        from ibtui.store import load

        chosen: Any = {
            "layers": layer or (),
            "epochs": _epochs(epochs or ""),
            "replicate": replicate,
            "page": page,
        }
        for folder in folders:
            _say(draw(load(folder), out, figures or ["all"], form, series or (), **chosen))


def _tables(
    folders: "Sequence[Path]", out: Path, csv: bool, verdict_table: bool, as_json: bool
) -> "Iterator[Path]":
    """Numbers of runs: the CSV of one as several tables, that of several as one."""
    from ibtui.report import many, numbers
    from ibtui.store import load

    if csv:
        one = len(folders) == 1
        yield from numbers.write_csv(load(*folders), out) if one else many.write_tidy(folders, out)
    if verdict_table:
        yield many.write_verdicts(folders, out, rule_of(None, None))
    if as_json:
        yield from (numbers.write_json(load(folder), out) for folder in folders)


def _for_others(
    folders: "Sequence[Path]", out: Path, verdict_latex: bool, events: Path | None
) -> "Iterator[Path]":
    """What other programs take: LaTeX, TensorBoard."""
    if verdict_latex:
        from ibtui.report.latex import write_latex

        yield write_latex(folders, out, rule_of(None, None))
    if events is not None:
        from ibtui.report.tensorboard import write_events

        yield from write_events(folders, out / events)


def _layouts(
    folders: "Sequence[Path]",
    names: "Sequence[str]",
    out: Path,
    form: Formats,
    page: Any,
    series: str | None,
) -> "Iterator[Path]":
    if not names:
        return
    from ibtui.figures import lay_out, lay_out_together, of_several
    from ibtui.store import load

    for name in names:
        if of_several(name):
            yield lay_out_together(folders, name, out, form, page)
        else:
            yield from (lay_out(load(one), name, out, form, page, series) for one in folders)


def _say(paths: "Iterable[Path]") -> None:
    from ibtui.report.screen import console, say

    screen = console()
    for path in paths:
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
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...", help="Runs' folders or names.", autocompletion=completion.runs
        ),
    ],
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
    words: RunWords,
    series: Annotated[str | None, typer.Option(help="Only this series.")] = None,
    figure: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the planes on equal axes: pdf, svg or png."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="KEY",
            help="A verdict's bits over a swept key.",
            autocompletion=completion.keys,
        ),
    ] = None,
    change: Annotated[
        Literal["fall", "lasting", "rise", "forgotten"],
        typer.Option(
            "--of", help="Of I(X;T): its fall, the part that lasts; of I(T;Y): its rise, its loss."
        ),
    ] = "fall",
    unit: Annotated[
        Literal["bits", "nats"] | None, typer.Option(help="Unit in the figure (default: bits).")
    ] = None,
    fits: Fits = None,
    compresses: Compresses = None,
    runs: Runs = RUNS,
) -> None:
    """Compare what runs say of their layers, side by side; more than eight row by row."""
    from ibtui.report.comparison import print_comparison
    from ibtui.report.screen import console, say
    from ibtui.store import find_runs, load, read_manifest

    if figure and figure.suffix[1:] not in get_args(Formats):
        raise UsageError(f"--figure {figure}: name a .pdf, .svg or .png file")
    folders, rule = find_runs(words, runs), rule_of(fits, compresses)
    first = series or read_manifest(folders[0]).header.series[0]
    if key:
        _against(folders, key, first, rule, figure, change, unit)
        return
    if len(folders) > SIDE_BY_SIDE and not figure:
        from ibtui.report.many import many_table

        console().print(many_table(folders, first, rule))
        return
    found = [load(folder) for folder in folders]
    print_comparison(found, rule, series)
    if figure:
        from ibtui.figures import compare as draw
        from ibtui.figures import save

        say(console(), str(save(draw(found, series, unit), figure)))


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
    folders: "Sequence[Path]",
    key: str,
    series: str,
    rule: "Rule",
    figure: Path | None,
    change: Any,
    unit: Any,
) -> None:
    """One table of all runs over a key, and one figure if it is asked for."""
    from ibtui.report.against import against_table, points
    from ibtui.report.screen import console, say

    told = points(folders, key, series, rule, change)
    console().print(against_table(told, key, series, change))
    if figure:
        from ibtui.figures import against, save

        say(console(), str(save(against(told, key, series, rule, change, unit), figure)))


def _epochs(words: str) -> list[int]:
    """`0,100,8000` as numbers. Raises `UsageError`."""
    try:
        return [int(word) for word in words.split(",") if word.strip()]
    except ValueError:
        raise UsageError(f"--epochs {words}: give whole numbers with commas (0,100,8000)") from None
