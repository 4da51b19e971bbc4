"""Verbs that take runs elsewhere: figures, numbers, comparisons."""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer

from ibtui.errors import UsageError
from ibtui.verbs.options import RUNS, Runs, RunWord
from ibtui.verbs.read import Compresses, Fits, rule_of

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
            help="plane, curves, conditional, median, accuracy, weights, histograms or all.",
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
    csv: Annotated[
        bool, typer.Option("--csv", help="Write the numbers, disagreement too, as CSV tables.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the numbers as JSON.")] = False,
    out: Out = Path(),
    runs: Runs = RUNS,
) -> None:
    """Write a run's figures or numbers into files: all figures where nothing is named."""
    from ibtui.report.screen import console, say
    from ibtui.store import find, load

    screen, found = console(), load(find(run, runs))
    if csv or as_json:
        from ibtui.report.numbers import write_csv, write_json

        if csv:
            for path in write_csv(found, out):
                say(screen, str(path))
        if as_json:
            say(screen, str(write_json(found, out)))
    if figures or not (csv or as_json):
        from ibtui.figures import export as draw

        chosen: Any = {"layers": layer or (), "epochs": _epochs(epochs or "")}
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
    from ibtui.store import find, load
    from ibtui.store import thin as thinned

    found = load(find(run, runs))
    kept = thinned(found, frames, folder)
    size = sum(file.stat().st_size for file in folder.iterdir())
    say(console(), f"{folder}: {kept} of {len(found.recording):,} frames, {size / 1e6:.1f} MB")


def compare(
    words: Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs' folders or names.")],
    series: Annotated[str | None, typer.Option(help="Only this series.")] = None,
    figure: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the planes on equal axes: pdf, svg or png."),
    ] = None,
    fits: Fits = None,
    compresses: Compresses = None,
    runs: Runs = RUNS,
) -> None:
    """Compare what runs say of their layers, side by side."""
    from ibtui.report.comparison import print_comparison
    from ibtui.report.screen import console, say
    from ibtui.store import find, load

    if figure and figure.suffix[1:] not in get_args(Formats):
        raise UsageError(f"--figure {figure}: name a .pdf, .svg or .png file")
    found = [load(find(word, runs)) for word in words]
    print_comparison(found, rule_of(fits, compresses), series)
    if figure:
        from ibtui.figures import compare as draw
        from ibtui.figures import save

        say(console(), str(save(draw(found, series), figure)))


def _epochs(words: str) -> list[int]:
    """`0,100,8000` as numbers. Raises `UsageError`."""
    try:
        return [int(word) for word in words.split(",") if word.strip()]
    except ValueError:
        raise UsageError(f"--epochs {words}: give whole numbers with commas (0,100,8000)") from None
