"""Judges of what grows in training beside information: weights, activations at their ends, bins."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ibtui.analysis.interval import Interval, mean
from ibtui.analysis.summary import spread
from ibtui.analysis.verdict import Said
from ibtui.claims.claim import Judge, Judgement, Reading, decided, of_the_end
from ibtui.claims.comparing import within
from ibtui.recording import Floats, Recording

END = 0.9  # tanh beyond this magnitude is at its end: its slope is below a fifth of the greatest
STAYS = 0.05  # of all activations: a share that changes by less stays
CONVERGED = 0.01  # so near to what it will be, the training accuracy has converged


@of_the_end
def weights_grow(reading: Reading) -> Judgement:
    """The root mean square weight of every layer is greater at the end than at epoch 0."""
    recording = reading.run.recording
    if not np.isfinite(recording.weight_mean).any():
        return Judgement(None, "the run holds no weights")
    frames = [int(np.searchsorted(recording.epoch, 0)), len(recording) - 1]
    size = np.hypot(recording.weight_mean[frames], recording.weight_deviation[frames])
    rises = [mean(layer.astype(np.float64)) for layer in (size[1] - size[0]).T]
    words = zip(recording.header.layers, rises, strict=True)
    return Judgement(
        _all_rise(rises), "; ".join(f"{layer} {_interval(rise)}" for layer, rise in words)
    )


def activations_move_to_the_ends(number: int) -> Judge:
    """More of the activations of a tanh layer (T1 is 1) are at an end after convergence."""

    def judged(reading: Reading) -> Judgement:
        recording, layer = reading.run.recording, number - 1
        if not recording.histograms.any():
            return Judgement(None, "the run holds no histograms")
        frames = [_converged(recording), len(recording) - 1]
        before, after = (share_at_the_ends(recording, frame, layer) for frame in frames)
        rise = mean(after - before)
        epochs = " to ".join(str(recording.epoch[frame]) for frame in frames)
        shares = " to ".join(f"{mean(share).value:.1%}" for share in (before, after))
        words = f"beyond {END}: {shares} from epoch {epochs}, a rise of {_interval(rise)}"
        return Judgement(_all_rise([rise]), words)

    return of_the_end(judged)


def zeros_stay(number: int, epoch: int) -> Judge:
    """The share of a layer's activations at zero (T1 is 1) changes by less than 0.05 from then on.

    Counted in the first bin of its histogram, as the thesis does.
    """

    def judged(reading: Reading) -> Judgement:
        recording, layer = reading.run.recording, number - 1
        if not recording.histograms.any():
            return Judgement(None, "the run holds no histograms")
        counts = recording.histograms[[_frame(recording, epoch), -1], :, layer]  # (2, H, B)
        shares = counts[:, :, 0] / counts.sum(axis=2)
        change = mean(shares[1] - shares[0])
        ends = " to ".join(f"{mean(share).value:.1%}" for share in shares)
        return Judgement(within(change, STAYS), f"zeros: {ends}, {_interval(change)}")

    return of_the_end(judged)


def activations_grow(number: int, epoch: int) -> Judge:
    """The greatest activation of a layer (T1 is 1) grows from that epoch to the end."""

    def judged(reading: Reading) -> Judgement:
        recording = reading.run.recording
        greatest = recording.activation_max[[_frame(recording, epoch), -1], :, number - 1]
        rise = mean(greatest[1] - greatest[0])
        return Judgement(_all_rise([rise]), f"the greatest activation changes by {_interval(rise)}")

    return of_the_end(judged)


def cells_decrease(since: Literal["start", "convergence"]) -> Judge:
    """A series has fewer bins (or clusters) of every hidden layer at the end.

    Than at epoch 0, or than where the training accuracy has converged. One layer that has more
    refutes it.
    """

    def judged(reading: Reading) -> Judgement:
        recording = reading.run.recording
        cells = recording.cells[:, reading.series, :, :-1]
        measured = np.flatnonzero(np.isfinite(cells).any(axis=(1, 2)))
        if not len(measured):
            return Judgement(None, "the run holds no numbers of bins")
        begin = _converged(recording) if since == "convergence" else _frame(recording, 0)
        frames = measured[[min(np.searchsorted(measured, begin), len(measured) - 1), -1]]
        before, after = cells[frames]
        changes = [mean(layer) for layer in (after - before).T]
        epochs = " to ".join(str(recording.epoch[frame]) for frame in frames)
        words = "; ".join(
            f"{name} {mean(was).value:.1f} bins, {_interval(change)}"
            for name, was, change in zip(recording.header.layers, before.T, changes, strict=False)
        )
        refuted = any(change.low > 0 for change in changes) or all(
            change.low >= 0 for change in changes
        )
        said = decided(all(change.high < 0 for change in changes), refuted)
        return Judgement(said, f"epoch {epochs}: {words}")

    return of_the_end(judged)


def share_at_the_ends(recording: Recording, frame: int, layer: int) -> Floats:
    """The share of a layer's activations whose magnitude is above `END`, (H,).

    Activations lie evenly within a bin; NaN where there is no histogram.
    """
    shares = np.full(recording.header.histogram_replicates, np.nan)
    for replicate, counts in enumerate(recording.histograms[frame, :, layer]):
        if counts.any():
            edges = recording.histogram_edges(frame, replicate, layer)
            below = np.concatenate(([0.0], np.cumsum(counts) / counts.sum()))
            inside = np.diff(np.interp((-END, END), edges, below, left=0.0, right=1.0))
            shares[replicate] = 1 - inside[0]
    return shares


def _frame(recording: Recording, epoch: int) -> int:
    """The first frame from an epoch on, or the last."""
    return min(int(np.searchsorted(recording.epoch, epoch)), len(recording) - 1)


def _converged(recording: Recording) -> int:
    """The first frame whose mean training accuracy is nearly that of the last one."""
    accuracy = spread(recording.train_accuracy, axis=1).mean
    return int((accuracy >= accuracy[-1] - CONVERGED).argmax())


def _all_rise(rises: list[Interval]) -> Said:
    known = [rise for rise in rises if np.isfinite(rise.value)]
    fell = any(rise.high < 0 for rise in known)
    return decided(not fell and all(rise.low > 0 for rise in known), fell)


def _interval(rise: Interval) -> str:
    return f"{rise.value:+.3f} [{rise.low:+.3f}, {rise.high:+.3f}]"
