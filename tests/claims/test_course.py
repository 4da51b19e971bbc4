"""Claims on the course of training, judged by runs made by hand."""

from dataclasses import replace

import numpy as np

from ibtui.claims import course, judges
from tests.claims.by_hand import reading

EPOCHS = np.arange(0, 41, 2)
UP = np.clip(EPOCHS / 20, 0, 1)
FALLS = 9 - 3 * np.clip((EPOCHS - 20) / 20, 0, 1)


def run(xt, ty, **more):
    """A first layer at its ceilings, and one of these paths."""
    paths = []
    for ceiling, path in ((12.0, xt), (1.0, ty)):
        own = np.broadcast_to(path, EPOCHS.shape)
        paths.append(np.stack([np.full(len(EPOCHS), ceiling), own, own], axis=1))
    return reading(*paths, planned=40, epochs_at=EPOCHS, **more)


FITS = 0.1 + 0.8 * UP


def test_only_some_epochs_are_looked_at():
    one = run(FALLS, FITS)
    falls = judges.layers_compress(2, by=0.5)
    assert falls(one).said is True
    assert course.between(20, 40, falls)(one).said is True
    assert course.between(0, 18, falls)(one).said is False


def test_what_rises_again_after_an_epoch():
    dips = 9 - UP + 2 * np.clip((EPOCHS - 30) / 10, 0, 1)
    assert course.rises_after(20, 2)(run(dips, FITS)).said is True
    assert course.rises_after(20, 2)(run(9 - UP, FITS)).said is False
    assert course.does_not_rise_after(20, 1, 2)(run(9 - UP, FITS)).said is True
    assert course.does_not_rise_after(20, 1, 2)(run(dips, FITS)).said is False
    unfinished = reading([[12, 9, 8]] * 3, [[1, 0.5, 0.1]] * 3, planned=99)
    assert course.rises_after(0, 2)(unfinished).said is None


def test_fitting_that_a_small_compression_interrupts():
    dips = 8 + UP - 0.8 * np.exp(-(((EPOCHS - 10) / 3.0) ** 2))
    assert course.fitting_is_interrupted(2)(run(dips, FITS)).said is True
    assert course.fitting_is_interrupted(2)(run(8 + UP, FITS)).said is False
    later = 8 + UP - 0.8 * np.exp(-(((EPOCHS - 32) / 3.0) ** 2))
    assert course.fitting_is_interrupted(2)(run(later, FITS)).said is False
    assert course.fitting_is_interrupted(2)(run(dips, 1.0)).said is None


def test_neither_phase():
    assert course.neither_phase()(run(9.0, 0.5)).said is True
    assert course.neither_phase(2)(run(FALLS, 0.5)).said is False
    assert course.neither_phase(2)(run(9.0, FITS)).said is False


def test_knowing_the_labels_before_the_network_does():
    judge = course.knows_labels_before_learning(2)
    accuracy = 0.5 + 0.4 * UP
    assert judge(run(9.0, 0.95, accuracy=accuracy)).said is True
    assert judge(run(9.0, FITS, accuracy=accuracy)).said is False
    assert judge(run(9.0, 0.95, accuracy=np.full(len(EPOCHS), 0.9))).said is False
    one = run(9.0, 0.5, accuracy=accuracy)
    assert judge(one).said is False
    recording = one.run.recording
    noisy = replace(recording, header=replace(recording.header, shared_bits=0.5))
    assert judge(replace(one, run=replace(one.run, recording=noisy))).said is True


def test_starting_high_and_falling():
    judge = course.starts_high_and_falls(2)
    assert judge(run(FALLS, FITS)).said is True
    assert judge(run(FALLS + UP, FITS)).said is False
    assert judge(run(9.0, FITS)).said is False


def test_forgetting_within_some_epochs():
    forgets = 0.9 - 0.5 * np.clip((EPOCHS - 20) / 20, 0, 1)
    one = run(FALLS, forgets)
    assert course.forgets_between(20, 40)(one).said is True
    assert course.forgets_between(0, 18)(one).said is False
    assert course.forgets_between(20, 40)(run(FALLS, 0.9)).said is False


def test_one_layer_alone_compresses():
    assert course.only_compresses(2)(run(FALLS, 0.9)).said is True
    assert course.only_compresses(1)(run(FALLS, 0.9)).said is False


def test_which_run_enters_compression_sooner():
    early = run(9 - 3 * np.clip((EPOCHS - 4) / 20, 0, 1), 0.9)
    late = run(FALLS, 0.9)
    judge = course.the_first_enters_compression_sooner
    assert judge(early, late).said is True
    assert judge(late, early).said is False
    assert judge(early, run(9.0, 0.9)).said is None
