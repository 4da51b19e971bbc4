"""What a recorder costs: a frame against `estimate` of the same arrays, and hooks on a ResNet-18.

python -m tests.benchmarks.recorder [--times 9] [--probes 2048]
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor, nn

from ibtui import Recorder
from ibtui.estimation import estimate

ESTIMATORS = ["exact", "binning-width", "knn"]
POOLED = ["layer1", "layer3", "layer4"]


class Block(nn.Module):
    """Two 3 x 3 convolutions and a way past them (He et al. 2016)."""

    def __init__(self, below: int, channels: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(below, channels, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)])
        past = nn.Conv2d(below, channels, 1, stride, bias=False)
        self.past = nn.Identity() if below == channels and stride == 1 else past

    def forward(self, x: Tensor) -> Tensor:
        inside = self.norms[0](self.first(x)).relu()
        return (self.norms[1](self.second(inside)) + self.past(x)).relu()


class ResNet18(nn.Module):
    """11 million weights, in the shape for images of 32 x 32 pixels."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64))
        widths = [64, 64, 128, 256, 512]
        for n in range(1, 5):
            below, channels, stride = widths[n - 1], widths[n], 1 if n == 1 else 2
            blocks = Block(below, channels, stride), Block(channels, channels, 1)
            setattr(self, f"layer{n}", nn.Sequential(*blocks))
        self.head = nn.Linear(512, classes)

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(x).relu()
        for n in range(1, 5):
            h = getattr(self, f"layer{n}")(h)
        return self.head(h.mean((2, 3)))


def frame_cost(folder: Path, times: int) -> None:
    """The processor's time of a frame against that of `estimate`, turn about."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2048, 20)).astype(np.float32), np.arange(2048) % 10
    layers = {
        f"T{n}": rng.normal(size=(2048, width)).astype(np.float32)
        for n, width in enumerate((64, 32, 10), start=1)
    }
    of_frame, of_estimate = [], []
    with Recorder(folder / "frames", x=x, y=y, estimators=ESTIMATORS) as record:
        record(0, activations=layers)
        for epoch in range(1, times + 1):
            began = time.process_time()
            record(epoch, activations=layers)
            between = time.process_time()
            estimate(layers, y, ESTIMATORS, inputs=x)
            of_frame.append(between - began)
            of_estimate.append(time.process_time() - between)
    ratio = median(of_frame) / median(of_estimate)
    print(f"a frame takes {median(of_frame) * 1e3:.0f} ms of a core, {ratio:.2f} x estimate")


def hooks_memory(folder: Path, probes: int) -> None:
    """The memory that a frame of a hooked ResNet-18 adds to the model's and the images'."""
    torch.manual_seed(0)
    model, x, y = ResNet18(), torch.randn(probes, 3, 32, 32), np.arange(probes) % 10
    model(x[:2])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with Recorder(folder / "hooks", model, POOLED, x=x, y=y, pool="channel-mean") as record:
        record(0)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20
    count = sum(parameter.numel() for parameter in model.parameters())
    print(
        f"hooks on {len(POOLED)} layers of a ResNet-18 ({count / 1e6:.1f} million weights), "
        f"{probes} probes: {grown:.2f} GiB more, {time.process_time() - began:.0f} s of a core"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--probes", type=int, default=2048)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        hooks_memory(Path(folder), asked.probes)
        frame_cost(Path(folder), asked.times)


if __name__ == "__main__":
    main()
