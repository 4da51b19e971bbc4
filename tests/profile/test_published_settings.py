"""The shipped profiles, key by key, against what the papers' texts and the published code say."""

import pytest

from ibtui.profile import Profile, load_profiles, shipped, to_table

RUNS = {
    profile.name: profile
    for name in shipped.names()
    if name not in ("quickstart", "szt-tanh")
    for profile in load_profiles(shipped.find_profile(name))
}

# Keys on which neither text nor code says anything: our names, our seeds, our machine.
OURS = {
    *("name", "title", "expect", "seed", "data.split_seed", "data.seed", "network.leaky_slope"),
    *("measure.memory_gib", "measure.points", "training.device", "training.backend"),
    *("training.compile", "training.restart_limit", "training.momentum", "training.shuffle"),
    *("training.schedule", "network.dropout", "network.noise", "estimator"),
}

# Section 4 and supplements A to F.
LORENZEN = {
    "network.output": "softmax",
    "training.optimizer": "adam",
    "training.learning_rate": 1e-4,
    "training.batch_size": 256,
    "training.epsilon": 1e-7,
    "training.restart_below": 0.55,
    "training.restart_at": 1000,
    "training.prefit_epochs": 0,
    "measure.schedule": "linear",
    "measure.on": "all",
}
SZT = LORENZEN | {
    "data.name": "szt",
    "data.test_fraction": 0.2,
    "network.layers": [10, 7, 5, 4, 3],
    "training.epochs": 8000,
    "measure.every": 5,
}
MNIST = LORENZEN | {
    "data.name": "mnist",
    "data.test_fraction": 0.2,
    "network.activation": "relu",
    "training.epochs": 3000,
    "measure.every": 2,
}
TEXT = {"training.epsilon_added": "after-correction", "network.init": "truncated-normal"}
TEXT_MNIST = TEXT | {"data.split": "stratified"}
# The code drops the start that its synthetic networks are given, and keeps that of the others.
CODE = {"training.epsilon_added": "before-correction", "network.init": "glorot-uniform"}
CODE_MNIST = CODE | {"network.init": "truncated-normal", "data.split": "official"}

TEXT_QUANTIZED = {
    "quantization.weights": "all",
    "quantization.grid": "uniform",
    "quantization.range": "epoch",
    "quantization.output": "softmax",
}
CODE_QUANTIZED = {
    "quantization.input_bits": 8,
    "quantization.grid": "zero-point",
    "quantization.output": "logits",
}
CODE_TANH = CODE_QUANTIZED | {
    "quantization.weights": "output",
    "quantization.range": "batch",
    "quantization.output_range": "ema",
}
CODE_RELU = CODE_QUANTIZED | {"quantization.weights": "all", "quantization.range": "ema"}
OF = {"tanh": CODE_TANH, "relu": CODE_RELU}


def of(activation: str, bits: int = 8, **more) -> dict:
    return {"network.activation": activation, "quantization.bits": bits} | more


WIDE = {  # units of the networks of E, in the text
    "bottleneck-4": [16, 12, 8, 4],
    "hourglass": [16, 8, 4, 2, 4, 8],
    "4x10": [10, 10, 10, 10],
}


def convolutions(last: int) -> list:
    convolution = {"conv": 2, "kernel": 3, "stride": 1, "padding": 0}
    return [convolution, {"pool": 2}, convolution, {"pool": 2}, last]


RELU_TWICE = {"quantization.output_range": "ema"}  # said where it is the default too
PUBLISHED = {}
for activation, number in (("tanh", 2), ("relu", 3)):
    eight = of(activation, replicates=50)
    PUBLISHED[f"lorenzen-fig{number}-as-written"] = SZT | TEXT | TEXT_QUANTIZED | eight
    PUBLISHED[f"lorenzen-fig{number}-as-coded"] = SZT | CODE | OF[activation] | eight
    plain = {"network.activation": activation, "replicates": 50}
    PUBLISHED[f"lorenzen-figa5-a6-as-written-{activation}"] = SZT | TEXT | plain
    PUBLISHED[f"lorenzen-figa5-a6-as-coded-{activation}"] = SZT | CODE | plain
    for bits in (4, 32):
        name = f"bits-{bits}-{activation}"
        PUBLISHED[f"lorenzen-figc10-c11-as-written-{name}"] = (
            SZT | TEXT | TEXT_QUANTIZED | of(activation, bits, replicates=30)
        )
        PUBLISHED[f"lorenzen-figc10-c11-as-coded-{name}"] = (
            SZT | CODE | OF[activation] | RELU_TWICE | of(activation, bits, replicates=50)
        )
    prefitted = of(activation, replicates=20) | {"training.prefit_epochs": 1000}
    PUBLISHED[f"lorenzen-figd12-as-written-{activation}"] = SZT | TEXT | TEXT_QUANTIZED | prefitted
    PUBLISHED[f"lorenzen-figd12-as-coded-{activation}"] = (
        SZT | CODE | OF[activation] | RELU_TWICE | prefitted
    )
BOTTLENECK = {"network.layers": [16, 8, 4, 2]} | of("relu", replicates=20)
PUBLISHED["lorenzen-fig4-as-written"] = MNIST | TEXT_MNIST | TEXT_QUANTIZED | BOTTLENECK
PUBLISHED["lorenzen-fig4-as-coded"] = MNIST | CODE_MNIST | CODE_RELU | BOTTLENECK
for name, layers in {**WIDE, "conv": None}.items():
    written = {"network.layers": layers or convolutions(20), "replicates": 20}
    coded = {
        "network.layers": layers or convolutions(16),
        "replicates": 10 if name in ("4x10", "conv") else 20,
    }
    PUBLISHED[f"lorenzen-fige13-as-written-{name}"] = (
        MNIST | TEXT_MNIST | TEXT_QUANTIZED | of("relu") | written
    )
    PUBLISHED[f"lorenzen-fige13-as-coded-{name}"] = (
        MNIST | CODE_MNIST | CODE_RELU | of("relu") | coded
    )

