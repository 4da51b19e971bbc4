"""The verb that measures the user's own activations."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ibtui.errors import UsageError, complain
from ibtui.verbs import completion
from ibtui.verbs.options import Json, print_json

if TYPE_CHECKING:
    from ibtui.data.activations import Axes


def estimate(
    activations: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.npz",
            help="An array a layer, (sample, unit) or (replicate, sample, unit); labels as y, Y, "
            "labels or targets; inputs as x, X or inputs for knn, edge, renyi, "
            "histogram2d, gaussian-copula, gaussian-mixture, kmeans:inputs=true.",
        ),
    ],
    estimator: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:KEY=VALUE,...]",
            help="For example binning:bins=100.",
            autocompletion=completion.estimators,
        ),
    ] = None,
    activation: Annotated[
        list[str] | None,
        typer.Option(metavar="[LAYER=]NAME", help="tanh, sigmoid, ...: binning's bounds."),
    ] = None,
    array: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A layer (default: all that fit).")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="An array to leave out.")
    ] = None,
    labels: Annotated[str | None, typer.Option(metavar="NAME", help="The labels' array.")] = None,
    inputs: Annotated[str | None, typer.Option(metavar="NAME", help="The inputs' array.")] = None,
    axes: Annotated[
        str | None,
        typer.Option(
            metavar="replicates|tokens",
            help="What the second axis of arrays (sample, ..., unit) is.",
        ),
    ] = None,
    many_labels: Annotated[
        bool, typer.Option("--many-labels", help="Take labels that look like measurements.")
    ] = False,
    memory_gib: Annotated[float, typer.Option(min=0.001, help="What measuring may take.")] = 1.0,
    as_json: Json = False,
) -> None:
    """Estimate I(X;T) and I(T;Y) of activations of your own (default: the exact count)."""
    from ibtui.data.activations import Reading, read_activations
    from ibtui.estimation import estimate_found, parse, rows

    chosen = [parse(spec) for spec in estimator or ["exact"]]
    reading = Reading(
        labels=labels,
        inputs=inputs,
        only=tuple(array or ()),
        skip=tuple(skip or ()),
        axes=_axes(axes),
        many_labels=many_labels,
    )
    functions = _activations(activation or [])
    found = read_activations(activations, reading)
    made = estimate_found(
        found,
        chosen,
        activation=functions,
        memory_bytes=int(memory_gib * 2**30),
    )
    if as_json:
        complain(f"{activations}: {found.found()}")
        print_json(rows(made))
    else:
        from ibtui.report.estimate import print_estimate
        from ibtui.report.screen import console, say

        say(console(), f"{activations}: {found.found()}")
        print_estimate(made)


def _axes(word: str | None) -> "Axes | None":
    match word:
        case None | "replicates" | "tokens":
            return word
    raise UsageError(f"--axes {word}: is not known (replicates or tokens)")


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
