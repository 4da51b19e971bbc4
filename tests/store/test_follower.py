"""Following a run that another process writes."""

import time

from ibtui import store
from ibtui.store import lock, manifest
from tests.store.scripted_runs import assert_same, finished, interrupted, new, reference, scripted


def test_a_follower_sees_new_frames_and_the_end(root):
    ensemble = scripted()
    folder = new(root, ensemble)
    recording = store.record(ensemble, folder)
    next(recording)
    follower = store.Follower(folder)
    assert follower.state() == "live"
    assert not follower.poll()
    next(recording)
    assert follower.poll()
    assert follower.run.recording.epoch.tolist() == [0, 5]
    assert follower.state() == "live"
    assert follower.state(now=time.time() + 29) == "live"
    assert follower.state(now=time.time() + 31) == "stalled"
    list(recording)
    assert follower.poll()
    assert follower.state() == "finished"
    assert_same(follower.run.recording, reference())
    assert not follower.poll()


def test_a_follower_waits_longer_for_frames_that_take_long(root):
    follower = store.Follower(finished(root))  # the longest gap between its frames is 1.25 s
    follower.run = store.Run(**{**vars(follower.run), "status": "running"})
    follower.run.recording.seconds[:] *= 80  # 100 s
    assert follower.state(now=time.time() + 490) == "live"
    assert follower.state(now=time.time() + 510) == "stalled"


def test_a_follower_notices_that_the_writer_was_killed(root):
    folder = interrupted(root)
    held = lock.writing(folder)
    held.__enter__()
    manifest.write(folder, manifest.read(folder).model_copy(update={"status": "running"}))
    follower = store.Follower(folder)
    assert follower.state() == "live"
    held.__exit__(None, None, None)
    assert follower.poll()
    assert follower.state() == "interrupted"
