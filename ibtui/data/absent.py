"""Absent: the data of a run whose code is a plug-in's, and not loaded for a look at the run."""

from __future__ import annotations

from pydantic import ConfigDict

from ibtui.data.dataset import Source


class Absent(Source):
    """What a run says of data that some plug-in has, whatever their options are."""

    model_config = ConfigDict(extra="allow")

    name: str
