"""Runs as plain values, for JSON: what cannot be told is None, since JSON knows no NaN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ibtui.analysis.disagreement import LayerDisagreement, disagreements
from ibtui.analysis.interval import Interval
from ibtui.analysis.reasons import reasons
from ibtui.analysis.rule import Rule
from ibtui.analysis.summary import Milestones, Spread, milestones, newest, quantities
from ibtui.analysis.verdict import Verdict, verdicts
from ibtui.analysis.violations import above_entropy, dpi_violations, saturated
from ibtui.analysis.wording import verdict_line
from ibtui.profile.capacity import capacities_bits
from ibtui.report.sampling import sampling_lines
from ibtui.store import Entry, Run
from ibtui.text import json_number

QUALITY = ("train_loss_nats", "test_loss_nats", "train_accuracy", "test_accuracy")


def entry_values(entry: Entry) -> dict[str, Any]:
    """A run of the list as plain values."""
    about = entry.manifest
    values: dict[str, Any] = {
        "folder": str(entry.folder),
        "status": entry.status,
        "error": entry.error,
        "created": entry.created.isoformat(),
    }
    if about is None:
        return values
    results = about.results
    return values | {
        "error": about.error,
        "profile": about.profile.get("name", ""),
        "title": about.profile.get("title", ""),
        "epoch": about.epoch,
        "epochs": about.planned.last,
        "frames": about.frames,
        "thinned_from": about.thinned_from,
        "replicates": about.header.replicates,
        "series": about.header.series,
        "seconds": about.seconds,
        "train_accuracy": json_number(results.train_accuracy) if results else None,
        "test_accuracy": json_number(results.test_accuracy) if results else None,
    }


def run_values(run: Run, rule: Rule | None = None) -> dict[str, Any]:
    """A run as plain values: what `ibtui show` prints, and more."""
    rule = rule or Rule()
    about, recording = run.manifest, run.recording
    header = recording.header
    said = [
        verdicts(recording, k, rule, planned=about.planned.last) for k in range(len(header.series))
    ]
    return {
        **entry_values(Entry(run.folder, run.status, about.created, about)),
        "finished": about.finished.isoformat() if about.finished else None,
        "device": about.device,
        "threads": about.threads,
        "versions": about.versions,
        "overrides": about.overrides,
        "samples": header.samples,
        "input_bits": header.input_bits,
        "label_bits": header.label_bits,
        "shared_bits": header.shared_bits,
        "quality": {name: _spread_values(newest(recording, name)) for name in QUALITY},
        "restarts": [asdict(restart) for restart in about.restarts],
        "diverged": [{"replicate": r, "epoch": e} for r, e in sorted(about.diverged.items())],
        "remarks": [asdict(remark) for remark in about.remarks],
        "disagreement": disagreement_values(run, rule, said),
        "sampling": list(sampling_lines(run.profile, recording)),
        "rule": asdict(rule),
        "information": [
            _series_values(run, k, series, said[k]) for k, series in enumerate(header.series)
        ],
    }


def disagreement_values(
    run: Run, rule: Rule | None = None, known: Sequence[list[Verdict]] = ()
) -> list[dict[str, Any]]:
    """How far each series is from the exact count; [] for a run without an exact count.

    `known` are the verdicts of every series by this rule, where they have been made already.
    Nulls are left out. Where either verdict is undecided the two neither agree nor differ (None).
    """
    if "exact" not in run.recording.header.series:
        return []
    planned = run.manifest.planned.last
    of_run = disagreements(
        run.recording, rule=rule, nulls=run.profile.nulls, planned=planned, known=known
    )
    return [
        {
            "series": found.series,
            "frames": found.frames,
            "layers": [{"layer": one.layer, **_disagreement_at(one)} for one in found.layers],
        }
        for found in of_run
    ]


def _disagreement_at(one: LayerDisagreement) -> dict[str, Any]:
    said, truth = one.said.phases, one.truth.phases
    bits = {
        "error_xt": one.error_xt,
        "error_ty": one.error_ty,
        "rise": said.rise,
        "true_rise": truth.rise,
        "fall": said.fall,
        "true_fall": truth.fall,
    }
    values: dict[str, Any] = {}
    for name, interval in bits.items():
        values[f"{name}_bits"] = json_number(interval.value)
        values[f"{name}_low"] = json_number(interval.low)
        values[f"{name}_high"] = json_number(interval.high)
    return values | {
        "agrees_on_fitting": one.agrees_on_fitting,
        "agrees_on_compression": one.agrees_on_compression,
        "reason": one.reason,
    }


def verdict_values(verdict: Verdict) -> dict[str, Any]:
    """A verdict as plain values; None where it says neither yes nor no (or is of one frame)."""
    found = verdict.phases
    return {
        "fits": verdict.fits,
        "compresses": verdict.compresses,
        "forgets": verdict.forgets,
        "lasts": verdict.lasts,
        "fitting_bits": _interval_values(found.rise),
        "fitting_share": _interval_values(found.rise_share),
        "fitted_epoch": _interval_values(found.fitted),
        "compression_bits": _interval_values(found.fall),
        "lasting_bits": _interval_values(found.lasting),
        "forgotten_bits": _interval_values(found.forgotten),
        "turn_epoch": _interval_values(found.peak),
        "trough_epoch": _interval_values(found.trough),
        "replicates_that_fall": found.fell,
        "epoch": verdict.epoch,
        "planned_epoch": verdict.planned,
        "saturated_share": verdict.saturated,
        "above_hx_share": verdict.above_hx,
        "above_hy_share": verdict.above_hy,
        "dpi_violated_share": verdict.breaks_dpi,
        "frames": verdict.frames,
        "replicates": verdict.used,
        "line": verdict_line(verdict),
    }


def _interval_values(interval: Interval) -> dict[str, float | None]:
    return {name: json_number(bits) for name, bits in asdict(interval).items()}


def _series_values(run: Run, series: int, name: str, said: list[Verdict]) -> dict[str, Any]:
    recording, header = run.recording, run.recording.header
    stones = {
        name: milestones(recording.epoch, getattr(recording, name)[:, series])
        for name in quantities(recording, series)
    }
    capacities = capacities_bits(run.profile, header.units)
    full = saturated(recording, series)
    above = above_entropy(recording, series)
    broken = dpi_violations(recording, series)
    told = run.manifest.said_of(name)
    return {
        "series": name,
        "layers": [
            {
                "layer": layer,
                "units": header.units[n],
                "capacity_bits": json_number(capacities[n]),
                **{q: _milestone_values(stone, n) for q, stone in stones.items()},
                "saturated": int(full[:, :, n].sum()),
                "above_hx": int(above.i_xt[:, :, n].sum()),
                "above_hy": int(above.i_ty[:, :, n].sum()),
                "verdict": verdict_values(said[n]),
                "reasons": reasons(recording, series, n, told.get(layer, ())),
            }
            for n, layer in enumerate(header.layers)
        ],
        "dpi_violations": broken.sum(axis=(0, 1)).tolist(),
    }


def _milestone_values(stones: Milestones, n: int) -> dict[str, Any]:
    parts = {
        "first": (stones.first, stones.first_epoch),
        "maximum": (stones.greatest, stones.greatest_epoch),
        "last": (stones.last, stones.last_epoch),
    }
    return {
        name: {"epoch": int(epoch[n]), **_spread_values(stone.at_layer(n))}
        for name, (stone, epoch) in parts.items()
    }


def _spread_values(stone: Spread) -> dict[str, Any]:
    return {
        "mean": json_number(float(stone.mean)),
        "deviation": json_number(float(stone.deviation)),
        "low": json_number(float(stone.low)),
        "high": json_number(float(stone.high)),
        "replicates": int(stone.used),
    }
