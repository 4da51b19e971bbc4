"""The layouts of the papers' figures: which panels of which runs stand where."""

from __future__ import annotations

from collections.abc import Iterator

from ibtui.figures.composite import Panel

Rows = list[list[Panel]]
FORMS = "as-coded", "as-written"
ACTIVATIONS = "tanh", "relu"
BINS = 30, 100, 256
DEEPEST = 5  # the deepest layer whose bounds are drawn
SINGLE = {  # layouts of one run, and what they are
    "plane": "the plane, and its upper right enlarged (figures 2 and 3)",
    "variance": "both informations with their deviation, and the median replicate (figures B)",
    "bounds": "KDE: the plane, and upper and lower bounds of layers 3 to 5 (thesis 3.8, 3.9)",
}


def of_run(layout: str, run: str, series: str) -> Rows:
    """The panels of a layout of `SINGLE`."""
    match layout:
        case "plane":
            return [[Panel("plane", run, series), Panel("zoom", run, series)]]
        case "variance":
            return [[Panel(kind, run, series) for kind in ("i_xt", "i_ty", "median")]]
        case _:
            layers = [Panel("bounds", run, series, f"T{n}", n) for n in (3, 4, 5)]
            return [[Panel("middle", run, series), Panel("accuracy", run, series)], layers]


def of_experiment(experiment: str) -> Iterator[tuple[str, Rows]]:
    """The composite figures of an experiment: a name and its panels."""
    yield from EXPERIMENTS.get(experiment, _none)()


def of_several(name: str) -> Rows | None:
    """The panels of the composite of this name; None where there is none."""
    for experiment in EXPERIMENTS:
        for known, rows in of_experiment(experiment):
            if known == name:
                return rows
    return None


def composites() -> list[str]:
    """The names of all composites of several runs."""
    return [name for one in EXPERIMENTS for name, _ in of_experiment(one)]


def _none() -> Iterator[tuple[str, Rows]]:
    yield from ()


def _main_text() -> Iterator[tuple[str, Rows]]:
    yield from (*_plane_and_variance(2, 7), *_plane_and_variance(3, 8))


def _bottleneck() -> Iterator[tuple[str, Rows]]:
    yield from _plane_and_variance(4, 9)


def _plane_and_variance(number: int, supplement: int) -> Iterator[tuple[str, Rows]]:
    for form in FORMS:
        run = f"lorenzen-fig{number}-{form}"
        yield f"figure-{number}-{form}", of_run("plane", run, "exact")
        yield f"figure-b{supplement}-{form}", of_run("variance", run, "exact")


def _bins() -> Iterator[tuple[str, Rows]]:
    for form in FORMS:
        rows = [
            [_binned(bins, activation, form, f"{activation}, {bins} bins") for bins in BINS]
            for activation in ACTIVATIONS
        ]
        yield f"figure-a5-a6-{form}", rows


def _precisions() -> Iterator[tuple[str, Rows]]:
    for number, bits in ((10, 4), (11, 32)):
        for form in FORMS:
            runs = (f"lorenzen-figc10-c11-{form}-bits-{bits}-{one}" for one in ACTIVATIONS)
            yield f"figure-c{number}-{form}", [_planes(runs, ACTIVATIONS)]


def _prefitting() -> Iterator[tuple[str, Rows]]:
    for form in FORMS:
        runs = (f"lorenzen-figd12-{form}-{one}" for one in ACTIVATIONS)
        yield f"figure-d12-{form}", [_planes(runs, ACTIVATIONS)]


def _other_networks() -> Iterator[tuple[str, Rows]]:
    for form in FORMS:
        rows = [
            _planes((f"lorenzen-fige13-{form}-{one}" for one in pair), pair)
            for pair in (("bottleneck-4", "hourglass"), ("4x10", "conv"))
        ]
        yield f"figure-e13-{form}", rows


def _of_accuracies() -> Iterator[tuple[str, Rows]]:
    for number, activation in ((14, "tanh"), (15, "relu")):
        for form in FORMS:
            yield f"figure-f{number}-{form}", [_accuracies(activation, form)]
    row = [Panel("accuracy", "lorenzen-fig4-as-coded", "exact", "bottleneck-2")]
    row += [
        Panel("accuracy", f"lorenzen-fige13-as-coded-{one}", "exact", one)
        for one in ("bottleneck-4", "hourglass", "4x10", "conv")
    ]
    yield "figure-f16-as-coded", [row]


def _one_unit() -> Iterator[tuple[str, Rows]]:
    names = "tanh", "leaky-relu"
    planes = _planes((f"thesis-fig3.3-{one}" for one in names), names, "histogram2d-30")
    yield "figure-3.3", [planes]
    yield "figure-3.4", [_learnt(f"thesis-fig3.3-{one}", one, "histogram2d-30") for one in names]


def _kde() -> Iterator[tuple[str, Rows]]:
    for number, activation in ((8, "tanh"), (9, "relu")):
        run = f"thesis-fig3.6-3.9-{activation}"
        yield f"figure-3.{number}", of_run("bounds", run, "kde-upper")


def _rates() -> Iterator[tuple[str, Rows]]:
    rows = [
        _planes((f"thesis-fig3.10-{one}" for one in pair), pair, "binning-50")
        for pair in (("default", "rate-0.01"), ("batch-1", "batch-1024"))
    ]
    yield "figure-3.10", rows


EXPERIMENTS = {
    "lorenzen-fig2-3": _main_text,
    "lorenzen-fig4": _bottleneck,
    "lorenzen-figa5-a6": _bins,
    "lorenzen-figc10-c11": _precisions,
    "lorenzen-figd12": _prefitting,
    "lorenzen-fige13": _other_networks,
    "lorenzen-figf14-f16": _of_accuracies,
    "thesis-fig3.3": _one_unit,
    "thesis-fig3.6-3.9": _kde,
    "thesis-fig3.10-3.11": _rates,
}


def _planes(runs: Iterator[str], titles: tuple[str, ...], series: str = "exact") -> list[Panel]:
    return [Panel("plane", run, series, title) for run, title in zip(runs, titles, strict=True)]


def _learnt(run: str, title: str, series: str) -> list[Panel]:
    """Accuracy, loss, weight and bias of a network of one unit a layer, in a row."""
    others = (Panel(kind, run, series) for kind in ("loss", "weight", "bias"))
    return [Panel("accuracy", run, series, title), *others]


def _binned(bins: int, activation: str, form: str, title: str, kind: str = "plane") -> Panel:
    bounds = {"as-coded": "-network", "as-written": "" if activation == "tanh" else "-run"}[form]
    run = f"lorenzen-figa5-a6-{form}-{activation}"
    return Panel(kind, run, f"binning-{bins}{bounds}", title)  # type: ignore[arg-type]


def _accuracies(activation: str, form: str) -> list[Panel]:
    eight = {"tanh": 2, "relu": 3}[activation]
    runs = {
        "4 bits": f"lorenzen-figc10-c11-{form}-bits-4-{activation}",
        "8 bits": f"lorenzen-fig{eight}-{form}",
        "32 bits": f"lorenzen-figc10-c11-{form}-bits-32-{activation}",
    }
    panels = [Panel("accuracy", run, "exact", title) for title, run in runs.items()]
    return [*panels, _binned(256, activation, form, "not quantized", "accuracy")]
