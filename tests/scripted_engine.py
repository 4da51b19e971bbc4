"""A stand-in for the engine: its interface and its promises, random walks instead of networks.

Like the engine it is deterministic, resumes bit for bit, restarts a replicate with a fresh seed
and lets it catch up, and marks a replicate that diverged. It can also fail, or call back, at an
epoch, which no network does on command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ibtui import store
from ibtui.profile import Profile
from ibtui.profile.schedule import kept_epochs
from ibtui.recording import Frame, Header, Remark, Restart
from ibtui.session import Engine

LAYERS = ("T1", "T2", "T3")


class ScriptedEnsemble:
    device = "cpu"
    backend = "torch"
    threads = 1
    found = ""
    compiled = False
    compiling = False
    compile_seconds = 0.0

    def __init__(
        self,
        profile: Profile,
        *,
        checkpoint: Mapping[str, NDArray] | None = None,
        restart: tuple[int, int] | None = None,  # replicate, epoch
        diverge: tuple[int, int] | None = None,
        at: Mapping[int, Callable[[], None]] = {},
    ) -> None:
        self.profile = profile
        self.warnings: list[str] = []
        self._restart, self._diverge, self._at = restart, diverge, at
        self._stopping = False
        self._last, self._every = profile.training.epochs, profile.measure.every
        self._kept = kept_epochs(profile)
        self.header = Header(
            series=profile.series,
            layers=LAYERS,
            units=(5, 4, 2),
            replicates=profile.replicates,
            samples=4096,
            input_bits=12.0,
            label_bits=0.999,
            histogram_bins=profile.measure.histograms or 0,
            histogram_replicates=profile.measure.histogram_replicates or 0,
            histogram_labels=2 if profile.measure.histograms_by else 0,
        )
        self.planned = np.array([e for e in range(self._last + 1) if self._is_measured(e)])
        self.seeds = [profile.seed + r for r in range(profile.replicates)]
        self.restarts: list[Restart] = []
        self.diverged: dict[int, int] = {}
        self.remarks: list[Remark] = []
        self.epoch, self._yielded = 0, -1
        self._walks = [_walk(seed) for seed in self.seeds]
        self._catching: tuple[int, int] | None = None  # replicate, next epoch
        if checkpoint is not None:
            self._restore(checkpoint)

    @property
    def finished(self) -> bool:
        return self.epoch == self._last and self._yielded == self._last

    def stop(self) -> None:
        self._stopping = True

    def frames(self) -> Iterator[Frame]:
        while True:
            if self._catching:
                yield from self._catch_up()
            if self._is_measured(self.epoch) and self._yielded < self.epoch:
                self._yielded = self.epoch
                yield self._frame(self.epoch, range(self.header.replicates), None)
            if self._stopping or self.epoch == self._last:
                return
            self.epoch += 1
            self._at.get(self.epoch, lambda: None)()
            for walk in self._walks:
                walk.step()
            if self._diverge and self._diverge[1] == self.epoch:
                self.diverged[self._diverge[0]] = self.epoch
            if self._restart and self._restart[1] == self.epoch:
                self._start_again(self._restart[0])

    def checkpoint(self) -> dict[str, NDArray]:
        return {
            "epoch": np.array([self.epoch, self._yielded]),
            "walks": np.array([(w.seed, w.position, w.state) for w in self._walks]),
            "restarts": np.array(
                [(r.replicate, r.epoch, r.seed) for r in self.restarts], np.int64
            ).reshape(-1, 3),
            "catching": np.array(self._catching or (), np.int64),
            "diverged": np.array(list(self.diverged.items()), np.int64).reshape(-1, 2),
        }

    def _restore(self, checkpoint: Mapping[str, NDArray]) -> None:
        self.epoch, self._yielded = checkpoint["epoch"].tolist()
        self._walks = [_Walk(*row) for row in checkpoint["walks"].tolist()]
        self.seeds = [walk.seed for walk in self._walks]
        self.restarts = [Restart(*row) for row in checkpoint["restarts"].tolist()]
        self.diverged = dict(checkpoint["diverged"].tolist())
        self._catching = tuple(checkpoint["catching"].tolist()) or None

    def _start_again(self, replicate: int) -> None:
        self.seeds[replicate] = max(self.seeds) + 1
        self.restarts.append(Restart(replicate, self.epoch, self.seeds[replicate]))
        self._catching = replicate, 0

    def _catch_up(self) -> Iterator[Frame]:
        assert self._catching is not None
        replicate, start = self._catching
        walk = self._walks[replicate] = _walk(self.seeds[replicate])
        for epoch in range(self.epoch):
            if self._is_measured(epoch) and epoch >= start:
                self._catching = replicate, epoch + 1
                yield self._frame(epoch, [replicate], (replicate,))
            walk.step()
        self._catching = None

    def _is_measured(self, epoch: int) -> bool:
        return epoch % self._every == 0 or epoch in self.profile.training.ends

    def _frame(self, epoch: int, columns, replicates: tuple[int, ...] | None) -> Frame:
        x = np.array([self._walks[r].position % 7919 / 7919 for r in columns], np.float64)
        for at, r in enumerate(columns):
            if epoch >= self.diverged.get(r, self._last + 1):
                x[at] = np.nan
        series = np.arange(len(self.header.series))[:, None, None]
        of_scott = np.array([name == "scott" for name in self.header.series])[:, None, None]
        layer = np.arange(len(LAYERS))
        per_layer = x[:, None] / (1 + layer)
        return Frame(
            epoch=epoch,
            i_xt_bits=12 - per_layer - series,
            i_ty_bits=per_layer / (1 + series),
            train_loss_nats=0.7 - x / 2,
            test_loss_nats=0.8 - x / 2,
            train_accuracy=0.5 + x / 2,
            test_accuracy=0.4 + x / 2,
            activation_min=-per_layer,
            activation_max=per_layer,
            output_loss_bits=np.where(series > 0, per_layer / 3, np.nan),
            cells=np.where(of_scott, np.round(9 * per_layer) + 2, np.nan),
            weight_mean=per_layer / 4,
            weight_deviation=per_layer / 5,
            bias_mean=-per_layer / 6,
            bias_deviation=per_layer / 7,
            histograms=self._histograms(columns, per_layer),
            unit_histograms=self._unit_histograms(columns, per_layer),
            seconds=0.25 * epoch,
            replicates=replicates,
            weights=_weights(per_layer) if epoch in self._kept else None,
        )

    def _histograms(self, columns, per_layer) -> NDArray[np.uint32]:
        """100 activations in the first bin, others as many as the walk has gone."""
        few = [at for at, r in enumerate(columns) if r < self.header.histogram_replicates]
        bins = np.arange(self.header.histogram_bins)
        walked = np.nan_to_num(per_layer[few, :, None]) * 100 * bins
        return np.where(bins == 0, 100, walked).astype(np.uint32)

    def _unit_histograms(self, columns, per_layer) -> NDArray[np.uint32]:
        """The layer's, shifted by a bin from unit to unit; of label 1 the other way round."""
        of_layers = self._histograms(columns, per_layer)
        if not self.header.histogram_labels:
            return np.zeros((len(of_layers), 0, 0, of_layers.shape[2]), np.uint32)
        units = [
            np.roll(of_layers[:, layer], unit, axis=1)
            for layer, width in enumerate(self.header.units)
            for unit in range(width)
        ]
        return np.stack([np.stack([one, one[:, ::-1]], 1) for one in units], axis=1)


