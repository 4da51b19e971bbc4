"""The thesis's figures that are no planes and no curves: 4.2, 5.1, 5.2 and 5.3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from matplotlib.figure import Figure

from ibtui.figures import elbow, histograms, units
from ibtui.store import Run

LAYER = "4"
EPOCHS = {"5.1": (200, 500, 1000, 10_000), "5.2": (500, 10_000), "5.3": (3000, 10_000)}
RUNS = {"5.1": "thesis-fig5.1-tanh", "5.2": "thesis-fig5.1-tanh", "5.3": "thesis-fig5.1-relu"}


def of_experiment(experiment: str, runs: Mapping[str, Run]) -> Iterator[tuple[str, Figure]]:
    """The figures of an experiment whose runs are there, each with its name."""
    if experiment == "thesis-fig4.1-4.3":
        yield "figure-4.2", elbow.elbow(elbow.example())
    if experiment != "thesis-fig5.1":
        return
    for number, epochs in EPOCHS.items():
        run = runs.get(RUNS[number])
        draw = partial(histograms.histograms, layers=[LAYER])
        lacking = histograms.lacking
        if number != "5.1":
            draw, lacking = partial(units.units, layer=LAYER), units.lacking
        if run is not None and len(run.recording) and not lacking(run):
            yield f"figure-{number}", draw(run, epochs=epochs)
