"""The Hugging Face callback in a real, small training."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ibtui import Recorder, store

pytest.importorskip("accelerate")
transformers = pytest.importorskip("transformers")

X = torch.randn(32, 3, generator=torch.Generator().manual_seed(0))
Y = (X[:, 0] > 0).long()


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
        self.head = nn.Linear(4, 2)

    def forward(self, x, labels=None):
        logits = self.head(self.body(x))
        return {"loss": None if labels is None else F.cross_entropy(logits, labels)}


def test_a_training_becomes_a_run(tmp_path):
    from ibtui.huggingface import InformationPlane

    model = Model()
    record = Recorder(tmp_path / "mine", model, ["body", "head"], x=X, y=Y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = transformers.Trainer(
            model=model,
            args=transformers.TrainingArguments(
                output_dir=str(tmp_path / "out"),
                num_train_epochs=3,
                per_device_train_batch_size=8,
                logging_steps=1,
                report_to=[],
                save_strategy="no",
                use_cpu=True,
                disable_tqdm=True,
            ),
            train_dataset=[{"x": x, "labels": y} for x, y in zip(X, Y, strict=True)],
            callbacks=[InformationPlane(record)],
        )
        trainer.train()
    run = store.load(tmp_path / "mine")
    assert (run.status, run.recording.epoch.tolist()) == ("finished", [0, 1, 2, 3])
    assert np.isfinite(run.recording.train_loss_nats[1:]).all()
