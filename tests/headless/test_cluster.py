"""Batches on a Ray cluster of two nodes on this machine, of which one is lost."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ibtui import store
from ibtui.errors import RunError, UsageError
from ibtui.headless import cluster
from ibtui.headless.batch import BatchSettings
from ibtui.headless.cluster import RaySettings, run_on_ray
from ibtui.headless.task import FILES, Order, make_run
from ibtui.profile import load_profiles
from ibtui.recording import Recorder
from tests.headless import swarm
from tests.headless.ray_engine import deadly, quick
from tests.store.scripted_runs import assert_same

ray = pytest.importorskip("ray")
SWEEP = """
name = "walk"
title = "{notes}"
replicates = 3
training.epochs = 23
measure.every = 5
[sweep]
quantization.bits = [2, 4, 8]
seed = [1000, 2000, 3000]
"""
# Ray leaves sockets to the garbage collector, and speaks of its own future.
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.xdist_group("ray"),
]


@pytest.fixture(scope="module")
def nodes():
    from ray.cluster_utils import Cluster

    small = {"num_cpus": 1, "object_store_memory": 80 << 20}
    lost = (
        f"{server}_rpc_server_reconnect_timeout_{which}_s"
        for server in ("core_worker", "raylet")
        for which in ("base", "max")
    )
    soon = {**dict.fromkeys(lost, 1), "health_check_period_ms": 200}
    head = {**small, "include_dashboard": False, "_system_config": soon}
    found = Cluster(initialize_head=True, head_node_args=head)
    found.add_node(**small)
    yield found
    found.shutdown()


@pytest.fixture
def sweep(tmp_path, nodes):
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "head").write_text(nodes.head_node.node_id)
    path = tmp_path / "walk.toml"
    path.write_text(SWEEP.format(notes=notes))
    return path


def each_once_and_whole(sweep: Path, runs: Path) -> None:
    entries = store.list_runs(runs)
    made = {run.profile.name: run for run in (store.load(entry.folder) for entry in entries)}
    profiles = load_profiles(sweep)
    assert len(entries) == len(made) == len(profiles)
    for profile in profiles:
        run = made[profile.name]
        assert run.status == "finished"
        assert {path.name for path in run.folder.iterdir()} - {"lock"} == {*FILES}
        quiet = Recorder(run.recording.header)
        for frame in swarm.slow(profile, None, None).frames():
            quiet.add(frame)
        assert_same(run.recording, quiet.snapshot())


@pytest.mark.parametrize("fetch", [True, False])
def test_a_worker_and_a_node_are_lost_and_every_run_is_made_once(sweep, nodes, fetch, capfd):
    runs = sweep.parent / "runs"
    if fetch:
        (sweep.parent / "notes" / "node").touch()  # it is lost in the other case
    how = RaySettings(nodes.address, fetch=fetch, engine=deadly)
    assert run_on_ray([str(sweep)], BatchSettings(runs, quiet=True), how) == 0
    assert {note.name for note in (sweep.parent / "notes").iterdir()} == {"head", "node", "worker"}
    each_once_and_whole(sweep, runs)
    out, err = capfd.readouterr()
    assert out.count(f"{runs}/walk-") == 9
    assert "3 runs differ by their seed alone: one run of replicates = 9" in err
    again = RaySettings(nodes.address, fetch=fetch, engine=deadly)
    assert run_on_ray([str(sweep)], BatchSettings(runs, quiet=True), again) == 0
    assert len(store.list_runs(runs)) == 9


def test_what_the_cluster_has_not_is_refused(sweep, nodes):
    settings = BatchSettings(sweep.parent / "runs")
    for more, told in (
        ({"gpus_per_run": 0.5}, "--gpus-per-run 0.5: no node of the cluster has more than 0 GPUs"),
        ({"cpus_per_run": 64.0}, "--cpus-per-run 64: no node of the cluster has more than 1 CPUs"),
    ):
        with pytest.raises(UsageError, match=told):
            run_on_ray([str(sweep)], settings, RaySettings(nodes.address, **more))


@pytest.fixture
def order(tmp_path):
    text = SWEEP.format(notes=tmp_path)
    return Order(text, "walk.toml", BatchSettings(tmp_path / "runs", quiet=True), 1, None, quick)


def test_a_worker_says_what_is_wrong_with_it(order, tmp_path, monkeypatch):
    monkeypatch.setattr("os.environ", {})
    apart = make_run(replace(order, mark=tmp_path / "elsewhere"), 0)
    assert (apart.fate, "does not see" in apart.told) == ("failed", True)
    other = make_run(replace(order, version="0.0"), 0)
    assert (other.fate, "(install the same)" in other.told) == ("failed", True)
    assert make_run(order, 3).fate == "finished"
    (run,) = store.list_runs(tmp_path / "runs")
    assert run.manifest
    assert run.manifest.profile["name"] == "walk-bits-4-seed-1000"


def test_each_usual_failure_is_one_line(monkeypatch):
    kinds, how = ray.exceptions, RaySettings("auto", retries=2)
    for error, told in (
        (kinds.OutOfMemoryError("x"), "ran out of memory after 2 retries"),
        (kinds.WorkerCrashedError(), "its worker died after 2 retries"),
        (ModuleNotFoundError("No module named 'ibtui'"), "a worker lacks a package"),
        (ValueError("first\nlast"), "ValueError: last"),
    ):
        line = cluster._reason(ray, error, how)
        assert told in line
        assert "\n" not in line
    for said, told in (
        ("Version mismatch: The cluster was started with\nRay: 2.1", "another version of Ray"),
        ("Could not find any running Ray instance", "no Ray cluster answers"),
        ("Invalid or missing authentication token", "wants another token"),
    ):
        line = cluster._no_connection(RuntimeError(said))
        assert told in line
        assert "\n" not in line
    for address in ("127.0.0.1:1", "127.0.0.1:99999"):
        with pytest.raises(RunError, match=f"--ray {address}: no Ray cluster answers"):
            cluster._connected(ray, RaySettings(address)).__enter__()
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match="pip install 'ibtui"):
        cluster._imported()
