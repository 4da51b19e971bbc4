"""Milliseconds per layer and replicate of every estimator, beside a straightforward implementation.

    python -m tests.benchmarks.estimators [--samples 4096 65536] [--units 2 10 338] [--only kde …]

The layer is tanh of a random map of all bit strings, quantized to 8 bits. `exact` counts the words
that the engine's own graph packs; every other estimator starts from float values. What would take
longer than `--limit` seconds, judged by the square of the number of samples, is left out ("-").
With `--threads 1` on the CPU the times are the processor's own, which a busy machine disturbs less;
they are the thread's: a process's clock was seen to jump by four milliseconds.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from math import log2

import numpy as np
import torch
from scipy.linalg import eigvalsh
from scipy.spatial.distance import cdist
from scipy.special import digamma, logsumexp, ndtri
from scipy.stats import rankdata
from sklearn.cluster import KMeans as Clustering
from sklearn.metrics import mutual_info_score
from sklearn.mixture import GaussianMixture as Mixture
from sklearn.neighbors import KDTree, NearestNeighbors
from threadpoolctl import threadpool_limits

from ibtui.engine.heap import keep_freed_memory
from ibtui.information import ESTIMATORS, Estimator, Layer
from ibtui.information.states import level_word_bits, pack

OPTIONS = {"kmeans": {"clusters": 10}}
PLAIN_KERNELS = 1 << 30  # bytes of a full matrix of pairs that the plain way may take


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--samples", type=int, nargs="+", default=[4096, 65536])
    arguments.add_argument("--units", type=int, nargs="+", default=[2, 10, 338])
    arguments.add_argument("--only", nargs="+")
    arguments.add_argument("--limit", type=float, default=60)
    arguments.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = arguments.parse_args()
    keep_freed_memory()  # as the engine does before it trains
    torch.set_num_threads(chosen.threads)
    device = torch.device(chosen.device)
    alone = device.type == "cpu" and chosen.threads == 1
    clock = time.thread_time if alone else time.perf_counter
    threadpool_limits(chosen.threads)  # of the libraries to compare with, too
    print(f"{device}, {torch.get_num_threads()} threads; ms per layer and replicate")
    print(f"{'estimator':>20} {'N':>6} {'U':>4} {'ibtui':>10} {'plain':>10} {'times':>7}")
    for kind in ESTIMATORS:
        estimator = kind.model_validate(OPTIONS.get(kind.model_fields["name"].default, {}))
        if chosen.only and estimator.name not in chosen.only:
            continue
        for units in chosen.units if estimator.name != "histogram2d" else [1]:
            slow = {}
            for samples in chosen.samples:
                layer, levels = make_layer(samples, units, estimator, device)
                own = partial(measure, estimator, layer)
                plain = partial(PLAIN[estimator.name], estimator, layer, levels)
                cells = []
                for name, work in (("ibtui", own), ("plain", plain)):
                    before, count = slow.get(name, (0.0, samples))
                    expected = before * (samples / count) ** 2
                    spent = seconds(work, clock) if expected < chosen.limit else None
                    if spent is not None:
                        spent /= len(layer.values) if name == "ibtui" else 1
                        slow[name] = spent, samples
                    cells.append(spent)
                print(row(estimator.series[0], samples, units, *cells), flush=True)


def row(name: str, samples: int, units: int, own: float | None, plain: float | None) -> str:
    times = f"{plain / own:7.1f}" if own and plain else f"{'-':>7}"
    shown = (f"{'-':>10}" if value is None else f"{1e3 * value:10.2f}" for value in (own, plain))
    return f"{name:>20} {samples:6} {units:4} {' '.join(shown)} {times}"


def seconds(work: Callable[[], object], clock: Callable[[], float]) -> float | None:
    """The best of some runs after a first one; one run alone if that takes long.

    None where there is not enough memory for it.
    """
    try:
        spent = [_once(work, clock)]
    except MemoryError:
        return None
    while len(spent) < 8 and sum(spent) < 2:
        spent.append(_once(work, clock))
    return min(spent[1:] or spent)


def _once(work: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return clock() - start


def measure(estimator: Estimator, layer: Layer) -> None:
    layer.__dict__.pop("extremes", None)  # they are part of what an estimator costs
    estimator.measure(layer)


def make_layer(
    samples: int, units: int, estimator: Estimator, device: torch.device
) -> tuple[Layer, np.ndarray]:
    """A layer of 64 replicates at 4096 samples, fewer if larger; of two for slow estimators."""
    cheap = "log" in estimator.cost and "N^2" not in estimator.cost
    replicates = max(1, 64 * 4096 // samples * 10 // max(units, 10)) if cheap else 2
    bits = samples.bit_length() - 1
    inputs = ((np.arange(samples)[:, None] >> np.arange(bits)) & 1) * 2.0 - 1
    if estimator.name == "histogram2d":
        inputs = inputs @ 2.0 ** np.arange(bits)[:, None]
    random = np.random.default_rng(0)
    weights = random.normal(size=(replicates, inputs.shape[1], units)) / bits**0.5
    levels = np.round(255 * (np.tanh(inputs @ weights) + 1) / 2).astype(np.int64)
    # The engine's memory order is (sample, unit, replicate).
    native = torch.from_numpy(levels).permute(1, 2, 0).contiguous().permute(2, 0, 1)
    values = (native / 127.5 - 1).float().to(device)
    layer = Layer(
        values=values,
        words=pack(native.to(device), 8),
        word_bits=level_word_bits(units, 8),
        labels=torch.from_numpy((inputs.sum(1) > 0).astype(np.int64)).to(device),
        classes=2,
        inputs=torch.from_numpy(inputs.astype(np.float32)).to(device),
        activation="tanh",
        running_min=values.amin((1, 2)),
        running_max=values.amax((1, 2)),
    )
    return layer, levels[0]


def unique_rows(states: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """H(T) and I(T;Y) by `np.unique(axis=0)`."""

    def entropy(table: np.ndarray) -> float:
        share = np.unique(table, axis=0, return_counts=True)[1] / len(table)
        return float(-(share * np.log2(share)).sum())

    h_t = entropy(states)
    return h_t, h_t + entropy(labels[:, None]) - entropy(np.column_stack((states, labels)))


def _arrays(layer: Layer) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs, values of the first replicate, and labels."""
    values = np.ascontiguousarray(layer.values[0].cpu().numpy())
    return layer.inputs.cpu().numpy(), values, layer.labels.cpu().numpy()


