"""The elbow: by how much more clusters bring k-means closer to its points (thesis figure 4.2)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ibtui.figures.style import COLOURS, ROW_INCHES, WIDTH_INCHES, styled
from ibtui.information.kmeans import KMeans
from ibtui.recording import Floats

POINTS = 10  # as in the thesis, which draws them at random


def example() -> Floats:
    """Ten random points in three groups, (sample, unit): the thesis does not print its own."""
    generator = np.random.default_rng(4)
    centres = np.array([(0.0, 0.0), (4.0, 1.0), (2.0, 5.0)])
    return centres[np.arange(POINTS) % 3] + generator.normal(0, 0.7, (POINTS, 2))


def elbow(points: Floats, kmeans: KMeans | None = None) -> Figure:
    """The inertia of k-means on the points, (sample, unit), against k, and its knee as a line."""
    inertias, knee = (kmeans or KMeans.model_validate({"max_clusters": len(points)})).elbow(points)
    with styled():
        size = WIDTH_INCHES / 2, ROW_INCHES * 0.8
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
        counts = np.arange(1, len(inertias) + 1)
        axes.plot(counts, inertias, color=COLOURS[0], marker="o", ms=3)
        if knee is not None:
            axes.axvline(knee, color="0.3", lw=0.8, ls="--")
            axes.annotate(f" k = {knee}", (knee, max(inertias)), va="top")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set(xlabel="number of clusters k", ylabel="distortion (sum of squares)")
        axes.set_ylim(bottom=0)
        axes.set_title(f"{len(points)} points")
    return figure
