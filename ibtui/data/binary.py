"""The 12-bit tasks: all 4096 patterns of 12 bits, labelled by a rule."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ibtui.data.dataset import Dataset, Source

# An icosahedron whose vertices are the 12 bits; a pair of vertices is written in base 12.
EDGES = "01 03 05 0a 0b 12 13 14 1b 23 24 28 29 38 3a 46 49 4b 56 57 5a 5b 67 69 6b 78 79 7a 89 8a"
ANTIPODES = "09 17 25 36 4a 8b"


def patterns() -> NDArray[np.int64]:
    """All patterns of 12 bits, (4096, 12): row i is the number i, its highest bit first."""
    return np.arange(4096)[:, np.newaxis] >> np.arange(11, -1, -1) & 1


def icosahedron_labels(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels (N,) of patterns (N, 12): 1 where 23 n + E - 5 D - 8 A >= 99, 2118 of all 4096.

    n counts the set bits; E, D and A count the pairs of set bits that are 1, 2 and 3 edges apart.
    This invariant of the rotations gives the labels that Shwartz-Ziv & Tishby (2017) published.
    """
    weight = np.full((12, 12), -5)
    np.fill_diagonal(weight, 0)
    for pairs, value in ((EDGES, 1), (ANTIPODES, -8)):
        for a, b in pairs.split():
            i, j = int(a, 12), int(b, 12)
            weight[i, j] = weight[j, i] = value
    of_pairs = np.einsum("ni,ij,nj->n", bits, weight, bits) // 2  # each pair occurs twice
    return (23 * bits.sum(axis=1) + of_pairs >= 99).astype(np.int64)


def majority_labels(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels (N,) of patterns (N, 12): 1 where 6 or more of the last 11 bits are set."""
    return (bits[:, 1:].sum(axis=1) >= 6).astype(np.int64)


class Szt(Source):
    """The 12-bit task of Shwartz-Ziv & Tishby."""

    about: ClassVar[str] = "12 bits, labelled by a rule that icosahedral rotations leave unchanged"
    citation: ClassVar[str] = "Shwartz-Ziv & Tishby (2017), arXiv:1703.00810"
    size: ClassVar[tuple[int, int, int]] = (4096, 12, 2)
    complete: ClassVar[bool] = True

    name: Literal["szt"] = "szt"

    def load(self, folder: Path | None) -> Dataset:
        bits = patterns()
        return self.divided(bits.astype(np.float32), icosahedron_labels(bits), ("0", "1"))


class Majority(Source):
    """The 12-bit majority task: the first bit is ignored, which makes the labels uniform."""

    about: ClassVar[str] = "12 bits, labelled by whether 6 or more of the last 11 are set"
    citation: ClassVar[str] = "thesis on the information bottleneck for DNNs, section 3.2"
    size: ClassVar[tuple[int, int, int]] = (4096, 12, 2)
    complete: ClassVar[bool] = True

    name: Literal["majority"] = "majority"

    def load(self, folder: Path | None) -> Dataset:
        bits = patterns()
        return self.divided(bits.astype(np.float32), majority_labels(bits), ("0", "1"))