def plain_exact(_: Estimator, layer: Layer, levels: np.ndarray) -> None:
    unique_rows(levels, _arrays(layer)[2])


def plain_bins(edges: Callable[[Estimator, np.ndarray], np.ndarray]):
    def run(estimator: Estimator, layer: Layer, _: np.ndarray) -> None:
        _, t, y = _arrays(layer)
        unique_rows(np.digitize(t, edges(estimator, t)), y)

    return run


def plain_kde(estimator, layer: Layer, _: np.ndarray) -> None:
    _, t, y = _arrays(layer)
    if 8 * len(t) ** 2 > PLAIN_KERNELS:
        raise MemoryError

    def entropy(points: np.ndarray, c: int) -> float:
        far = cdist(points, points, "sqeuclidean")
        return -logsumexp(-far / (c * estimator.variance), axis=1, b=1 / len(points)).mean()

    for c in (2, 8):
        entropy(t, c) - sum((y == label).mean() * entropy(t[y == label], c) for label in (0, 1))


def plain_kmeans(estimator, layer: Layer, _: np.ndarray) -> None:
    _, t, y = _arrays(layer)
    found = Clustering(estimator.clusters, n_init=1, random_state=0).fit(t.astype(float)).labels_
    mutual_info_score(found, y)


def plain_knn(estimator, layer: Layer, _: np.ndarray) -> None:
    """The way of scikit-learn's `mutual_info_regression` and `mutual_info_classif`."""
    x, t, y = _arrays(layer)
    k = estimator.neighbours

    def radius(points: np.ndarray) -> np.ndarray:
        nearest = NearestNeighbors(metric="chebyshev", n_neighbors=k).fit(points)
        return np.nextafter(nearest.kneighbors()[0][:, -1], 0)

    def within(points: np.ndarray, reach: np.ndarray) -> np.ndarray:
        return KDTree(points, metric="chebyshev").query_radius(points, reach, count_only=True)

    reach = radius(np.hstack((x, t)))
    np.mean(digamma(np.maximum(within(x, reach), 1)) + digamma(within(t, reach)))
    for label in (0, 1):
        reach[y == label] = radius(t[y == label])
    np.mean(digamma(np.maximum(within(t, reach), 1)))


