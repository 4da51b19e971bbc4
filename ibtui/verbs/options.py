"""Arguments and options that several verbs take."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ibtui.verbs import completion

Runs = Annotated[Path, typer.Option("--runs", envvar="IBTUI_RUNS", help="Folder of the runs.")]
RUNS = Path("runs")
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder of the data files (else IBTUI_DATA, the cache)."),
]
Trust = Annotated[
    bool, typer.Option("--trust", help="Load the code (module:Class) that the file names.")
]
RunWord = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="A run's folder, or its name.", autocompletion=completion.runs
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def print_json(values: Any) -> None:
    """Print plain values; NaN among them is a bug, since JSON has no NaN."""
    print(json.dumps(values, indent=2, allow_nan=False))
