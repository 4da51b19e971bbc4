"""The data sets: one file a family, one entry here; others are plug-ins. It loads no torch."""

from pathlib import Path
from typing import Annotated, NamedTuple, get_args

from pydantic import Field

from ibtui.data.absent import Absent
from ibtui.data.binary import Majority, Szt
from ibtui.data.cifar import Cifar10
from ibtui.data.dataset import Dataset, Source
from ibtui.data.gaussian import Gaussian
from ibtui.data.idx import FashionMnist, Mnist
from ibtui.data.iris import Iris
from ibtui.data.own import Npz
from ibtui.data.table import Csv
from ibtui.data.wireless import Wireless
from ibtui.errors import DataError
from ibtui.plugins import Plugins, is_foreign, name_of, reason

Family = Szt | Majority | Gaussian | Iris | Wireless | Mnist | FashionMnist | Cifar10 | Npz | Csv
SOURCES: dict[str, type[Source]] = {name_of(source): source for source in get_args(Family)}
PLUGINS: Plugins[Source] = Plugins("ibtui.data", Source, Absent, SOURCES.values())
Sources = Annotated[Family, Field(discriminator="name"), PLUGINS]


class DataRow(NamedTuple):
    """One data set in the table of `ibtui data list`; None where its file decides."""

    name: str
    samples: int | None
    inputs: int | None
    labels: int | None
    about: str
    citation: str
    where: str


def describe(folder: Path | None = None) -> list[DataRow]:
    """Every data set, with where its files are or how to get them. Loads none.

    Raises `DataError` where the folder asked for does not exist.
    """
    return [_row(name_of(source), source, folder) for source in PLUGINS.kinds()]


def load(source: Source, folder: Path | None) -> Dataset:
    """`Source.load`; whatever a plug-in raises is a `DataError` that names it."""
    if not is_foreign(type(source)):
        return source.load(folder)
    try:
        made = source.load(folder)
        if not isinstance(made, Dataset):
            raise TypeError(f"load gives {type(made).__name__}, no ibtui.data.Dataset")
    except Exception as error:
        said = str(error) if isinstance(error, DataError) else reason(error)
        raise DataError(f"{source.name}: the plug-in failed: {said}") from None
    return made


def _row(name: str, source: type[Source], folder: Path | None) -> DataRow:
    if not is_foreign(source):
        return DataRow(name, *source.size, source.about, source.citation, source.where(folder))
    try:
        samples, inputs, labels = source.size
        where = f"{source.where(folder)} ({PLUGINS.owner(source)})"
        return DataRow(name, samples, inputs, labels, source.about, source.citation, where)
    except Exception as error:
        return DataRow(name, None, None, None, f"the plug-in failed: {reason(error)}", "", "")


__all__ = [
    "PLUGINS",
    "SOURCES",
    "DataRow",
    "Dataset",
    "Source",
    "Sources",
    "Szt",
    "describe",
    "load",
]
