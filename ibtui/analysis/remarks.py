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
from ibtui.text import value

MOST = 2**40  # of frames and epochs
FIGURES = re.compile(r"\d+(\.\d+)?")


class Remarks:
    """Grows with the frames, but for figures: of lines that differ in these the newest stays."""

    def __init__(self, known: Iterable[Remark] = ()) -> None:
        self._known: dict[tuple[str, str, str], Remark] = {}
        self._take(known)

    def __iter__(self) -> Iterator[Remark]:
        return iter(self._known.values())

    def add(self, notes: Iterable[Note], epoch: int) -> None:
        """Take what was noted in the frame of `epoch`, which is later than those before."""
        said = {(note.series, note.layer, FIGURES.sub("#", note.line)): note for note in notes}
        for key, note in said.items():
            known = self._known.get(key, Remark(*note, frames=0, first=epoch, last=epoch))
            self._known[key] = replace(known, line=note.line, frames=known.frames + 1, last=epoch)

    def until(self, epoch: int) -> Remarks:
        """Those on frames up to an epoch; of one that goes on beyond, as many as there can be."""
        kept = (one for one in self if one.first <= epoch)
        return Remarks(replace(one, last=min(one.last, epoch)) for one in kept)

    def array(self) -> NDArray[np.int8]:
        """All of it as the bytes of JSON, for a checkpoint."""
        return np.frombuffer(json.dumps([astuple(one) for one in self]).encode(), np.int8)

    def load(self, arrays: Mapping[str, NDArray]) -> None:
        """Take over a checkpoint's array, if it has one. Raises `ValueError` if it is none."""
        if "remarks" not in arrays:
            return
        try:
            rows = json.loads(arrays["remarks"].tobytes())
        except (ValueError, RecursionError):
            raise ValueError("remarks are no JSON") from None
        self._take(map(_remark, rows if isinstance(rows, list) else [rows]))

    def _take(self, known: Iterable[Remark]) -> None:
        for one in known:
            self._known[one.series, one.layer, FIGURES.sub("#", one.line)] = one


def _remark(row: object) -> Remark:
    """The remark in a row of JSON. Raises `ValueError` where there is none."""
    match row:
        case [str(series), str(layer), str(line), int(frames), int(first), int(last)] if (
            max(map(abs, (frames, first, last))) < MOST
        ):
            for text in (series, layer, line):
                text.encode()  # half a character is none, and cannot be written
            return Remark(series, layer, line, frames, first, last)
    raise ValueError(f"remarks hold {value(row)}")
