"""The Lightning callback in a real, small training."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from ibtui import store

lightning = pytest.importorskip("pytorch_lightning")

X = torch.randn(64, 3, generator=torch.Generator().manual_seed(0))
Y = (X[:, 0] > 0).long()


class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.encoder = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
        self.head = nn.Linear(4, 2)
        self.seen_training = []

    def forward(self, x):
        return self.head(self.encoder(x))

    def training_step(self, batch, _):
        x, y = batch
        self.seen_training.append(self.training)
        loss = F.cross_entropy(self(x), y)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, _):
        x, y = batch
        self.log("val_accuracy", (self(x).argmax(1) == y).float().mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), 0.05)


def fit(folder, epochs, module=None, checkpoint=None, **options):
    from ibtui.lightning import InformationPlane

    module = module or Module()
    plane = InformationPlane(folder, ["encoder", "head"], x=X, y=Y, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's advice on workers and loggers
        trainer = lightning.Trainer(
            max_epochs=epochs,
            callbacks=[plane],
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        data = DataLoader(TensorDataset(X, Y), batch_size=16)
        trainer.fit(module, data, data, ckpt_path=checkpoint)
    return trainer, module


def test_a_fit_becomes_a_run_with_its_scores(tmp_path):
    _, module = fit(tmp_path / "mine", 3, estimators=["exact", "binning-width"])
    run = store.load(tmp_path / "mine")
    assert run.status == "finished"
    assert run.recording.epoch.tolist() == [0, 1, 2, 3]
    assert run.recording.header.layers == ("encoder", "head")
    assert run.profile.model == "Module"
    assert np.isfinite(run.recording.train_loss_nats[1:]).all()
    assert np.isfinite(run.recording.test_accuracy[1:]).all()
    assert np.isnan(run.recording.train_accuracy).all()  # the module logs none
    np.testing.assert_array_equal(run.recording.i_xt_bits[:, 0], 6)
    assert all(module.seen_training)


def test_a_fit_that_fails_keeps_its_frames_and_one_from_a_checkpoint_goes_on(tmp_path):
    class Failing(Module):
        def on_train_epoch_start(self):
            if self.current_epoch == 2:
                raise ArithmeticError("in epoch 2")

    trainer, module = fit(tmp_path / "other", 2)
    trainer.save_checkpoint(tmp_path / "two.ckpt")
    with pytest.raises(ArithmeticError):
        fit(tmp_path / "mine", 4, Failing())
    run = store.load(tmp_path / "mine")
    assert (run.status, run.recording.epoch.tolist()) == ("failed", [0, 1, 2])
    fit(tmp_path / "mine", 4, Module(), tmp_path / "two.ckpt")
    run = store.load(tmp_path / "mine")
    assert (run.status, run.recording.epoch.tolist()) == ("finished", [0, 1, 2, 3, 4])
    assert module is not None


def test_scores_have_names(tmp_path):
    from ibtui.errors import UsageError

    with pytest.raises(UsageError, match="scores: 'los' is none"):
        fit(tmp_path / "mine", 1, scores={"los": "train_loss"})
    fit(tmp_path / "named", 1, scores={"accuracy": "val_accuracy"})
    assert np.isfinite(store.load(tmp_path / "named").recording.train_accuracy[1])
