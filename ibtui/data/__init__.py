"""The data sets: one file a family, one entry here. Importing this loads no torch."""

from pathlib import Path
from typing import Annotated, NamedTuple, get_args

from pydantic import Field

from ibtui.data.binary import Majority, Szt
from ibtui.data.cifar import Cifar10
from ibtui.data.dataset import Dataset, Source
from ibtui.data.gaussian import Gaussian
from ibtui.data.idx import FashionMnist, Mnist
from ibtui.data.iris import Iris
from ibtui.data.own import Npz
from ibtui.data.table import Csv
from ibtui.data.wireless import Wireless

Family = Szt | Majority | Gaussian | Iris | Wireless | Mnist | FashionMnist | Cifar10 | Npz | Csv
Sources = Annotated[Family, Field(discriminator="name")]
SOURCES: dict[str, type[Source]] = {
    source.model_fields["name"].default: source for source in get_args(Family)
}


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
    return [
        DataRow(name, *source.size, source.about, source.citation, source.where(folder))
        for name, source in SOURCES.items()
    ]


__all__ = ["SOURCES", "DataRow", "Dataset", "Source", "Sources", "Szt", "describe"]
