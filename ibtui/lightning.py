"""A Lightning callback that makes a run of the layers of a module while it is trained.

trainer = Trainer(callbacks=[InformationPlane("runs/mine", ["encoder", "head"], x=x, y=y)])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from ibtui.errors import UsageError
from ibtui.recorder import Recorder

try:
    from pytorch_lightning import Callback, LightningModule, Trainer
except ImportError:
    raise UsageError(
        "ibtui.lightning: needs Lightning, which is not installed (pip install 'ibtui[lightning]')"
    ) from None

SCORES = {  # of a frame, by the names under which modules log them
    "loss": ("train_loss", "train_loss_epoch", "loss"),
    "accuracy": ("train_acc", "train_accuracy", "train_acc_epoch", "accuracy", "acc"),
    "test_loss": ("val_loss", "valid_loss", "test_loss"),
    "test_accuracy": ("val_acc", "val_accuracy", "valid_acc", "test_acc"),
}


class InformationPlane(Callback):
    """A `Recorder` of the module that a Trainer trains: a frame before it, and after each epoch.

    `folder`, `layers` and the other options are the recorder's; `scores` says under which name the
    module logs "loss", "accuracy", "test_loss", "test_accuracy" where that is not a usual one.
    Of several processes the first one records. A fit that goes on in the same folder, from a
    checkpoint of the Trainer, goes on with the run.
    """

    def __init__(
        self,
        folder: str | Path,
        layers: Sequence[str] | Mapping[str, str],
        *,
        x: Any,
        y: ArrayLike,
        scores: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        if unknown := [name for name in scores or {} if name not in SCORES]:
            raise UsageError(f"scores: {unknown[0]!r} is none ({', '.join(SCORES)})")
        self._folder, self._layers, self._x, self._y = Path(folder), layers, x, y
        self._options, self._scores = options, dict(scores or {})
        self._record: Recorder | None = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin the run with the frame before training, or go on with it."""
        if not trainer.is_global_zero:
            return
        probe = {"x": self._x, "y": self._y}
        if trainer.current_epoch and self._folder.is_dir():
            self._record = Recorder.resume(self._folder, pl_module, **probe)
            return
        most = trainer.max_epochs
        epochs = None if most is None or most < 0 else most + 1  # 0 among them
        options = {"epochs": epochs, **self._options}
        self._record = Recorder(self._folder, pl_module, self._layers, **probe, **options)
        self._record(trainer.current_epoch)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The frame after an epoch, its scores being those that the module has logged."""
        if self._record is not None:
            logged = trainer.callback_metrics
            found: Any = self._found(logged)
            self._record(trainer.current_epoch + 1, **found)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The run is finished."""
        if self._record is not None:
            self._record.close()
            self._record = None

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """What is recorded is saved, and the run says how it ended."""
        if self._record is not None:
            self._record.__exit__(type(exception), exception, exception.__traceback__)
            self._record = None

    def _found(self, logged: Mapping[str, Any]) -> dict[str, float]:
        found = {}
        for score, usual in SCORES.items():
            names = (self._scores[score],) if score in self._scores else usual
            value = next((logged[name] for name in names if name in logged), None)
            if value is not None:
                found[score] = float(value)
        return found
