"""Remarks: what the estimators said beside their numbers, over all frames of a run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, replace

import numpy as np
from numpy.typing import NDArray

from ibtui.information.readings import Note
from ibtui.recording import Remark

FIGURES = re.compile(r"\d+(\.\d+)?")


class Remarks:
    """Grows with the frames, but for figures: of lines that differ in these the newest stays."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], Remark] = {}

    def __iter__(self) -> Iterator[Remark]:
        return iter(self._known.values())

    def add(self, notes: Iterable[Note], epoch: int) -> None:
        """Take what was noted in the frame of `epoch`, which is later than those before."""
        said = {(note.series, note.layer, FIGURES.sub("#", note.line)): note for note in notes}
        for key, note in said.items():
            known = self._known.get(key, Remark(*note, frames=0, first=epoch, last=epoch))
            self._known[key] = replace(known, line=note.line, frames=known.frames + 1, last=epoch)

    def array(self) -> NDArray[np.int8]:
        """All of it as the bytes of JSON, for a checkpoint."""
        return np.frombuffer(json.dumps([astuple(one) for one in self]).encode(), np.int8)

    def load(self, arrays: Mapping[str, NDArray]) -> None:
        """Take over a checkpoint's array, if it has one. Raises `ValueError` if it is none."""
        if "remarks" not in arrays:
            return
        for row in json.loads(arrays["remarks"].tobytes()):
            one = Remark(*row)
            self._known[one.series, one.layer, FIGURES.sub("#", one.line)] = one
