"""The backend of other people's networks: torch modules as they are, one replicate at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ibtui.data import Dataset
from ibtui.engine.batches import Batches
from ibtui.engine.device import choose_device
from ibtui.engine.measurements import Measurements
from ibtui.engine.memory import MemoryPlan
from ibtui.engine.meter import Meter, Occasion
from ibtui.engine.optimizer import update
from ibtui.engine.own.network import LOGITS, ModuleNetwork, naming
from ibtui.engine.own.state import ModuleState, Replica
from ibtui.engine.passed import LayerPass, OutputPass
from ibtui.engine.plan import Plan, PlannedLayer
from ibtui.engine.randomness import MODULE, torch_seed
from ibtui.engine.running import Running
from ibtui.information.said_of_given import notes_of_levels
from ibtui.information.states import pack_floats
from ibtui.modules.hooks import modules_of
from ibtui.profile import Profile
from ibtui.profile.learning_rate import learning_rate
from ibtui.recording import Singles

CORES = torch.get_num_threads()
SMALL = 1 << 16  # parameters up to which a second thread would only wait


class ModuleBackend:
    """Trains and measures modules with torch, see `backend.Backend`.

    A replicate's random numbers are torch's, seeded anew at every epoch by its seed and the epoch:
    its path depends on nothing beside it, and there is no generator to keep.
    """

    name = "torch"
    compiled = compiling = False
    compile_seconds = 0.0

    def __init__(
        self, profile: Profile, network: ModuleNetwork, datasets: Sequence[Dataset]
    ) -> None:
        self._profile, self._network, self._datasets = profile, network, datasets
        self.device = choose_device(profile.training.device)
        self._device = torch.device(self.device)
        self.warnings: list[str] = []
        planned = _planned(network)
        self.meter = Meter(profile, planned, datasets, self.device, network.names)
        self._batches = [
            Batches(profile, network, [one], self._device, first=number)
            for number, one in enumerate(datasets)
        ]
        self._at_once = MemoryPlan(
            planned,
            profile.estimator,
            rows=len(datasets[0].labels),
            replicates=profile.replicates,
            memory_bytes=round(profile.measure.memory_gib * 2**30),
        ).replicates_with_all_layers()
        self._first = None if self.meter.distinct_inputs else [_firsts(one) for one in datasets]
        self.threads = 1 if network.parameters <= SMALL else CORES
        torch.set_num_threads(self.threads)

    def fresh(self, seeds: Sequence[int]) -> ModuleState:
        """The state before the first step."""
        modules = (self._network.fresh(seed).to(self._device) for seed in seeds)
        return ModuleState([Replica.of(module) for module in modules])

    def train(
        self,
        state: ModuleState,
        epoch: int,
        seeds: Sequence[int],
        replicates: Sequence[int] | None = None,
        epochs: int = 1,
    ) -> None:
        """Train epochs of the replicates that are wanted."""
        wanted = range(len(seeds)) if replicates is None else replicates
        for after in range(epoch, epoch + epochs):
            for number in wanted:
                with naming(self._network.factory, f"trained (epoch {after + 1})"):
                    self._train_epoch(state.replicas[number], after, number, seeds[number])

    def _train_epoch(self, replica: Replica, epoch: int, number: int, seed: int) -> None:
        rate = learning_rate(self._profile.training, epoch)
        devices = [self._device] if self._device.type == "cuda" else []
        replica.module.train()
        trained = replica.trained
        with torch.random.fork_rng(devices), torch.enable_grad():
            torch.manual_seed(torch_seed(seed, MODULE, epoch))
            for rows, labels, share in self._of(self._batches, number).epoch(epoch, [seed]):
                size = int((share > 0).sum())  # what fills a batch up would count in its statistics
                x, y = self._network.inputs(rows[:size, :, 0]), labels[:size, 0]
                loss = F.cross_entropy(replica.module(x), y)
                found = torch.autograd.grad(loss, trained, allow_unused=True)
                parts = [
                    torch.zeros_like(one) if part is None else part
                    for one, part in zip(trained, found, strict=True)
                ]
                gradient = torch.cat([part.reshape(-1, 1) for part in parts])
                with torch.no_grad():
                    update(replica.moving, gradient, self._profile.training, rate)

    def measure(
        self,
        state: ModuleState,
        running: Running,
        occasion: Occasion,
        replicates: Sequence[int] | None = None,
    ) -> Measurements:
        """Measure the replicates that are wanted, as many at once as memory holds."""
        wanted = list(range(len(state.replicas)) if replicates is None else replicates)
        parts = [
            self._measured(state, wanted[start : start + self._at_once], running, occasion)
            for start in range(0, len(wanted), self._at_once)
        ]
        measured = Measurements.join(parts)
        return measured if replicates is None else replace(measured, notes=())

    def _measured(
        self, state: ModuleState, numbers: Sequence[int], running: Running, occasion: Occasion
    ) -> Measurements:
        with naming(self._network.factory, "was measured"):
            each = [self._taken(state.replicas[number].module, number) for number in numbers]
        layers = {name: torch.stack([one[name] for one in each], -1) for name in each[0]}
        logits = layers.pop(LOGITS)
        labels = [torch.from_numpy(self._of(self._datasets, number).labels) for number in numbers]
        modules = [state.replicas[number].module for number in numbers]
        measured = self.meter.measure(
            self._passes(layers, _scored(logits, torch.stack(labels, -1))),
            numbers,
            self._weights(modules),
            running,
            occasion,
        )
        if not occasion.last:
            return measured
        arrays = {name: values.permute(2, 0, 1).numpy() for name, values in layers.items()}
        notes = notes_of_levels(self._profile.estimator, arrays)
        return replace(measured, notes=(*measured.notes, *notes))

    def _taken(self, module: nn.Module, number: int) -> dict[str, Tensor]:
        """The layers and the logits, (sample, unit) float32 on the host; of equal inputs equal.

        Where a sample lies in a batch may round it otherwise; T is a function of X nevertheless.
        """
        x = self._network.inputs(self._of(self._datasets, number).inputs)
        taken = self._network.hooked((module,), x).take()
        first = None if self._first is None else self._of(self._first, number)
        return {
            name: (values if first is None else values[first]).float()
            for name, values in taken.items()
        }

    def _passes(self, layers: dict[str, Tensor], output: OutputPass) -> Iterator[LayerPass]:
        for name, values in layers.items():
            here = values.to(self._device)
            words = pack_floats(here.permute(2, 0, 1))
            scored = output if name == self._network.names[-1] else None
            yield LayerPass(here, words, here.amin((0, 1)), here.amax((0, 1)), scored)

    def _weights(self, modules: Sequence[nn.Module]) -> Singles:
        """As `layer_weights`: of layers whose modules have weights and biases of their own."""
        found = np.full((4, len(modules), len(self._network.names)), np.nan, np.float32)
        paths = self._network.paths
        for replicate, module in enumerate(modules):
            for layer, one in enumerate(modules_of(module, paths).values()):
                for at, name in ((0, "weight"), (2, "bias")):
                    own = getattr(one, name, None)
                    if isinstance(own, Tensor) and bool(own.isfinite().all()):
                        values = own.detach().cpu().numpy().astype(np.float64)
                        found[at : at + 2, replicate, layer] = values.mean(), values.std()
        return found

    def _of(self, each: Sequence, number: int):
        """What belongs to a replicate, of something that all share or that each has."""
        return each[number if len(self._datasets) > 1 else 0]


def _planned(network: ModuleNetwork) -> list[PlannedLayer]:
    """The layers as the meter knows them: their states are their values."""
    plan, last = Plan(None, None, "epoch", False), len(network.layers) - 1
    return [
        PlannedLayer(layer, plan, None, number == last, activation, "uniform")
        for number, (layer, activation) in enumerate(
            zip(network.layers, network.activations, strict=True)
        )
    ]


def _scored(logits: Tensor, labels: Tensor) -> OutputPass:
    """Loss and hits of every sample: `logits` (sample, label, replicate), `labels` without."""
    loss = F.cross_entropy(logits, labels, reduction="none")
    best = torch.from_numpy(logits.numpy().argmax(1))  # of equal ones the first
    return OutputPass(loss, best == labels)


def _firsts(dataset: Dataset) -> NDArray[np.int64]:
    """The first sample with the same inputs, for each sample."""
    _, first, back = np.unique(dataset.inputs, axis=0, return_index=True, return_inverse=True)
    return first[back.reshape(-1)]
