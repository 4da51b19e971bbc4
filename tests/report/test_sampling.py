"""What a run says of its samples: of a split, of a drawn sample, of a data set that is complete."""

import numpy as np
import pytest

from ibtui.profile import validate
from ibtui.recording import Header, Recording
from ibtui.report.sampling import sampling_lines


def lines(samples=820, bits=(7.5, 2.0), data="iris", on="all"):
    estimators = [{"name": "exact"}, {"name": "exact", "correction": "nsb"}, {"name": "kde"}]
    estimators += [{"name": "exact", "shuffles": 2, "subtract_null": True}]
    table = {"name": "a", "data": {"name": data}, "measure": {"on": on}, "estimator": estimators}
    profile = validate(table, "test")
    header = Header(
        series=profile.series,
        layers=("T1", "T2"),
        units=(3, 2),
        replicates=2,
        samples=samples,
        input_bits=float(np.log2(samples)),
        label_bits=1.0,
    )
    arrays = {name: np.full(shape, np.nan) for name, shape in Recording.shapes(header, 1).items()}
    arrays["epoch"] = np.zeros(1, np.int64)
    arrays["i_xt_bits"][:] = bits
    return list(sampling_lines(profile, Recording(header, **arrays)))


def test_a_drawn_sample_has_few_samples_where_states_are_many():
    (line,) = lines()
    assert line.startswith("exact, T1: 820 samples in about 181 states")
    assert lines(bits=(2.0, 2.0)) == []


@pytest.mark.parametrize("on", ["train", "test"])
def test_a_split_is_counted_alone(on):
    assert lines(bits=(2.0, 2.0), data="szt", on=on) == [
        f"measured on the 820 {on} samples alone: of them what is counted (exact) is exact"
    ]


def test_nothing_is_said_of_all_there_is():
    assert lines(samples=4096, bits=(11.9, 11.0), data="szt") == []
    assert len(lines(samples=4096, bits=(11.9, 11.0), data="szt", on="test")) == 2
