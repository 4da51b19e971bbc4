"""Publication figures of saved runs. matplotlib (the extra `figures`) is loaded when one is drawn.

What is asked for and cannot be drawn is a `UsageError`; "all" are those that can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ibtui.errors import UsageError, refused
from ibtui.figures.information_axis import Unit
from ibtui.figures.page import Page
from ibtui.problems import did_you_mean
from ibtui.store import Run, load, read_manifest
from ibtui.store.files import replacing
from ibtui.text import file_part

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ibtui.analysis.rule import Rule
    from ibtui.report.against import Change, Point

Format = Literal["pdf", "svg", "png"]
KINDS = (
    *("plane", "curves", "conditional", "cells", "median"),
    *("accuracy", "weights", "histograms", "units"),
)


def export(
    run: Run,
    folder: Path,
    kinds: Sequence[str],
    form: Format,
    series: Sequence[str] = (),
    *,
    layers: Sequence[str] = (),
    epochs: Sequence[int] = (),
    replicate: int | None = None,
    page: Page | None = None,
) -> Iterator[Path]:
    """Draw figures of a run into `folder` and yield their paths, RUN-KIND-SERIES.FORMAT.

    `kinds` are of `KINDS`, or "all"; `series` defaults to all of the run; `layers`, `epochs` and
    `replicate` say which histograms are drawn. Raises `UsageError` where one is not known, the run
    has no frame, or matplotlib is missing.
    """
    page = page or Page()
    for kind in kinds:
        if kind not in (*KINDS, "all"):
            raise UsageError(f"no figure is called {kind!r}{did_you_mean(kind, (*KINDS, 'all'))}")
    names = run.recording.header.series
    for name in series:
        _must_have_series(run, name)
    if (layers or epochs) and not {"histograms", "units", "all"} & {*kinds}:
        raise UsageError("layers and epochs are those of histograms (add --figure histograms)")
    if replicate is not None and not {"units", "all"} & {*kinds}:
        raise UsageError("a replicate is that of histograms of units (add --figure units)")
    _check(run)
    from ibtui.figures import curves, histograms, units, weights
    from ibtui.figures.style import styled

    of_series = _of_series(page)
    of_run: dict[str, Callable[[Run], Figure]] = {
        "accuracy": curves.accuracy,
        "weights": weights.weights,
        "histograms": partial(histograms.histograms, layers=layers, epochs=epochs),
    }
    with_cells = curves.with_cells(run, series or names)
    of_units = partial(units.units, epochs=epochs, replicate=replicate)
    lacking = {
        "weights": weights.lacking(run),
        "histograms": histograms.lacking(run),
        "units": units.lacking(run),
        "cells": curves.lacking_cells(with_cells),
    }
    for kind in [kind for kind in KINDS if not lacking.get(kind)] if "all" in kinds else kinds:
        if lacking.get(kind):
            raise UsageError(f"{run.folder.name}: {lacking[kind]}")
        drawn: dict[str, Callable[[], Figure]] = {}
        if kind == "units":
            for layer in layers or [None]:
                stem = kind if layer is None else f"{kind}-{file_part(layer)}"
                drawn[stem] = partial(of_units, run, layer)
        elif kind in of_run:
            drawn[kind] = partial(of_run[kind], run)
        else:
            for name in with_cells if kind == "cells" else series or names:
                stem = f"{kind}-{file_part(name)}"
                drawn[stem] = partial(of_series[kind], run, names.index(name))
        for stem, draw in drawn.items():
            with styled(page.font_size):
                figure = draw()
                page.fit(figure)
            path = folder / f"{file_part(run.folder.name)}-{stem}.{form}"
            yield save(figure, path, page.dpi)


def figure_of(run: Run, kind: str, series: str | None = None, page: Page | None = None) -> Figure:
    """A figure of a series of a run (default: its first), to be shown: plane, median, curves ...

    Raises `UsageError` as `export` does.
    """
    page, names = page or Page(), run.recording.header.series
    if series is not None:
        _must_have_series(run, series)
    _check(run)
    from ibtui.figures.style import styled, take_literally

    with styled(page.font_size):
        figure = _of_series(page)[kind](run, names.index(series) if series else 0)
        page.fit(figure)
    take_literally(figure)
    return figure


def _of_series(page: Page) -> dict[str, Callable[[Run, int], Figure]]:
    """What draws each kind that shows one series."""
    from ibtui.figures import curves, plane

    return {
        "plane": partial(plane.mean_plane, joined=page.joined),
        "curves": curves.information,
        "conditional": curves.conditional,
        "cells": curves.cells,
        "median": partial(plane.median_plane, joined=page.joined),
    }


def lay_out(
    run: Run,
    layout: str,
    folder: Path,
    form: Format,
    page: Page | None = None,
    series: str | None = None,
) -> Path:
    """Draw one of the papers' layouts of a run, RUN-LAYOUT.FORMAT.

    `series` defaults to the first that the layout can show. Raises `UsageError` where there is no
    such layout or series.
    """
    _check(run)
    from ibtui.figures import composite, layouts

    if layout not in layouts.SINGLE:
        close = did_you_mean(layout, [*layouts.SINGLE, *layouts.composites()])
        raise UsageError(f"no layout is called {layout!r}{close}")
    names = run.recording.header.series
    able = [name for name in names if layout != "bounds" or name.endswith("upper")]
    if not able or series not in (None, *able):
        wanted = "an upper and a lower bound (kde)" if series is None else f"the series {series!r}"
        raise UsageError(f"{run.folder.name}: the layout {layout} needs {wanted}")
    layers = len(run.recording.header.layers)
    if layout == "bounds" and layers < layouts.DEEPEST:
        raise UsageError(
            f"{run.folder.name}: the layout bounds needs {layouts.DEEPEST} layers, not {layers}"
        )
    page = page or Page()
    rows = layouts.of_run(layout, run.profile.name, series or able[0])
    figure = composite.compose(rows, {run.profile.name: run}, page)
    assert figure is not None
    stem = file_part(run.folder.name)
    return save(figure, folder / f"{stem}-{file_part(layout)}.{form}", page.dpi)


def of_several(layout: str) -> bool:
    """Whether a layout shows several runs in one figure."""
    must_have_matplotlib()
    from ibtui.figures import layouts

    return layouts.of_several(layout) is not None


def lay_out_together(
    folders: Sequence[Path], layout: str, out: Path, form: Format, page: Page | None = None
) -> Path:
    """Draw a layout of several runs, LAYOUT.FORMAT, of those runs that it shows.

    Of runs of one profile the finished ones come first, then the newest. Raises `UsageError` where
    none of them is in it.
    """
    from ibtui.figures import composite, layouts

    rows = layouts.of_several(layout) or []
    wanted = {panel.run for row in rows for panel in row}
    chosen: dict[object, tuple[bool, datetime, Path]] = {}
    for folder in folders:
        about = read_manifest(folder)
        name = about.profile.get("name")
        mine = (about.status == "finished", about.created, folder)
        if name in wanted and mine > chosen.get(name, mine[:0]):
            chosen[name] = mine
    runs = {str(name): load(folder) for name, (_, _, folder) in chosen.items()}
    page = page or Page()
    figure = composite.compose(rows, runs, page)
    if figure is None:
        raise UsageError(
            f"none of these runs is in {layout} (it shows {', '.join(sorted(wanted))})"
        )
    return save(figure, out / f"{layout}.{form}", page.dpi)


def film(
    run: Run, path: Path, series: str | None, page: Page | None = None, **options: Any
) -> Path:
    """Write a movie of a run's plane, of its first series where none is named.

    `options` are those of `movie.movie`. Raises `UsageError` and `RunError`.
    """
    _check(run)
    from ibtui.figures import movie

    movie.must_be_possible(path)
    names = run.recording.header.series
    if series not in (None, *names):
        raise UsageError(
            f"{run.folder.name} has no series {series!r}{did_you_mean(str(series), names)}"
        )
    at = 0 if series is None else names.index(series)
    return movie.movie(run, path, at, page or Page(), **options)


def composites(
    experiment: str, runs: Mapping[str, Run], folder: Path, form: Format, page: Page | None = None
) -> Iterator[Path]:
    """Draw the composite figures of an experiment from the runs that there are of it."""
    if find_spec("matplotlib") is None:
        return
    from ibtui.figures import composite, layouts, thesis
    from ibtui.figures.style import styled

    page = page or Page()
    for name, rows in layouts.of_experiment(experiment):
        figure = composite.compose(rows, runs, page)
        if figure is not None:
            yield save(figure, folder / f"{name}.{form}", page.dpi)
    with styled(page.font_size):
        for name, figure in thesis.of_experiment(experiment, runs):
            page.fit(figure)
            yield save(figure, folder / f"{name}.{form}", page.dpi)


def compare(runs: Sequence[Run], series: str | None = None, unit: Unit | None = None) -> Figure:
    """The planes of several runs side by side on equal axes and one scale of epochs.

    `series` defaults to the first that all of them have. Raises `UsageError` as `export` does, and
    where no series is common.
    """
    for run in runs:
        _check(run)
    common = [
        name
        for name in runs[0].recording.header.series
        if all(name in run.recording.header.series for run in runs)
    ]
    if series is None and not common:
        raise UsageError("no series is common to these runs: there are no planes to compare")
    if series is not None and series not in common:
        raise UsageError(f"not every run has the series {series!r}{did_you_mean(series, common)}")
    from ibtui.figures import plane

    figure = plane.side_by_side(runs, series or common[0])
    Page(unit=unit).fit(figure)
    return figure


def against(
    points: Sequence[Point],
    key: str,
    series: str,
    rule: Rule,
    change: Change = "fall",
    unit: Unit | None = None,
) -> Figure:
    """The change in `points` against a key. Raises `UsageError`."""
    must_have_matplotlib()
    if not any(point.told for point in points):
        raise UsageError("no run has two frames yet: there is nothing to draw")
    from ibtui.figures import phase

    figure = phase.against(points, key, series, rule, change)
    Page(unit=unit).fit(figure)
    return figure


def save(figure: Figure, path: Path, dpi: int | None = None) -> Path:
    """Write a figure; the suffix of `path` is its format. Raises `RunError`."""
    from ibtui.figures.style import SAVING, styled, take_literally

    options: dict[str, Any] = SAVING if dpi is None else SAVING | {"dpi": dpi}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        take_literally(figure)
        with styled(), replacing(path) as handle:
            figure.savefig(handle, format=path.suffix[1:], **options)
    except OSError as error:
        raise refused(path, error) from None
    return path


def must_have_matplotlib() -> None:
    if find_spec("matplotlib") is None:
        raise UsageError("figures are drawn by matplotlib (pip install 'ibtui[figures]')")


def _must_have_series(run: Run, name: str) -> None:
    names = run.recording.header.series
    if name not in names:
        raise UsageError(f"{run.folder.name} has no series {name!r}{did_you_mean(name, names)}")


def _check(run: Run) -> None:
    must_have_matplotlib()
    if not len(run.recording):
        raise UsageError(f"{run.folder}: no frame has been recorded yet: there is nothing to draw")
