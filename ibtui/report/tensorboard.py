"""Runs as TensorBoard shows them: every layer's information over the epochs, beside the scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ibtui.analysis.reasons import NAMES
from ibtui.analysis.summary import quantities, spread
from ibtui.errors import RunError, UsageError, refused
from ibtui.recording import Floats
from ibtui.report.facts import QUALITY
from ibtui.store import Run, load
from ibtui.text import file_part, printable


def write_events(folders: Sequence[Path], out: Path) -> Iterator[Path]:
    """Write each run's event file into a folder of its own, `out`/RUN; yield the folders.

    A scalar is a mean over the replicates, at the step of its epoch and the time at which it was
    measured; what was not measured is left out. Information is in bits, losses are in nats.
    Raises `UsageError` where tensorboard is not installed, `RunError` where there are such files
    already, which TensorBoard would show as one run with the new ones.
    """
    if find_spec("tensorboard") is None:
        raise UsageError(
            "--tensorboard: tensorboard is not installed (pip install 'ibtui[tensorboard]')"
        )
    from tensorboard.summary import Writer

    for folder in folders:
        run = load(folder)
        target = out / file_part(run.folder.name)
        if target.is_dir() and any(target.glob("events.out.tfevents.*")):
            raise RunError(f"{target}: has events already (delete it, or choose another folder)")
        recording, began = run.recording, run.manifest.created.timestamp()
        steps, times = recording.epoch.tolist(), (began + recording.seconds).tolist()
        try:
            writer = Writer(str(target))
            for tag, values in _curves(run):
                for at in np.flatnonzero(np.isfinite(values)).tolist():
                    writer.add_scalar(tag, values[at], steps[at], wall_time=times[at])
            writer.close()
        except OSError as error:
            raise refused(target, error) from None
        yield target


def _curves(run: Run) -> Iterator[tuple[str, Floats]]:
    """What a curve is called, GROUP/NAME, and its means (E,)."""
    recording, header = run.recording, run.recording.header
    for name in QUALITY:
        yield f"scores/{name}", spread(getattr(recording, name), axis=1).mean
    for k, series in enumerate(header.series):
        for name in quantities(recording, k):
            means = spread(getattr(recording, name)[:, k], axis=1).mean
            for n, layer in enumerate(header.layers):
                unit = " in bits" if name.endswith("_bits") else ""
                group = printable(f"{series}, {NAMES[name]}{unit}").replace("/", "_")
                yield f"{group}/{printable(layer)}", means[:, n]
