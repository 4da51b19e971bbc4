"""A recording of five replicates and three layers, of which a test fills in what it needs."""

import numpy as np

from ibtui.recording import ARRAYS, Header, Recording

HEADER = Header(
    series=("exact", "binning"),
    layers=("T1", "T2", "T3"),
    units=(10, 7, 2),
    replicates=5,
    samples=4096,
    input_bits=12.0,
    label_bits=1.0,
)
EPOCHS = 4
EXACT, BINNING = 0, 1


def recording(**given_arrays) -> Recording:
    shapes = Recording.shapes(HEADER, EPOCHS)
    filled = {name: np.full(shapes[name], np.nan) for name in ARRAYS}
    filled["epoch"] = np.array([0, 5, 10, 12])
    return Recording(HEADER, **{**filled, **given_arrays})


def random_information(seed: int, low: float, high: float) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, (EPOCHS, 2, 5, 3))
