"""Sets of labelled images in two parts, training and test: pixels, subsets and splits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ibtui.data.dataset import Dataset, Source
from ibtui.data.folder import find_file, places
from ibtui.data.split import stratified_draw, stratified_split
from ibtui.errors import DataError
from ibtui.options import MOST_SAMPLES


class Part(NamedTuple):
    """Images as they are stored, and which of the two official parts they belong to."""

    pixels: NDArray[np.uint8]  # (N, U)
    labels: NDArray[np.uint8]  # (N,)
    is_test: bool


class Images(Source):
    """Base of the image sets, whose pixels become numbers from 0 to 1."""

    shape: ClassVar[tuple[int, int, int]]
    label_names: ClassVar[tuple[str, ...]]

    split: Literal["stratified", "official"] = Field(
        default="stratified",
        description="all images split by test_fraction, or the published training and test parts",
    )
    samples: int | None = Field(
        default=None,
        ge=2,
        le=MOST_SAMPLES,
        description="a stratified subset of so many images (default: all)",
    )

    @model_validator(mode="after")
    def _official_split_has_its_own_fraction(self) -> Images:
        default = Source.model_fields["test_fraction"].default
        if self.split == "official" and self.test_fraction != default:
            raise ValueError("test_fraction means nothing to the official split (leave it out)")
        return self

    def parts(self, folder: Path | None) -> Iterator[Part]:
        """The stored parts, one after the other. Raises `DataError`."""
        raise NotImplementedError

    @classmethod
    def where(cls, folder: Path | None) -> str:
        name = cls.model_fields["name"].default
        looked = places(name, folder)
        found = [find_file(file.names, looked) for file in cls.published]
        if None in found:
            size = sum(file.size for file in cls.published) / 1e6
            return f"not here: ibtui data fetch {name} ({size:.0f} MB)"
        return ", ".join(sorted({str(path.parent) for path in found if path}))

    def load(self, folder: Path | None) -> Dataset:
        parts = list(self.parts(folder))
        labels = np.concatenate([part.labels for part in parts]).astype(np.int64)
        is_test = np.repeat([part.is_test for part in parts], [len(part.labels) for part in parts])
        chosen = self._chosen(labels, is_test)
        inputs = np.empty((len(chosen), parts[0].pixels.shape[1]), np.float32)
        start = row = 0
        for part in parts:
            stop = start + len(part.labels)
            mine = chosen[(chosen >= start) & (chosen < stop)] - start
            pixels = part.pixels if len(mine) == len(part.labels) else part.pixels[mine]
            # Into place and in float32: of 70,000 images a copy in float64 would take 440 MB.
            np.divide(pixels, 255, out=inputs[row : row + len(mine)], dtype=np.float32)
            start, row = stop, row + len(mine)
        labels, is_test = labels[chosen], is_test[chosen]
        if self.split == "official":
            train, test = np.flatnonzero(~is_test), np.flatnonzero(is_test)
        else:
            train, test = stratified_split(labels, self.test_fraction, self.split_seed)
        return Dataset(self.name, inputs, labels, self.label_names, self.shape, train, test)

    def _chosen(self, labels: NDArray[np.int64], is_test: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Indices of the images to use: all, or `samples` in equal shares of labels and parts."""
        if self.samples is None:
            return np.arange(len(labels))
        if self.samples > len(labels):
            raise DataError(
                f"{self.name}: samples = {self.samples} is more than its {len(labels)} images "
                "(set it lower, or leave it out for all)"
            )
        # A stream of its own, lest the subset and the split that follows be drawn alike.
        rng = np.random.default_rng([self.split_seed, 1])
        return stratified_draw(2 * labels + is_test, self.samples, rng)
