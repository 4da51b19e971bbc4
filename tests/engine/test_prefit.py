"""Prefitting on permuted labels before epoch 0."""

import numpy as np
import torch
from numpy.testing import assert_allclose

from ibtui.engine import Ensemble
from ibtui.engine.batches import Batches
from tests.engine.small import RELU_AS_CODED, make_dataset, make_profile, record


def test_prefitting_learns_permuted_labels_and_measures_the_true_ones():
    dataset = make_dataset(60, 5)
    tables = {"network": {"layers": [30]}, "replicates": 2}
    training = {"prefit_epochs": 120, "epochs": 60, "learning_rate": 0.02}
    ensemble = Ensemble(make_profile(**tables, training=training, measure={"every": 60}), dataset)
    recording = record(ensemble)
    prefit, end = (int(np.flatnonzero(recording.epoch == epoch)[0]) for epoch in (0, 60))
    profile = make_profile(**tables)
    batches = Batches(profile, ensemble._backend.forward.network, [dataset], torch.device("cpu"))
    permuted = batches._prefit_y.numpy()[dataset.train]
    share = (permuted == dataset.labels[dataset.train]).mean()
    assert_allclose(recording.train_accuracy[prefit], share, atol=0.05)  # it knows them by heart
    assert (recording.train_accuracy[end] > 0.99).all()


def test_prefitted_ranges_moments_and_steps_are_carried_on():
    profile = make_profile(training={"prefit_epochs": 2, "epochs": 1}, quantization=RELU_AS_CODED)
    ensemble = Ensemble(profile, make_dataset())
    for frame in ensemble.frames():
        steps = 3 * (frame.epoch + 2)
        assert ensemble._replicates.state.steps.tolist() == [steps] * 3
        # Logits seldom leave [-6, 6], so the range decays towards them step by step.
        assert_allclose(ensemble._replicates.state.high[2], 6 * 0.999**steps, atol=0.002 * steps)