def plain_edge(estimator, layer: Layer, _: np.ndarray) -> None:
    """Dictionaries of cells, as in the published code, twice an ensemble for X and for Y."""
    x, t, y = _arrays(layer)
    for other in (x, y[:, None]):
        for _ in range(2 * estimator.ensemble * estimator.seeds):
            one = [tuple(cell) for cell in np.floor(t[:, :8] / 0.5).tolist()]
            two = [tuple(cell) for cell in np.floor(other[:, :8] / 0.5).tolist()]
            n, m, both = Counter(one), Counter(two), Counter(zip(one, two, strict=True))
            sum(c * min(log2(c * len(t) / (n[i] * m[j])), 20) for (i, j), c in both.items())


def plain_renyi(estimator, layer: Layer, _: np.ndarray) -> None:
    x, t, y = (a[: estimator.samples] for a in _arrays(layer))

    def kernel(points: np.ndarray) -> np.ndarray:
        far = cdist(points, points)
        return np.exp(-(far**2) / (2 * np.sort(far)[:, 1:11].mean() ** 2))

    def entropy(matrix: np.ndarray) -> float:
        return np.log2((np.abs(eigvalsh(matrix / len(matrix))) ** 1.01).sum()) / -0.01

    k_x, k_t, k_y = kernel(x), kernel(t), (y[:, None] == y).astype(float)
    for matrix in (k_x, k_t, k_y, k_x * k_t, k_y * k_t):
        entropy(matrix)


def plain_units(_: Estimator, layer: Layer, levels: np.ndarray) -> None:
    y = _arrays(layer)[2]
    for unit in levels.T:
        for states in (unit, unit * 2 + y):
            np.unique(states, return_counts=True)


def plain_histogram(estimator, layer: Layer, _: np.ndarray) -> None:
    x, t, y = _arrays(layer)
    np.histogram2d(x[:, 0], t[:, 0], estimator.bins)
    np.histogram2d(t[:, 0], y, (estimator.bins, 2))


def plain_mixture(estimator, layer: Layer, _: np.ndarray) -> None:
    """One fit of X and T together, one a label, and their densities, as scikit-learn has them."""
    x, t, y = _arrays(layer)
    parts = [np.hstack([x, t]), *(t[y == label] for label in np.unique(y))]
    for part in parts:
        fitted = Mixture(estimator.components, reg_covar=estimator.noise).fit(part)
        fitted.score_samples(part)


def plain_copula(_: Estimator, layer: Layer, __: np.ndarray) -> None:
    x, t, y = _arrays(layer)
    scores = [ndtri(rankdata(points, axis=0) / (len(x) + 1)) for points in (x, t)]
    parts = [*scores, np.hstack(scores), *(scores[1][y == label] for label in (0, 1))]
    for points in parts:
        np.linalg.slogdet(np.atleast_2d(np.cov(points, rowvar=False)))


def _grid(estimator, t: np.ndarray) -> np.ndarray:
    return np.linspace(-1, 1, estimator.bins + 1)[1:-1]


def _rule(estimator, t: np.ndarray) -> np.ndarray:
    return np.histogram_bin_edges(t, estimator.name)[1:-1]


PLAIN = {
    "exact": plain_exact,
    "requantized": plain_bins(lambda _, t: np.linspace(t.min(), t.max(), 257)),
    "binning": plain_bins(_grid),
    "binning-width": plain_bins(lambda e, t: np.arange(t.min(), t.max(), e.width)),
    "scott": plain_bins(_rule),
    "sturges": plain_bins(_rule),
    "doane": plain_bins(_rule),
    "quantile": plain_bins(
        lambda e, t: np.quantile(np.unique(t[t != 0]), np.linspace(0, 1, e.bins))
    ),
    "kde": plain_kde,
    "kmeans": plain_kmeans,
    "knn": plain_knn,
    "edge": plain_edge,
    "renyi": plain_renyi,
    "neuron-mean": plain_units,
    "histogram2d": plain_histogram,
    "gaussian-copula": plain_copula,
    "gaussian-mixture": plain_mixture,
}


if __name__ == "__main__":
    main()
