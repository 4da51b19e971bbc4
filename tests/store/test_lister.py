"""The list of runs again and again: what is new, who writes, how long yet."""

import os

from ibtui import store
from tests.store.scripted_runs import finished, new, scripted


def by_name(lister):
    return {one.folder.name: one for one in lister.look()}


def test_a_run_that_is_written_tells_its_writer_its_speed_and_its_time_left(root):
    done, ensemble = finished(root), scripted()
    folder, lister = new(root, ensemble), store.Lister(root)
    frames = store.record(ensemble, folder)
    next(frames)
    one = by_name(lister)[folder.name]
    assert (one.row.status, one.worker) == ("running", f"process {os.getpid()}")
    assert one.epochs_per_second is one.seconds_left is None  # one look tells no speed
    at, manifest = one.row.epoch, folder / "run.toml"
    saved = manifest.stat().st_mtime
    for _ in range(2):
        next(frames)
    os.utime(manifest, (saved + 4, saved + 4))
    one = by_name(lister)[folder.name]
    gained = one.row.epoch - at
    assert gained > 0
    assert abs(one.epochs_per_second - gained / 4) < 0.01
    assert abs(one.seconds_left - (one.row.last - one.row.epoch) / (gained / 4)) < 0.5
    frames.close()
    one = by_name(lister)[folder.name]
    assert (one.row.status, one.worker, one.seconds_left) == ("interrupted", "", None)
    assert by_name(lister)[done.name].worker == ""


def test_a_manifest_is_read_once_while_it_stays_as_it_is(root, monkeypatch):
    folders, lister = [finished(root), finished(root)], store.Lister(root)
    before = lister.look()
    monkeypatch.setattr("ibtui.store.manifest.read", None)
    assert lister.look() == before
    store.delete(folders[0])
    assert [one.folder for one in lister.look()] == [folders[1]]


def test_runs_that_came_with_the_program_stand_last_and_read_only(root, tmp_path):
    own, shipped = finished(root), finished(tmp_path / "shipped")
    lister = store.Lister(root, [shipped])
    assert [(one.folder, one.read_only) for one in lister.look()] == [(own, False), (shipped, True)]
    [listed] = store.Lister(shipped.parent, [shipped]).look()  # as in a source tree
    assert (listed.folder, listed.read_only) == (shipped, True)
