from ibtui.engine.kernel import measuring, training, warm
from tests.engine.kernel.both import ensemble
from tests.engine.small import make_dataset, make_own, record


def test_nothing_is_left_to_compile_for_any_network_or_data():
    warm.wait()
    for data in (make_dataset(), make_own(), make_dataset(90, 7, 3, distinct=20)):
        for tables in ({}, {"measure": {"on": "test"}}, {"network": {"layers": [300]}}):
            record(ensemble("kernel", data, tables))
    assert len(training.train.signatures) == 1
    assert len(measuring.measure.signatures) == 1
    assert not warm.compiling()
