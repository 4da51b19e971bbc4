"""Again: estimators run on the weights that a finished run has kept, by its own forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ibtui.errors import ProfileError, RunError, UsageError
from ibtui.information import Estimator
from ibtui.networks import Factory
from ibtui.profile import Profile, Recorded, to_table, validate
from ibtui.profile.schedule import planned_epochs
from ibtui.recording import Frame, Recorder
from ibtui.session.engine import Networks, load_networks
from ibtui.session.fit import must_fit
from ibtui.store import Run
from ibtui.store.added import joined
from ibtui.store.weights import load_weights

CLOSE = 1e-3  # of a score or an extreme: what another machine's rounding may make of it
CHECKED = (
    "train_loss_nats",
    "test_loss_nats",
    "train_accuracy",
    "test_accuracy",
    "activation_min",
    "activation_max",
)
FOR_ALL = 'train with measure.weights = "frames" to have all frames measured afterwards'


class Again:
    """Iterate it, once, and each epoch that is measured again comes.

    `lines` are what a user should know, one each; `frames` how many are to be measured. At the end
    `whole` is the run's recording with the new series, bit for bit as if they had been measured
    with the others (on the same device), `remarks` what the new estimators said, and `profile` the
    run's with them.

    Raises `UsageError` or `ProfileError` where the estimators cannot be added, `RunError` where the
    run has kept no weights, or they do not give what the run recorded.
    """

    def __init__(
        self,
        run: Run,
        estimators: Sequence[Estimator],
        *,
        data_dir: Path | None = None,
        device: str | None = None,
        engine: Callable[[Profile, Path | None], Networks] = load_networks,
    ) -> None:
        trained = _trained(run)
        self.profile = _with(run, trained, estimators)
        weights = load_weights(run.folder, run.recording.header)
        if weights is None or not len(weights := weights.at(run.recording.epoch)):
            raise RunError(
                f"{run.folder}: has kept no weights to be measured (measure.weights is "
                f"{trained.measure.weights or 'end'!r}; a run by an earlier ibtui has none)"
            )
        self.lines: list[str] = []
        self.frames = len(weights)
        if self.frames < len(run.recording):
            epochs = weights.epoch.tolist()
            kept = f"frame {epochs[0]}" if self.frames == 1 else f"{self.frames} frames"
            kept = "the last frame alone" if epochs == [run.recording.epoch[-1]] else kept
            self.lines.append(f"weights are kept of {kept}, which is measured: {FOR_ALL}")
        _must_know_all(run, trained, estimators)
        self._run, self._weights = run, weights
        only = _only(trained, estimators, run.manifest.backend, device)
        must_fit(only)
        self._networks = engine(only, data_dir)
        self._must_be_alike()

    def __iter__(self) -> Iterator[int]:
        known = self._run.recording
        recorder = Recorder(self._networks.header)
        for frame in self._networks.frames_of(self._weights.frames(), known):
            self._compare(frame)
            recorder.add(frame)
            yield frame.epoch
        self.lines += self._networks.warnings
        self.remarks = tuple(self._networks.remarks)
        self.whole = joined(known, recorder.snapshot())

    def _must_be_alike(self) -> None:
        """Raise `RunError` where the data, or the network, are not those of the run."""
        here, there = self._networks.header, self._run.recording.header
        for name in ("layers", "units", "replicates", "samples", "input_bits", "label_bits"):
            if getattr(here, name) != getattr(there, name):
                raise RunError(
                    f"{self._run.folder}: was measured with {name} {getattr(there, name)}, and now "
                    f"they are {getattr(here, name)} (its data have changed)"
                )
        if (device := self._networks.device) != self._run.manifest.device:
            self.lines.append(
                f"was trained on {self._run.manifest.device} and is measured on {device}: values "
                "may differ in their last bits"
            )

    def _compare(self, frame: Frame) -> None:
        """See that the networks do what they did when they were recorded."""
        known = self._run.recording
        at = int(np.searchsorted(known.epoch, frame.epoch))
        for name in CHECKED:
            here, there = getattr(frame, name), getattr(known, name)[at]
            if np.array_equal(here, there, equal_nan=True):
                continue
            if not np.allclose(here, there, rtol=CLOSE, atol=CLOSE, equal_nan=True):
                raise RunError(
                    f"{self._run.folder}: the weights give another {name} at epoch {frame.epoch} "
                    "than was recorded (its data or its weights.npz have changed)"
                )
            line = f"{name} differs from what was recorded by rounding"
            if line not in self.lines:
                self.lines.append(line)


def _trained(run: Run) -> Profile:
    if isinstance(run.profile, Recorded):
        raise RunError(
            f"{run.folder}: was recorded of a network that is not here (give the recorder more "
            "estimators)"
        )
    if isinstance(run.profile.network, Factory):
        raise RunError(
            f"{run.folder}: is of the network {run.profile.network.name}, whose weights are not "
            "kept (train it with more estimators)"
        )
    if run.status != "finished":
        raise RunError(f"{run.folder}: is {run.status} (ibtui batch --resume ends it first)")
    if run.manifest.gathered and getattr(run.profile.data, "per_replicate", False):
        raise RunError(
            f"{run.folder}: is gathered of runs with data of their own (measure those, and gather "
            "them again)"
        )
    return run.profile


def _with(run: Run, profile: Profile, estimators: Sequence[Estimator]) -> Profile:
    """The run's profile with more estimators."""
    named = [name for one in estimators for name in one.series]
    for name in named:
        if name in run.recording.header.series or named.count(name) > 1:
            twice = "twice" if name not in run.recording.header.series else "already"
            raise UsageError(f"{name}: is measured {twice} (choose another, or give it a label)")
    whole = profile.model_copy(update={"estimator": (*profile.estimator, *estimators)})
    return validate(to_table(whole), str(run.folder))


def _only(
    profile: Profile, estimators: Sequence[Estimator], backend: str, device: str | None
) -> Profile:
    """The profile by which the new estimators alone are measured."""
    of_run = {"backend": backend if backend in ("kernel", "torch") else "auto", "compile": "never"}
    training = profile.training.model_copy(update=of_run | ({"device": device} if device else {}))
    bare = dict.fromkeys(("histograms", "histogram_replicates", "histograms_by"))
    measure = profile.measure.model_copy(update=bare | {"weights": "none"})
    changes = {"estimator": tuple(estimators), "training": training, "measure": measure}
    try:
        return validate(to_table(profile.model_copy(update=changes)), profile.name)
    except ProfileError:
        raise UsageError(f"--device {device}: is not known (auto, cpu, cuda or cuda:N)") from None


def _must_know_all(run: Run, profile: Profile, estimators: Sequence[Estimator]) -> None:
    """Raise `RunError` where an estimator looks at frames that the run has not."""
    if np.array_equal(run.recording.epoch, planned_epochs(profile)):
        return
    for one in estimators:
        if one.needs_run_range or one.needs_running_range:
            raise RunError(
                f"{run.folder}: {one.series[0]} needs the extremes of all planned frames, and some "
                "are left out here (measure the run that it was made of)"
            )