# The thesis: 3.2.1 unless a section says otherwise; test samples are measured. Replicates are ours.
THESIS = {
    "data.test_fraction": 0.2,
    "network.output": "sigmoid",
    "network.init": "glorot-uniform",
    "training.optimizer": "sgd",
    "training.learning_rate": 1e-3,
    "training.batch_size": 128,
    "training.epochs": 12000,
    "training.prefit_epochs": 0,
    "training.restart_below": 0.0,
    "measure.on": "test",
    "replicates": 10,
}
MAJORITY = THESIS | {"data.name": "majority", "network.layers": [10, 8, 6, 4, 2]}
TUNED = {  # 3.2.4
    "3.10-default": {},
    "3.10-rate-0.01": {"training.learning_rate": 0.01},
    "3.10-batch-1": {"training.batch_size": 1, "training.epochs": 500},
    "3.10-batch-1024": {"training.batch_size": 1024},
    "3.11": {
        "training.batch_size": "full",
        "training.epochs": 40000,
        "training.learning_rate": 0.01,
    },
}
for name, changes in TUNED.items():
    PUBLISHED[f"thesis-fig{name}"] = MAJORITY | {"network.activation": "tanh"} | changes
WIRELESS = THESIS | {
    "data.name": "wireless",
    "data.samples": 65536,
    "network.layers": [128, 64, 32, 16, 8, 4],
    "training.batch_size": 512,
    "training.epochs": 2500,
}
for activation in ("tanh", "relu", "leaky-relu"):
    of_it = {"network.activation": activation}
    if activation != "relu":
        PUBLISHED[f"thesis-fig3.3-{activation}"] = (
            THESIS
            | {"data.name": "gaussian", "data.per_replicate": True, "data.samples": 4096}
            | {"network.layers": [1], "training.epochs": 10000, "replicates": 50}
            | of_it
        )
    if activation == "leaky-relu":
        continue
    PUBLISHED[f"thesis-fig3.6-3.9-{activation}"] = MAJORITY | of_it
    PUBLISHED[f"thesis-fig5.1-{activation}"] = MAJORITY | of_it
    PUBLISHED[f"thesis-fig3.12-{activation}"] = (
        THESIS
        | {"data.name": "iris", "network.layers": [10, 8, 6, 4, 2], "training.epochs": 10000}
        | {"training.learning_rate": 0.01, "training.batch_size": 32, "replicates": 50}
        | {"network.output": "softmax"}  # of three labels
        | of_it
    )
    for optimizer in ("sgd", "adam"):
        PUBLISHED[f"thesis-fig4.3-{optimizer}-{activation}"] = (
            WIRELESS | of_it | {"training.optimizer": optimizer, "replicates": 5}
        )
for dropout in (0.0, 0.5):
    for optimizer in ("sgd", "adam"):
        PUBLISHED[f"thesis-fig4.1-dropout-{dropout}-{optimizer}"] = (
            WIRELESS
            | {"training.optimizer": optimizer, "network.dropout": dropout}
            | {"network.activation": "tanh"}
        )

SERIES = {
    "lorenzen-figa5-a6-as-written-tanh": ("binning-30", "binning-100", "binning-256"),
    "lorenzen-figa5-a6-as-written-relu": ("binning-30-run", "binning-100-run", "binning-256-run"),
    **{
        f"lorenzen-figa5-a6-as-coded-{activation}": tuple(
            f"binning-{bins}-network" for bins in (30, 100, 256)
        )
        for activation in ("tanh", "relu")
    },
    "thesis-fig3.6-3.9-tanh": ("binning-50", "doane", "scott", "kde-upper", "kde-lower"),
    "thesis-fig3.6-3.9-relu": ("binning-50-run", "doane", "scott", "kde-upper", "kde-lower"),
    "thesis-fig3.12-relu": ("scott",),
}


def flat(profile: Profile) -> dict[str, object]:
    """The profile's keys with their tables' names before them."""
    found = {}
    for key, value in to_table(profile).items():
        tables = value.items() if isinstance(value, dict) else [(None, value)]
        found |= {key if name is None else f"{key}.{name}": one for name, one in tables}
    return found


def test_every_run_of_the_papers_is_in_the_table_and_no_other():
    assert sorted(PUBLISHED) == sorted(RUNS)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_profile_is_as_published_key_by_key(name):
    found = flat(RUNS[name])
    settings = PUBLISHED[name]
    assert {key: found.get(key) for key in settings} == settings


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name.startswith("lorenzen")])
def test_no_key_of_the_paper_by_lorenzen_is_left_out(name):
    assert {*flat(RUNS[name])} - {*PUBLISHED[name]} <= OURS


@pytest.mark.parametrize("name", SERIES)
def test_the_series_are_the_published_ones(name):
    assert RUNS[name].series == SERIES[name]


def test_what_differs_is_told_in_the_profile():
    told = {
        "lorenzen-fig4-as-coded": "official split",
        "lorenzen-figa5-a6-as-coded-relu": "one grid for all layers",
        "lorenzen-figc10-c11-as-coded-bits-4-tanh": "50 runs (text: 30)",
        "lorenzen-fige13-as-coded-conv": "end in 16 units",
        "thesis-fig3.6-3.9-relu": "one run; here are 10",
        "thesis-fig4.1-dropout-0.0-sgd": "simulated anew",
        "thesis-fig4.3-adam-tanh": "5 runs (thesis: 1)",
    }
    for name, words in told.items():
        assert words in RUNS[name].expect
