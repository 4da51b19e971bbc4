"""A callback of a Hugging Face Trainer: Trainer(..., callbacks=[InformationPlane(record)])."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback  # pyright: ignore[reportMissingImports]

from ibtui.recorder import Recorder

SCORES = {"loss": "loss", "eval_loss": "test_loss", "eval_accuracy": "test_accuracy"}


class InformationPlane(TrainerCallback):
    """Calls a `Recorder` before training and after each epoch, with what was logged last."""

    def __init__(self, record: Recorder) -> None:
        self._record, self._scores = record, {}

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The frame before training; not of one that goes on."""
        if not state.global_step:
            self._record(0)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Keep the newest losses and accuracies."""
        found = {SCORES[name]: value for name, value in (logs or {}).items() if name in SCORES}
        self._scores.update(found)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The frame after an epoch."""
        self._record(round(state.epoch), **self._scores)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The run is finished."""
        self._record.close()
