"""Decoding failures on a simulated fading channel: inputs that do not determine the label."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ibtui.data.dataset import Dataset, Source
from ibtui.options import MOST_SAMPLES, Seed

# TDL-A of 3GPP TR 38.901, table 7.7.2-1: a tap's delay over the delay spread, its mean power in dB.
TAPS = np.array(
    [
        (0.0000, -13.4),
        (0.3819, 0.0),
        (0.4025, -2.2),
        (0.5868, -4.0),
        (0.4610, -6.0),
        (0.5375, -8.2),
        (0.6708, -9.9),
        (0.5750, -10.5),
        (0.7618, -7.5),
        (1.5375, -15.9),
        (1.8978, -6.6),
        (2.2242, -16.7),
        (2.1718, -12.4),
        (2.4942, -15.2),
        (2.5119, -10.8),
        (3.0582, -11.3),
        (4.0810, -12.7),
        (4.4579, -16.2),
        (4.5695, -18.3),
        (4.7966, -18.9),
        (5.0066, -16.6),
        (5.3043, -19.9),
        (9.6586, -29.7),
    ]
)
DELAY_SPREAD_SECONDS = 100e-9
SUBCARRIERS, SPACING_HZ = 256, 60e3
SHADOWING_DB, MEAN_SNR_DB = 4.0, 6.0
SOFTNESS_BITS = 0.15  # how gradually blocks begin to fail as the rate falls
CHUNK = 4096  # blocks simulated at once; also fixes the order of the random draws


class Blocks(NamedTuple):
    """N simulated blocks and what became of them."""

    log_magnitude: NDArray[np.float32]  # (N, 256)  ln|H_k|
    failure: NDArray[np.float64]  # (N,)  the probability that the block fails
    failed: NDArray[np.bool_]  # (N,)  whether it did


def simulate(blocks: int, seed: int) -> Blocks:
    """Send `blocks` blocks over a TDL-A channel with Rayleigh taps and log-normal shadowing.

    A block fails with the probability sigmoid((median C - C) / 0.15) where C is its mean rate in
    bits a symbol, mean over k of log2(1 + SNR |H_k|^2); so half of them fail.
    """
    rng = np.random.default_rng(seed)
    delay, power_db = TAPS.T
    power = 10 ** (power_db / 10)
    phase = np.outer(delay * DELAY_SPREAD_SECONDS, np.arange(SUBCARRIERS) * SPACING_HZ)
    # A tap is complex normal with its mean power; the powers add up to 1.
    response = np.sqrt(power / power.sum() / 2)[:, np.newaxis] * np.exp(-2j * np.pi * phase)
    response = response.astype(np.complex64)
    snr = np.float32(10 ** (MEAN_SNR_DB / 10))
    log_magnitude = np.empty((blocks, SUBCARRIERS), np.float32)
    rate_bits = np.empty(blocks)
    for start in range(0, blocks, CHUNK):
        rows = slice(start, min(start + CHUNK, blocks))
        count = rows.stop - start
        taps = rng.standard_normal((count, 2 * len(power)), np.float32).view(np.complex64)
        shadow = 10 ** (rng.normal(0, SHADOWING_DB, (count, 1)) / 10)
        channel = taps @ response
        gain = (channel.real**2 + channel.imag**2) * shadow.astype(np.float32)
        np.multiply(np.log(gain), np.float32(0.5), out=log_magnitude[rows])
        rate_bits[rows] = np.log2(1 + snr * gain).mean(axis=1, dtype=np.float64)
    failure = 1 / (1 + np.exp((rate_bits - np.median(rate_bits)) / SOFTNESS_BITS))
    return Blocks(log_magnitude, failure, rng.random(blocks) < failure)


class Wireless(Source):
    """Does a block arrive? From ln|H| on 256 subcarriers; I(X;Y) is about 0.76 bit.

    The thesis's own simulator is not public; this one follows its description (chapter 4) with the
    channel of 3GPP TR 38.901, 60 kHz spacing, 100 ns delay spread, 4 dB shadowing, 6 dB mean SNR.
    """

    about: ClassVar[str] = "ln|H| on 256 subcarriers of a fading channel: does the block fail?"
    citation: ClassVar[str] = "thesis on the information bottleneck for DNNs, chapter 4"
    size: ClassVar[tuple[int, int, int]] = (65536, 256, 2)

    name: Literal["wireless"] = "wireless"
    samples: int = Field(
        default=65536,
        ge=2,
        le=MOST_SAMPLES,
        description="how many blocks, half of them failures",
    )
    seed: Seed = Field(default=0, description="seed of the simulation, the same for all replicates")

    def load(self, folder: Path | None) -> Dataset:
        # A tenth more than are needed, so that there are enough of both kinds to choose from.
        blocks = simulate(self.samples + self.samples // 10 + 64, self.seed)
        failures = self.samples // 2
        chosen = np.sort(
            np.concatenate(
                [
                    np.flatnonzero(blocks.failed)[:failures],
                    np.flatnonzero(~blocks.failed)[: self.samples - failures],
                ]
            )
        )
        labels = blocks.failed[chosen].astype(np.int64)
        return self.divided(blocks.log_magnitude[chosen], labels, ("received", "failed"))
