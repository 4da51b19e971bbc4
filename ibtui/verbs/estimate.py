"""The verb that measures the user's own activations."""

from pathlib import Path
from typing import Annotated

import typer

from ibtui.errors import UsageError
from ibtui.verbs.options import Json, print_json


def estimate(
    activations: Annotated[
        Path,
        typer.Argument(
            metavar="ACTIVATIONS",
            help="An array a layer, (sample, unit) or (replicate, sample, unit); labels or y; "
            "inputs or x for knn, edge, renyi, gaussian-copula, histogram2d, kmeans:inputs=true.",
        ),
    ],
    estimator: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[:KEY=VALUE,...]", help="For example binning:bins=100."),
    ] = None,
    activation: Annotated[
        list[str] | None,
        typer.Option(metavar="[LAYER=]NAME", help="tanh, sigmoid, ...: binning's bounds."),
    ] = None,
    memory_gib: Annotated[float, typer.Option(min=0.001, help="What measuring may take.")] = 1.0,
    as_json: Json = False,
) -> None:
    """Estimate I(X;T) and I(T;Y) of activations of your own (default: the exact count)."""
    from ibtui.estimate import estimate_file, rows

    made = estimate_file(
        activations,
        estimator or ["exact"],
        activation=_activations(activation or []),
        memory_bytes=int(memory_gib * 2**30),
    )
    if as_json:
        print_json(rows(made))
    else:
        from ibtui.report.tables import print_estimate

        print_estimate(made)


def _activations(words: list[str]) -> str | dict[str, str]:
    """One name for all layers, or names by layer."""
    if len(words) == 1 and "=" not in words[0]:
        return words[0]
    named = {}
    for word in words:
        layer, equals, name = word.partition("=")
        if not equals:
            raise UsageError(f"--activation {word}: one name for all layers, or LAYER=NAME each")
        named[layer] = name
    return named
