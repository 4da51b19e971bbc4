"""Measure: when a run is measured, on which samples, and what is kept beside information."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from ibtui.options import MOST_EPOCHS, MOST_REPLICATES, Options

Epochs = Annotated[int, Field(ge=1, le=MOST_EPOCHS)]


class Measure(Options):
    """When and on which samples information is measured."""

    schedule: Literal["linear", "log"] = Field(
        default="linear", description="every n epochs, or log-spaced"
    )
    every: Epochs = Field(default=5, description="epochs between frames (linear)")
    points: int = Field(default=200, ge=2, le=10**6, description="number of frames aimed at (log)")
    on: Literal["all", "train", "test"] = Field(
        default="all", description="samples that are measured"
    )
    memory_gib: float = Field(
        default=1.0, gt=0, le=65536, description="memory that measuring may take"
    )
    # None where they are not wanted, so that profiles of earlier runs stay equal to theirs.
    histograms: int | None = Field(
        default=None,
        ge=2,
        le=1024,
        description="record histograms of each layer's activations, in so many bins (default: "
        "none; where layers are quantized a power of two, so that every bin holds as many levels)",
    )
    histogram_replicates: int | None = Field(
        default=None,
        ge=1,
        le=MOST_REPLICATES,
        description="record those of the first n replicates (default: 1)",
    )
    histograms_by: Literal["layer", "unit"] | None = Field(
        default=None,
        description="of each layer as a whole, or of every unit and label too (default: layer)",
    )

    # None for what is the default, for the same reason.
    weights: Literal["end", "frames", "none"] | None = Field(
        default=None,
        description="keep the networks' weights: of the last frame (end, the default), of all "
        "frames, or none; what is kept can be measured anew",
    )

    @field_validator("weights")
    @classmethod
    def _end_is_the_default(cls, value: str | None) -> str | None:
        return None if value == "end" else value

    @field_validator("histogram_replicates", "histograms_by")
    @classmethod
    def _have_histograms(cls, value: int | str | None, info: ValidationInfo) -> int | str | None:
        if value is not None and info.data.get("histograms", 0) is None:
            raise ValueError("there are no histograms (set histograms = 64, or leave this out)")
        return value
