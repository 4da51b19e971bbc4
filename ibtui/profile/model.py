"""Profile: one experiment, read from TOML, validated as a whole, frozen, written back in full."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar

import tomli_w
from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ibtui.data import Sources, Szt
from ibtui.errors import ProfileError
from ibtui.information import Estimators, Exact
from ibtui.networks import PLUGINS, Factory
from ibtui.options import (
    MOST_EPOCHS,
    MOST_REPLICATES,
    MOST_SAMPLES,
    MOST_UNITS,
    Options,
    Seed,
    Words,
)
from ibtui.plugins import READING
from ibtui.problems import explain
from ibtui.profile.measure import Epochs, Measure

Table = TypeVar("Table", bound=Options)
Units = Annotated[int, Field(ge=1, le=MOST_UNITS)]
Side = Annotated[int, Field(ge=1, le=4096)]  # pixels
MOST_BYTES = 1 << 20  # of a profile's file
BITS = "1 to 16, or 32 for full precision"


def _bits(value: int) -> int:
    if not (1 <= value <= 16 or value == 32):
        side = "below 1" if value < 1 else "above 16"
        raise ValueError(f"{value} is {side} (choose {BITS})")
    return value


Bits = Annotated[int, AfterValidator(_bits)]


class Convolution(Options):
    """A convolution: `{ conv = channels, kernel = 3 }`, without padding unless asked for."""

    conv: Units = Field(description="output channels")
    kernel: Side = Field(default=3, description="side of the square kernel")
    stride: Side = Field(default=1, description="step of the kernel")
    padding: int = Field(default=0, ge=0, le=4096, description="zeros added on each side")


class Pooling(Options):
    """A maximum over square patches: `{ pool = 2 }`."""

    pool: int = Field(ge=2, le=4096, description="side and step of the square patch")


def _kind_of_layer(value: object) -> str:
    if not isinstance(value, Mapping | Options):
        return "dense"
    keys = value if isinstance(value, Mapping) else type(value).model_fields
    return (
        "pooling"
        if any(str(key).startswith("p") for key in keys if key != "padding")
        else "convolution"
    )


LayerSpec = Annotated[
    Annotated[Units, Tag("dense")]
    | Annotated[Convolution, Tag("convolution")]
    | Annotated[Pooling, Tag("pooling")],
    Discriminator(_kind_of_layer),
]


class Network(Options):
    """A stack of layers from the input to the output."""

    layers: tuple[LayerSpec, ...] = Field(
        default=(10, 7, 5, 4, 3),
        max_length=256,
        description="hidden layers: widths, convolutions, pooling",
    )
    activation: Literal["tanh", "relu", "leaky-relu", "sigmoid", "linear", "gelu", "silu"] = Field(
        default="tanh", description="activation function of the hidden layers (gelu by erf)"
    )
    leaky_slope: float = Field(
        default=0.2, ge=0, lt=1, description="slope of leaky-relu below zero"
    )
    output: Literal["softmax", "sigmoid"] = Field(
        default="softmax", description="output layer: softmax, or one sigmoid unit for two labels"
    )
    outputs: Units | None = Field(default=None, description="output units (default: one a label)")
    init: Literal[
        "truncated-normal", "glorot-uniform", "glorot-normal", "he-normal", "lecun-normal", "normal"
    ] = Field(default="truncated-normal", description="initial weights; biases start at 0")
    dropout: float = Field(
        default=0.0, ge=0, lt=1, description="share of hidden units dropped in training"
    )
    noise: float = Field(
        default=0.0,
        ge=0,
        le=1e6,
        description="deviation of Gaussian noise added to hidden activations in training",
    )


class Quantization(Options):
    """Quantization-aware training: which tensors, to how many bits, over which range."""

    bits: Bits = Field(
        default=8, description=f"bits of the hidden activations and the output: {BITS}"
    )
    weight_bits: Bits | None = Field(
        default=None, description="bits of the weights (default: bits)"
    )
    weights: Literal["all", "output", "none"] = Field(
        default="all",
        description="which layers' weights are quantized, per tensor (biases never are)",
    )
    input_bits: Bits | None = Field(
        default=None, description="bits of the input over all its values"
    )
    grid: Literal["uniform", "zero-point"] = Field(
        default="uniform",
        description="levels from minimum to maximum, or nudged so that zero is a level",
    )
    range: Literal["epoch", "batch", "ema"] = Field(
        default="epoch",
        description="range of the hidden activations: last epoch, this batch, moving average",
    )
    output: Literal["softmax", "logits", "none"] = Field(
        default="softmax",
        description="what is quantized in the output layer (softmax: also a sigmoid)",
    )
    output_range: Literal["epoch", "batch", "ema"] | None = Field(
        default=None, description="range of the output (default: range)"
    )


# fmt: off
Device = Literal[
    "auto", "cpu", "cuda",
    "cuda:0", "cuda:1", "cuda:2", "cuda:3", "cuda:4", "cuda:5", "cuda:6", "cuda:7",
    "cuda:8", "cuda:9", "cuda:10", "cuda:11", "cuda:12", "cuda:13", "cuda:14", "cuda:15",
]
# fmt: on


class Training(Options):
    """How the replicates are trained."""

    optimizer: Literal["adam", "adamw", "sgd"] = Field(
        default="adam", description="how a step follows from the gradient"
    )
    learning_rate: float = Field(default=1e-4, gt=0, le=1e30, description="step size")
    schedule: Literal["constant", "cosine", "step"] = Field(
        default="constant",
        description="learning rate over the epochs: constant, half a cosine to 0, or in steps",
    )
    # None where no steps are asked for, so that a forgotten or needless key is an error.
    schedule_every: Epochs | None = Field(
        default=None, validate_default=True, description="epochs of a step"
    )
    schedule_factor: float | None = Field(
        default=None, gt=0, lt=1, description="learning rate times this at each step (default: 0.1)"
    )
    momentum: float = Field(default=0.0, ge=0, lt=1, description="momentum of sgd")
    weight_decay: float | None = Field(
        default=None,
        ge=0,
        le=1e6,
        description="L2 penalty of adam and sgd, decoupled decay of adamw (default: 0; adamw 0.01)",
    )
    epsilon: float = Field(default=1e-7, gt=0, le=1e6, description="Adam's epsilon")
    epsilon_added: Literal["after-correction", "before-correction"] = Field(
        default="after-correction",
        description="where Adam adds it: after the bias correction (torch), or before it (Keras)",
    )
    batch_size: Annotated[int, Field(ge=1, le=MOST_SAMPLES)] | Literal["full"] = Field(
        default=256, description="samples a step, or full"
    )
    epochs: int = Field(default=1000, ge=0, le=MOST_EPOCHS, description="epochs on the true labels")
    prefit_epochs: int = Field(
        default=0, ge=0, le=MOST_EPOCHS, description="epochs on shuffled labels before them"
    )
    # None where the run was planned at once, so that profiles of earlier runs stay equal to theirs.
    earlier_epochs: tuple[Epochs, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=20,
        description="epochs at which it was to end before it went on for more: until there frames "
        "and a cosine are as planned then",
    )
    shuffle: Literal["replicate", "shared", "none"] = Field(
        default="replicate", description="each replicate's own order, one order for all, or none"
    )
    restart_below: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="training accuracy below which a replicate starts again (0: never)",
    )
    restart_at: Epochs = Field(default=1000, description="first epoch at which that is looked at")
    restart_limit: int = Field(
        default=10, ge=1, le=10**6, description="how often one replicate may start again"
    )
    device: Device = Field(default="auto", description="where to train; cuda:1 is the second GPU")
    backend: Literal["auto", "kernel", "torch"] = Field(
        default="auto",
        description="what computes: the kernel (dense networks on the CPU), or torch",
    )
    compile: Literal["auto", "always", "never"] = Field(
        default="auto", description="torch.compile: auto leaves short runs eager"
    )

    @field_validator("schedule_every", "schedule_factor")
    @classmethod
    def _steps_are_asked_for(cls, value: float | None, info: ValidationInfo) -> float | None:
        steps = info.data.get("schedule") == "step"
        if steps and value is None and info.field_name == "schedule_every":
            raise ValueError("is missing (a schedule in steps needs it: set it to 100, say)")
        if not steps and value is not None:
            raise ValueError("there are no steps (set schedule to step, or leave this out)")
        return value

    @field_validator("earlier_epochs")
    @classmethod
    def _earlier_ends_come_before(
        cls, value: tuple[int, ...] | None, info: ValidationInfo
    ) -> tuple[int, ...] | None:
        ends = [*(value or ()), info.data.get("epochs", MOST_EPOCHS + 1)]
        if any(later <= one for one, later in pairwise(ends)):
            raise ValueError("do not ascend to training.epochs (leave them out to plan it at once)")
        return value

    @property
    def ends(self) -> tuple[int, ...]:
        """The epochs at which it was to end at some time, ascending, the true end last."""
        return (*(self.earlier_epochs or ()), self.epochs)

    @property
    def decay(self) -> float:
        """The weight decay in force."""
        if self.weight_decay is not None:
            return self.weight_decay
        return 0.01 if self.optimizer == "adamw" else 0.0


class Profile(Options):
    """One experiment. Every key has a default but `name`."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80, description="short name"
    )
    title: Words = Field(default="", description="what it is, or which figure it reproduces")
    expect: Words = Field(default="", description="what one should see")
    seed: Seed = Field(default=1000, description="seed of the first replicate")
    replicates: int = Field(
        default=8, ge=1, le=MOST_REPLICATES, description="networks trained together"
    )
    data: Sources = Field(default=Szt(), description="the data set")
    network: Annotated[Network, PLUGINS] = Network()
    quantization: Quantization | None = None
    training: Training = Training()
    measure: Measure = Measure()
    estimator: tuple[Estimators, ...] = Field(
        default=(Exact(),), min_length=1, max_length=100, description="an estimator each"
    )

    @model_validator(mode="after")
    def _series_have_names_of_their_own(self) -> Profile:
        twice = sorted({name for name in self.series if self.series.count(name) > 1})
        if twice:
            raise ValueError(
                f"two estimators give the series {', '.join(map(repr, twice))} (give one a label)"
            )
        return self

    @model_validator(mode="after")
    def _network_of_others_does_without(self) -> Profile:
        if not isinstance(self.network, Factory):
            return self
        whose = f"the network {self.network.name}"
        if self.quantization is not None:
            raise ValueError(f"quantization: {whose} quantizes itself (leave the table out)")
        if self.training.backend == "kernel":
            raise ValueError(f"training.backend: {whose} is torch's (use auto or torch)")
        if self.training.compile == "always":
            raise ValueError(f"training.compile: {whose} runs as it is (use auto or never)")
        if self.measure.weights == "frames":
            raise ValueError(f"measure.weights: those of {whose} are not kept (leave it out)")
        return self

    @property
    def series(self) -> tuple[str, ...]:
        """The names of all series, as a run of the profile records them."""
        return tuple(name for estimator in self.estimator for name in estimator.series)

    @property
    def tolerance_bits(self) -> tuple[float, ...]:
        """The bits by which rounding alone may part two equal values of each series."""
        return tuple(one.tolerance_bits for one in self.estimator for _ in one.series)

    @property
    def nulls(self) -> tuple[bool, ...]:
        """Which series are no estimates: what chance gives, and terms of a decomposition."""
        return tuple(not one for estimator in self.estimator for one in estimator.estimates)


def validate(table: Mapping[str, Any], where: str, *, reading: bool = False) -> Profile:
    """A profile from plain TOML values. Raises `ProfileError` with every problem at once.

    Under `reading` nothing is loaded that plug-ins have: something absent stands in its place.
    """
    return validated(Profile, table, where, reading=reading)


def validated(
    kind: type[Table], table: Mapping[str, Any], where: str, *, reading: bool = False
) -> Table:
    """Options of a kind from plain TOML values. Raises `ProfileError` with every problem."""
    context = READING if reading else None
    try:
        # Through JSON, because strict validation then takes arrays for tuples but no "5" for a 5.
        return kind.model_validate_json(json.dumps(table, default=str), context=context)
    except ValidationError as error:
        raise ProfileError([f"{where}: {line}" for line in explain(error, kind)]) from None


def to_table(profile: Options) -> dict[str, Any]:
    """The whole profile, defaults included, as plain TOML values (absent keys mean None)."""
    return profile.model_dump(mode="json", exclude_none=True)


def to_toml(profile: Options) -> str:
    """The whole profile as TOML text that `parse_profile` reads back as an equal profile."""
    return tomli_w.dumps(to_table(profile))
