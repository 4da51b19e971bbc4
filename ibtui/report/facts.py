"""Runs as plain values, for JSON: what cannot be told is None, since JSON knows no NaN."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from ibtui.analysis.disagreement import Disagreement, disagreements
from ibtui.analysis.summary import (
    Milestones,
    Spread,
    above_entropy,
    dpi_violations,
    milestones,
    newest,
    quantities,
    saturated,
)
from ibtui.analysis.verdict import Interval, Rule, Verdict, verdicts
from ibtui.recording import Recording
from ibtui.store import Entry, Run

QUALITY = ("train_loss_nats", "test_loss_nats", "train_accuracy", "test_accuracy")
DISAGREEMENT = (
    *("error_xt_bits", "error_ty_bits", "rise_bits", "true_rise_bits"),
    *("fall_bits", "true_fall_bits"),
)


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
        "train_accuracy": _finite(results.train_accuracy) if results else None,
        "test_accuracy": _finite(results.test_accuracy) if results else None,
    }


def run_values(run: Run, rule: Rule | None = None) -> dict[str, Any]:
    """A run as plain values: what `ibtui show` prints, and more."""
    rule = rule or Rule()
    about, recording = run.manifest, run.recording
    header = recording.header
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
        "quality": {name: _spread_values(newest(recording, name)) for name in QUALITY},
        "restarts": [asdict(restart) for restart in about.restarts],
        "diverged": [{"replicate": r, "epoch": e} for r, e in sorted(about.diverged.items())],
        "disagreement": disagreement_values(run, rule),
        "rule": asdict(rule),
        "information": [
            _series_values(recording, k, series, rule) for k, series in enumerate(header.series)
        ],
    }


def disagreement_values(run: Run, rule: Rule | None = None) -> list[dict[str, Any]]:
    """How far each series is from the exact count; [] of a run that has none.

    Nulls are left out. A layer that the two never measured together agrees neither nor differs.
    """
    rule = rule or Rule()
    header = run.recording.header
    if "exact" not in header.series:
        return []
    return [
        {
            "series": found.series,
            "frames": found.frames,
            "layers": [
                {"layer": layer, **_disagreement_at(found, n, rule)}
                for n, layer in enumerate(header.layers)
            ],
        }
        for found in disagreements(run.recording, nulls=run.profile.nulls)
    ]


def _disagreement_at(found: Disagreement, n: int, rule: Rule) -> dict[str, Any]:
    agrees = {
        "agrees_on_fitting": found.agrees_on_fitting(rule.fits_bits),
        "agrees_on_compression": found.agrees_on_compression(rule.compresses_bits),
    }
    return {
        **{name: _finite(float(getattr(found, name)[n])) for name in DISAGREEMENT},
        **{name: bool(flags[n]) if found.met[n] else None for name, flags in agrees.items()},
    }


def verdict_values(verdict: Verdict) -> dict[str, Any]:
    """A verdict as plain values; None where it says neither yes nor no (or is of one frame)."""
    return {
        "fits": verdict.fits,
        "compresses": verdict.compresses,
        "fitting_bits": _interval_values(verdict.fitting),
        "compression_bits": _interval_values(verdict.compression),
        "fitted_epoch": _interval_values(verdict.fitted),
        "turn_epoch": _interval_values(verdict.turn),
        "saturated_share": verdict.saturated,
        "above_hx_share": verdict.above_hx,
        "above_hy_share": verdict.above_hy,
        "dpi_violated_share": verdict.breaks_dpi,
        "frames": verdict.frames,
        "replicates": verdict.used,
        "line": verdict.line(),
    }


def _interval_values(interval: Interval) -> dict[str, float | None]:
    return {name: _finite(bits) for name, bits in asdict(interval).items()}


def _series_values(recording: Recording, series: int, name: str, rule: Rule) -> dict[str, Any]:
    header = recording.header
    stones = {
        name: milestones(recording.epoch, getattr(recording, name)[:, series])
        for name in quantities(recording, series)
    }
    full = saturated(recording, series)
    above = above_entropy(recording, series)
    broken = dpi_violations(recording, series)
    said = verdicts(recording, series, rule)
    return {
        "series": name,
        "layers": [
            {
                "layer": layer,
                "units": header.units[n],
                **{q: _milestone_values(stone, n) for q, stone in stones.items()},
                "saturated": int(full[:, :, n].sum()),
                "above_hx": int(above.i_xt[:, :, n].sum()),
                "above_hy": int(above.i_ty[:, :, n].sum()),
                "verdict": verdict_values(said[n]),
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
        "mean": _finite(float(stone.mean)),
        "deviation": _finite(float(stone.deviation)),
        "low": _finite(float(stone.low)),
        "high": _finite(float(stone.high)),
        "replicates": int(stone.used),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
