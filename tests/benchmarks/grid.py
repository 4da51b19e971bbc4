"""Many processes on one sweep: none twice, none lost; and what a run costs those who share it out.

python -m tests.benchmarks.grid proof [SEED]    eight processes, 40 real runs, 60 random kills
python -m tests.benchmarks.grid ray [RUNS]      20,000 runs of one epoch by a stub, on Ray
python -m tests.benchmarks.grid many [RUNS]     100,000 runs counted, made, and passed over
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ibtui import store
from ibtui.headless.batch import BatchSettings, run_batch
from ibtui.headless.cluster import RaySettings, run_on_ray
from ibtui.profile import load_profiles
from ibtui.recording import Recorder
from ibtui.session import load_engine
from ibtui.session.session import Session
from tests.headless.ray_engine import quick
from tests.store.scripted_runs import ARRAYS

TINY = """
name = "tiny"
replicates = 2
training.epochs = 60
measure.every = 5
[sweep]
quantization.bits = [2, 4, 8, 12]
seed = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
"""
STUB = """
name = "stub"
replicates = 1
training.epochs = 1
[sweep]
seed = {seeds}
training.batch_size = [64, 128]
"""


def proof(folder: Path, seed: int) -> None:
    sweep, runs = folder / "tiny.toml", folder / "runs"
    sweep.write_text(TINY)
    start = time.monotonic()
    words = [str(sweep), str(runs), "8", "60", str(seed), "one machine", "real"]
    swarm = [sys.executable, "-m", "tests.headless.swarm", *words]
    own = {**os.environ, "OMP_NUM_THREADS": "1"}
    code = subprocess.run(swarm, env=own, capture_output=True, check=False).returncode
    seconds = time.monotonic() - start
    entries = store.list_runs(runs)
    made = {run.profile.name: run for run in (store.load(entry.folder) for entry in entries)}
    profiles = load_profiles(sweep)
    same = 0
    for profile in profiles:
        run = made[profile.name]
        quiet = Recorder(run.recording.header)
        for frame in load_engine(profile, None, None).frames():
            quiet.add(frame)
        alone = quiet.snapshot()
        for name in ARRAYS:
            if name != "seconds":  # the wall clock of all sessions
                left, right = getattr(run.recording, name), getattr(alone, name)
                np.testing.assert_array_equal(left, right, f"{profile.name}: {name}")
        same += run.status == "finished"
    told = f"{len(entries)} folders of {len(profiles)} runs, {same} finished and bit-identical"
    print(f"exit code {code}; {told}; {seconds:.0f} s")


def on_ray(folder: Path, count: int) -> None:
    from ray.cluster_utils import Cluster

    sweep, runs = folder / "stub.toml", folder / "runs"
    sweep.write_text(STUB.format(seeds=[*range(count // 2)]))
    head = {"num_cpus": 2, "include_dashboard": False, "object_store_memory": 80 << 20}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        before, cpu = memory_mib(), time.process_time()
        start = time.monotonic()
        how = RaySettings(cluster.address, engine=quick)
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            code = run_on_ray([str(sweep)], BatchSettings(runs, quiet=True), how)
        seconds, cpu = time.monotonic() - start, time.process_time() - cpu
    finally:
        cluster.shutdown()
    made = sum(name.startswith("stub") for name in os.listdir(runs))
    each = f"{1e3 * seconds / made:.1f} ms a run ({1e3 * cpu / made:.1f} of the head's processor)"
    print(f"exit code {code}; {made:,} of {count:,} runs; {each}; {seconds:.0f} s")
    print(f"memory of the head: {before:.0f} MiB before, {memory_mib():.0f} MiB at most")


def many(folder: Path, count: int) -> None:
    sweep, runs = folder / "stub.toml", folder / "runs"
    sweep.write_text(STUB.format(seeds=[*range(count // 2)]))
    before = memory_mib()
    profiles, seconds = timed(lambda: load_profiles(sweep))
    print(f"{len(profiles):,} runs counted and checked in {seconds:.2f} s")
    _, seconds = timed(lambda: [sum(profile.seed for profile in profiles)])
    print(f"all made, one by one, in {seconds:.1f} s; {memory_mib() - before:.0f} MiB more at most")
    begin = Session.__init__

    def by_stub(self, profile, begin_run, data_dir, engine, folder=None):
        begin(self, profile, begin_run, data_dir, quick, folder)

    Session.__init__ = by_stub  # pyright: ignore[reportAttributeAccessIssue]
    for part in (1000, 2000, 4000):
        sweep.write_text(STUB.format(seeds=[*range(part // 2)]))
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            batch = BatchSettings(runs, quiet=True, worker=True)
            cpu = time.process_time()
            run_batch([str(sweep)], None, batch)
            first, cpu = time.process_time() - cpu, time.process_time()
            run_batch([str(sweep)], None, batch)
            again = time.process_time() - cpu
        new = part // 2 if part > 1000 else part  # half of them was there before
        ms = f"{1e3 * (first - again * (part - new) / part) / new:.1f} ms a new run"
        print(f"{part:,} runs: {ms}, {1e3 * again / part:.1f} ms one that is done (processor time)")


def timed(work: Callable) -> tuple:
    start = time.monotonic()
    return work(), time.monotonic() - start


def memory_mib() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    what, *number = sys.argv[1:]
    run, default = {"proof": (proof, 7), "ray": (on_ray, 20_000), "many": (many, 100_000)}[what]
    with tempfile.TemporaryDirectory() as place:
        run(Path(place), int(number[0]) if number else default)
