"""SavedRun: a run opened in Python, its numbers with named axes, its verdicts and its figures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ibtui import store
from ibtui.profile import Profile, Recorded
from ibtui.recording import Header, Recording
from ibtui.text import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame
    from xarray import Dataset

    from ibtui.figures.information_axis import Unit
    from ibtui.notebook.verdicts import Verdicts

RUNS = "runs"


def load(run: str | Path, runs: str | Path | None = None) -> SavedRun:
    """Open a run: its folder, its name under `runs`, or one that comes along.

    `runs` defaults to the environment's IBTUI_RUNS, else "runs". A run that is still being written
    is opened as far as it has been saved. No torch is loaded.

    >>> run = load("figure-2")
    >>> run
    <SavedRun figure-2: finished, epoch 8000 of 8000, 184 frames, 50 replicates, exact, requantized>

    Raises `IbtuiError`, with one line, where there is no such run or it cannot be read.
    """
    root = Path(os.environ.get("IBTUI_RUNS", RUNS) if runs is None else runs)
    return SavedRun(store.load(store.find_run(str(run), root)))


class SavedRun:
    """A run as it lies on the disk, opened by `ibtui.load`.

    Axes are E epochs (frames), K series (one estimator's output each), R replicates (networks
    with seeds of their own) and L layers, from the input to the output. Information is in bits,
    losses are in nats; NaN is "not measured", or a replicate that diverged.
    """

    def __init__(self, run: store.Run) -> None:
        self._run = run

    @property
    def folder(self) -> Path:
        return self._run.folder

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self._run.folder.name

    @property
    def status(self) -> str:
        """running, finished, interrupted or failed."""
        return self._run.status

    @property
    def profile(self) -> Profile | Recorded:
        """The experiment, or what a recorder recorded of."""
        return self._run.profile

    @property
    def manifest(self) -> store.Manifest:
        """Seeds, versions, device, restarts: what `run.toml` says."""
        return self._run.manifest

    @property
    def recording(self) -> Recording:
        """All frames as numpy arrays.

        `epoch` (E,); `i_xt_bits` and `i_ty_bits` (E, K, R, L); losses and accuracies (E, R).
        """
        return self._run.recording

    @property
    def header(self) -> Header:
        """The names of the axes, and H(X) and H(Y) in bits: `input_bits`, `label_bits`."""
        return self._run.recording.header

    def xarray(self) -> Dataset:
        """All numbers as an xarray Dataset: dimensions epoch, series, replicate and layer.

        Every variable has its `units` and a `long_name`; the Dataset's attributes are what is
        known of the run. `.to_netcdf(path)` and `.to_zarr(path)` write it.

        >>> exact = load("figure-2").xarray().sel(series="exact", layer="T5")
        >>> exact.i_xt_bits.dims, exact.i_xt_bits.units
        (('epoch', 'replicate'), 'bit')
        >>> round(float(exact.i_xt_bits.sel(epoch=8000).mean("replicate")), 2)
        7.77

        Raises `UsageError` where xarray is not installed.
        """
        from ibtui.notebook.tables import dataset

        return dataset(self._run)

    def frame(self) -> DataFrame:
        """The information as a tidy pandas DataFrame: a row an epoch, series, replicate and layer.

        Columns `epoch`, `series`, `replicate` and `layer`, then bits: `i_xt_bits` is I(X;T),
        `i_ty_bits` I(T;Y), `i_xt_given_y_bits` I(X;T|Y), and `output_loss_bits` H(output | T) where
        a series discretizes. E * K * R * L rows.

        >>> load("figure-2").frame().query("series == 'exact'").shape
        (55200, 8)

        Raises `UsageError` where pandas is not installed.
        """
        from ibtui.notebook.tables import information

        return information(self._run)

    def scores(self) -> DataFrame:
        """Losses (nats) and accuracies as a tidy pandas DataFrame: a row an epoch and replicate.

        >>> list(load("figure-2").scores().columns)[2:]
        ['train_loss_nats', 'test_loss_nats', 'train_accuracy', 'test_accuracy']

        Raises `UsageError` where pandas is not installed.
        """
        from ibtui.notebook.tables import scores

        return scores(self._run)

    def verdicts(
        self,
        series: str | None = None,
        *,
        fits_bits: float | None = None,
        compresses_bits: float | None = None,
    ) -> Verdicts:
        """What each series says of each layer: whether it fits, compresses, forgets.

        A verdict's `fits`, `compresses`, `forgets` and `lasts` are True, False, or None where that
        is undecided; its `phases` hold bits and epochs with intervals. `fits_bits` and
        `compresses_bits` are thresholds of one's own. A notebook shows a table; `.frame()` is it
        in pandas.

        >>> exact = load("figure-2").verdicts("exact")
        >>> [one.layer for one in exact if one.compresses], exact[4].phases.fall.show(1)
        (['T5', 'T6'], '4.2 [3.5, 4.8]')

        Raises `UsageError` where there is no such series.
        """
        from ibtui.notebook.verdicts import verdicts_of

        return verdicts_of(self._run, series, fits_bits, compresses_bits)

    def plane(
        self,
        series: str | None = None,
        *,
        median: bool = False,
        joined: bool = False,
        unit: Unit = "bits",
    ) -> Figure:
        """The information plane as a matplotlib Figure: I(X;T) across, I(T;Y) up.

        The mean over replicates, or the `median` one, of a series (default: the first). `joined`
        draws lines through the layers of an epoch; `unit` is bits or nats.

        >>> load("figure-2").plane().savefig("plane.pdf")  # doctest: +SKIP

        Raises `UsageError` where there is no such series, no frame yet, or no matplotlib.
        """
        return self._figure("median" if median else "plane", series, unit, joined=joined)

    def curves(self, series: str | None = None, *, unit: Unit = "bits") -> Figure:
        """I(X;T) and I(T;Y) of every layer over the epochs, as a matplotlib Figure.

        Means over the replicates, with a band of one standard deviation. Raises as `plane`.
        """
        return self._figure("curves", series, unit)

    def _figure(self, kind: str, series: str | None, unit: Unit, *, joined: bool = False) -> Figure:
        from ibtui.figures import Page, figure_of
        from ibtui.notebook.display import show_figures

        show_figures()
        return figure_of(self._run, kind, series, Page(unit=unit, joined=joined))

    def __repr__(self) -> str:
        about, header = self.manifest, self.header
        return printable(
            f"<SavedRun {self.name}: {self.status}, epoch {about.epoch} of {about.planned.last}, "
            f"{len(self.recording)} frames, {header.replicates} replicates, "
            f"{', '.join(header.series)}>"
        )

    def _repr_html_(self) -> str:
        from ibtui.notebook.verdicts import run_table

        return run_table(self._run)
