"""Everything that a run has to say, for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import Console

from ibtui.analysis.disagreement import disagreements
from ibtui.analysis.rule import Rule
from ibtui.analysis.summary import newest
from ibtui.analysis.verdict import Verdict, verdicts
from ibtui.analysis.wording import verdict_line
from ibtui.errors import RunError
from ibtui.profile import Recorded
from ibtui.profile.capacity import capacities_bits
from ibtui.report.decomposition import are_terms, decomposed, decomposition_table
from ibtui.report.diagnosis import diagnosis_lines
from ibtui.report.disagreement import disagreement_table
from ibtui.report.layers import layers_table, mean_and_half, reason_lines
from ibtui.report.sampling import sampling_lines
from ibtui.report.screen import say
from ibtui.report.words import diverged, duration, number, started_again
from ibtui.store import Run
from ibtui.store.weights import weights_of


def print_run(run: Run, screen: Console, rule: Rule | None = None) -> None:
    """Everything there is to say of a run, for people; `rule` defines fitting and compression."""
    rule, planned = rule or Rule(), run.manifest.planned.last
    said = [
        verdicts(run.recording, k, rule, planned=planned)
        for k in range(len(run.recording.header.series))
    ]
    for line in run_lines(run):
        say(screen, line)
    terms = are_terms(run.profile)  # no estimates: they have a table of their own
    for series in sorted({*range(len(said))} - terms):
        _print_series(run, series, said[series], screen)
    series = run.recording.header.series
    if "exact" in series and len(run.recording):
        of_run = disagreements(
            run.recording, rule=rule, nulls=run.profile.nulls, planned=planned, known=said
        )
        for found in of_run:
            say(screen, "")
            screen.print(disagreement_table(found))
    for at in decomposed(run.profile) if len(run.recording) else ():
        say(screen, "")
        screen.print(decomposition_table(run.recording, at))
    for line in sampling_lines(run.profile, run.recording):
        say(screen, line)
    if run.recording.header.replicates > 1:
        say(screen, "")
        say(screen, "mean over the replicates \u00b1 half of its 95 % interval (Student's t)")
    if np.isfinite(run.recording.output_loss_bits).any():
        say(
            screen,
            "H(out|T): what the discretized layer leaves open of the network's output, which the "
            "layer itself determines; 0: the discretization is valid",
        )
    if np.isfinite(run.recording.cells).any():
        say(screen, "cells: the number of bins or clusters that an estimator chose by the layer")
    if len(run.recording):
        for line in rule.lines():
            say(screen, line)


def _print_series(run: Run, series: int, said: Sequence[Verdict], screen: Console) -> None:
    """A series in its layers, what they fit and compress, and what is odd about it."""
    name = run.recording.header.series[series]
    say(screen, "")
    screen.print(layers_table(run.recording, series))
    for line in reason_lines(run.recording, series, run.manifest.said_of(name)):
        say(screen, line)
    for verdict in said:
        say(screen, f"{verdict.layer}  {verdict_line(verdict)}")
    for line in (*diagnosis_lines(run.recording, series), *remark_lines(run, name)):
        say(screen, line)


def remark_lines(run: Run, series: str) -> Iterator[str]:
    """What the estimator of a series said beside its numbers; layers of one line together."""
    layers: dict[tuple[str, int, int, int], list[str]] = {}
    for one in run.manifest.remarks:
        if one.series == series:
            said = one.line, one.frames, one.first, one.last
            layers.setdefault(said, []).append(one.layer)
    for (line, frames, first, last), names in layers.items():
        when = f"epoch {first}" if frames == 1 else f"{frames} frames, epochs {first} to {last}"
        yield f"{', '.join(names)}: {line} ({when})"


def weights_lines(run: Run) -> Iterator[str]:
    """Of which frames the weights are kept, and how large they are, where there are some."""
    try:
        found = weights_of(run.folder)
    except RunError as error:
        yield f"weights: {error}"
        return
    if found is not None:
        epochs, size = found
        of = f"epoch {epochs[0]}" if len(epochs) == 1 else f"{len(epochs):,} frames"
        yield f"weights kept: of {of}, {size / 1e6:.1f} MB (ibtui measure takes them)"


def run_lines(run: Run) -> Iterator[str]:
    """What there is to say of a run above its tables, one line each."""
    about, header, profile = run.manifest, run.recording.header, run.profile
    yield f"{run.folder.name}  {profile.title}".rstrip()
    if profile.expect:
        yield f"expected: {profile.expect}"
    frames = f"{len(run.recording)} frames"
    if about.thinned_from:
        frames += f" (thinned, of {about.thinned_from:,})"
    yield (
        f"{run.status}, epoch {about.epoch} of {about.planned.last}, {frames}, "
        f"{header.replicates} replicates, {duration(about.seconds)} on {about.device}"
    )
    if about.gathered:
        yield f"gathered of {', '.join(about.gathered)}"
    if isinstance(profile, Recorded):
        yield f"recorded of {profile.model or 'given activations'}: {', '.join(header.layers)}"
    if about.error:
        yield f"failed: {about.error}"
    if about.overrides:
        yield f"changed: {', '.join(about.overrides)}"
    below = header.ceiling_name != "H(Y)"
    shared = f", {header.ceiling_name} = {header.ceiling_bits:.3f} bits" if below else ""
    yield (
        f"{profile.data.name}, {header.samples} samples: H(X) = {header.input_bits:.3f} bits, "
        f"H(Y) = {header.label_bits:.3f} bits{shared}"
    )
    capacities = capacities_bits(profile, header.units)
    if not all(map(math.isnan, capacities)):
        named = zip(header.layers, capacities, strict=True)
        words = ", ".join(f"{layer} {number(bits, 0)}" for layer, bits in named)
        yield f"capacity (log2 of the possible states, which H(T) cannot exceed): {words} bits"
    if not len(run.recording):
        yield "no frame has been recorded yet"
        return
    yield from weights_lines(run)
    for name, digits in (("accuracy", 3), ("loss_nats", 4)):
        train, test = (newest(run.recording, f"{part}_{name}") for part in ("train", "test"))
        cells = (mean_and_half(part, digits, header.replicates) for part in (train, test))
        yield "{}: train {}, test {}".format(name.replace("_", ", "), *cells)
    for restart in about.restarts:
        yield started_again(restart.replicate, restart.epoch, restart.seed)
    for column, epoch in sorted(about.diverged.items()):
        yield diverged(column, epoch)
