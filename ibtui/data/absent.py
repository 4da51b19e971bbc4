"""Absent: the data of a run whose code is a plug-in's, and not loaded for a look at the run."""

from __future__ import annotations

from pathlib import Path

from pydantic import ConfigDict

from ibtui.data.dataset import Dataset, Source
from ibtui.errors import DataError


class Absent(Source):
    """What a run says of data that some plug-in has, whatever their options are."""

    model_config = ConfigDict(extra="allow")

    name: str

    def load(self, folder: Path | None) -> Dataset:
        """They cannot be loaded here. Raises `DataError`."""
        raise DataError(f"{self.name}: is a plug-in's, which a look at a run does not load")
