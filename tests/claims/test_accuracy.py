"""Claims on accuracies, judged by runs made by hand."""

import numpy as np

from ibtui.claims import accuracy
from tests.claims.by_hand import reading

XT, TY = [[12, 8, 5]] * 3, [[1, 0.9, 0.5]] * 3


def of(test=(0.5, 0.8, 0.9), train=(0.5, 0.8, 0.9), **more):
    return reading(XT, TY, accuracy=list(test), train_accuracy=list(train), **more)


def test_accuracies_that_end_near():
    near = accuracy.accuracy_is_near(0.02)
    assert near(of(), of((0.5, 0.6, 0.895))).said is True
    assert near(of(), of((0.5, 0.9, 0.8))).said is False
    assert near(of(), of(planned=99)).said is None


def test_training_accuracy_grows_from_run_to_run():
    low, high = of(train=(0.5, 0.8, 0.7)), of()
    assert accuracy.training_accuracy_grows(low, high).said is True
    assert accuracy.training_accuracy_grows(high, low).said is False


def test_training_accuracy_that_decreases():
    assert accuracy.training_accuracy_decreases(of(train=(0.5, 0.9, 0.7))).said is True
    assert accuracy.training_accuracy_decreases(of(scatter=0)).said is False


def test_accuracies_that_vary_less():
    narrow, wide = of(), of()
    narrow.run.recording.test_accuracy[-1] = 0.9 + np.linspace(-0.001, 0.001, 6)
    wide.run.recording.test_accuracy[-1] = 0.8 + np.array([-0.1, 0.1, -0.09, 0.11, -0.12, 0.1])
    assert accuracy.accuracies_vary_less(narrow, wide).said is True
    assert accuracy.accuracies_vary_less(wide, narrow).said is False


def test_accuracy_that_does_not_rise():
    assert accuracy.accuracy_does_not_rise(of((0.5, 0.9, 0.51))).said is True
    assert accuracy.accuracy_does_not_rise(of()).said is False