def engine(**script: Any) -> Engine:
    """An engine that gives scripted ensembles."""

    def build(
        profile: Profile, data_dir: Path | None, checkpoint: Mapping[str, NDArray] | None
    ) -> ScriptedEnsemble:
        return ScriptedEnsemble(profile, checkpoint=checkpoint, **script)

    return build


def saved_run(runs: Path, profile: Profile, name: str | None = None, **script) -> store.Run:
    """A scripted run of `profile`, saved whole under `runs`, called `name` if one is given."""
    ensemble = ScriptedEnsemble(profile, **script)
    folder = store.create(runs, profile, ensemble)
    list(store.record(ensemble, folder))
    return store.load(store.rename(folder, name) if name else folder)


def _weights(per_layer: NDArray) -> dict[str, NDArray[np.float32]]:
    """Weights of one layer that the walks determine, and ranges of all."""
    x = per_layer.astype(np.float32)
    matrix = x[:, :1, None] * np.arange(1, 7, dtype=np.float32).reshape(2, 3)
    return {"T1_weights": matrix, "T1_biases": x[:, :1], "range_min": -x, "range_max": x}


@dataclass
class _Walk:
    seed: int
    position: int
    state: int

    def step(self) -> None:
        self.state = (self.state * 6364136223846793 + 1442695040888963407) % 2**62
        self.position += self.state >> 40


def _walk(seed: int) -> _Walk:
    return _Walk(seed, position=seed * 1009, state=seed)
