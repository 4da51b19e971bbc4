"""Movies of the plane."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ibtui.figures.movie import chosen_frames
from tests.figures.scripted_runs import make

pytestmark = pytest.mark.usefixtures("here")
SMALL = ("--dpi", "40")
FFMPEG = """#!/bin/sh
for last; do :; done
cat > "$last"
"""


def test_frames_are_spaced_by_epochs_or_by_their_logarithm():
    epoch = np.arange(0, 1001, 10)
    assert chosen_frames(epoch, 5, "linear").tolist() == [0, 25, 50, 75, 100]
    log = chosen_frames(epoch, 20, "log")
    assert (log[0], log[-1]) == (0, 100)
    assert (np.diff(log)[:3] == 1).all()
    assert np.diff(log)[-1] > 20
    assert chosen_frames(epoch[:3], 50, "log").tolist() == [0, 1, 2]
    assert chosen_frames(epoch[:1], 5, "linear").tolist() == [0]
    assert chosen_frames(np.array([-8, -4, 0, 4]), 9, "log").tolist() == [0, 1, 2, 3]


def test_a_gif_has_a_picture_a_frame_and_holds_the_last(call):
    make()
    words = ("export", "walk", "--movie", "walk.gif", *SMALL, "--joined", "--unit", "nats")
    assert call(*words, "--movie-seconds", "1.4") == (0, "walk.gif\n", "")
    with Image.open("walk.gif") as image:
        assert (image.n_frames, image.size) == (7, (240, 160))
        first = np.asarray(image.convert("RGB")).astype(int)
        assert image.info["duration"] == 200
        image.seek(6)
        last = np.asarray(image.convert("RGB")).astype(int)
        assert image.info["duration"] == 1500
    moved = (np.abs(first - last).max(axis=2) > 40).mean()
    assert 0.001 < moved < 0.2  # points move, and the axes stay
    assert call("export", "walk", "--movie", "two.gif", *SMALL, "--movie-frames", "2")[0] == 0
    with Image.open("two.gif") as image:
        assert image.n_frames == 2


def test_ffmpeg_is_given_all_pictures(call, monkeypatch):
    make()
    folder = Path("bin")
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder.absolute()))
    code, _, err = call("export", "walk", "--movie", "walk.mp4", *SMALL)
    assert (code, err.count("\n")) == (2, 1)
    assert "needs ffmpeg" in err
    (folder / "ffmpeg").write_text(FFMPEG)
    (folder / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder.absolute()}:/bin:/usr/bin")
    assert call("export", "walk", "--movie", "walk.mp4", *SMALL)[0] == 0
    assert Path("walk.mp4").stat().st_size == 7 * 240 * 160 * 3
    (folder / "ffmpeg").write_text("#!/bin/sh\necho 'no such encoder' >&2\nexit 1\n")
    code, _, err = call("export", "walk", "--movie", "other.mp4", *SMALL)
    assert (code, "ffmpeg: no such encoder" in err) == (1, True)
    assert not Path("other.mp4").exists()


def test_what_is_no_movie_is_one_clear_line(call):
    make()
    make("other")
    for line, *words in (
        ("name a .gif or .mp4 file", "walk", "--movie", "walk.avi"),
        ("is of one run, not of 2", "walk", "other", "--movie", "walk.gif"),
        ("has no series 'exakt'", "walk", "--movie", "walk.gif", "--series", "exakt"),
    ):
        code, _, err = call("export", *words)
        assert (code, err.count("\n")) == (2, 1)
        assert line in err
