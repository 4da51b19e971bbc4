"""Foreign: files that are mutated, by kind, and how the program takes each when it reads them."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import shutil
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import cached_property
from pathlib import Path
from typing import ClassVar
from unittest.mock import patch

import numpy as np

from ibtui import cli, store
from ibtui.claims import EXPERIMENTS, judge
from ibtui.data.activations import read_activations
from ibtui.data.folder import Published
from ibtui.data.idx import IdxImages
from ibtui.data.own import Npz
from ibtui.data.table import Csv
from ibtui.errors import IbtuiError
from ibtui.headless.reproduce import claims_table
from ibtui.profile import load_profiles, parse_profile, shipped, to_table, to_toml, validate
from ibtui.profile.quick import quick
from ibtui.recorder import Recorder
from ibtui.report.screen import Screen
from ibtui.session import Session
from ibtui.session.fit import must_fit
from ibtui.store.weights import load_weights
from ibtui.text import CONTROL
from ibtui.tui.feeds.saved import Saved
from ibtui.tui.look.judged import Judge
from ibtui.tui.settings import load_settings
from ibtui.tui.setup.draft import Draft, file_of
from tests.benchmarks.damage import damage_file, damaged, damaged_npz, damaged_toml
from tests.scripted_engine import saved_run
from tests.store.scripted_runs import KEEPING, finished, interrupted

MOST_IN_LINE = 2000  # characters of a line of an error
SMALL = """
name = "small"
replicates = 3
data = { name = "csv", path = "PATH" }
network.layers = [4, 3]
training = { epochs = 6, batch_size = 16, backend = "BACKEND" }
measure.every = 2
"""
CONFIG = b"""
theme = "textual-dark"
ramp = "viridis"
unit = "bits"
frames_per_second = 8.0
notices = false
[keys]
quit = "q,ctrl+c"
"""
JUDGED = "thesis-fig3.3"  # an experiment


class Samples:
    """Sound files of every kind, made when they are asked for, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        draws = np.random.default_rng(0)
        self._y = np.arange(60) % 3
        self._x = (draws.normal(size=(60, 3)) + self._y[:, None]).round(3)

    def make(self, kind: str) -> None:
        """What is made once, and would count as time of the first input that needs it."""
        import torch  # noqa: F401  # an alarm in its midst would leave half of it

        getattr(self, kind)

    @cached_property
    def config(self) -> bytes:
        return CONFIG

    @cached_property
    def draft(self) -> bytes:
        """A draft of three steps, as the form leaves it."""
        path = self.folder / "draft.toml"
        kept = Draft(path)
        kept.load(to_table(parse_profile(self.profiles[0].decode(), "a profile")))
        for epochs in (7, 8):
            kept.edit({**kept.now.table, "training": {"epochs": epochs}}, f"epochs{epochs}")
        return path.read_bytes()

    @cached_property
    def csv(self) -> bytes:
        table = np.column_stack((self._x, self._y)).tolist()
        return "\n".join(["a,b,c,kind", *(",".join(map(str, row)) for row in table)]).encode()

    @cached_property
    def npz(self) -> bytes:
        made = io.BytesIO()
        layers = {"T1": np.tanh(self._x @ np.ones((3, 4))), "T2": np.ones((2, 60, 1))}
        np.savez(made, x=self._x, y=self._y, **layers)
        return made.getvalue()

    @cached_property
    def idx(self) -> tuple[bytes, bytes]:
        """Images of 28 x 28 and labels, as MNIST's files hold them."""
        images = np.arange(20 * 784, dtype=np.uint8).tobytes()
        head = b"\0\0\x08\x03" + np.array([20, 28, 28], ">u4").tobytes()
        labels = b"\0\0\x08\x01" + np.array([20], ">u4").tobytes() + bytes(range(10)) * 2
        return head + images, labels

    @cached_property
    def profiles(self) -> list[bytes]:
        """The shipped ones as they are, and with everything said."""
        texts = [(shipped.folder() / f"{name}.toml").read_text() for name in shipped.names()]
        whole = [to_toml(parse_profile(text, "a profile")) for text in texts]
        return [text.encode() for text in (*texts, *whole)]

    @cached_property
    def runs(self) -> list[Path]:
        """Runs that a list, a replay and an export read: trained ones, and one by a recorder."""
        root = self.folder / "runs"
        series = ("exact", "binning", "knn", "kde")
        tables = "".join(f'[[estimator]]\nname = "{name}"\n' for name in series)
        histograms = parse_profile(f'name = "h"\nmeasure.histograms = 8\n{tables}', "h.toml")
        with Recorder(root / "mine", x=self._x, y=self._y, title="a toy") as record:
            for epoch in range(4):
                hidden = np.tanh((epoch + 1) * self._x)
                record(epoch, activations={"T1": hidden, "T2": hidden[:, :1]}, loss=1.0)
        saved = saved_run(root, histograms.model_copy(update={"replicates": 2}), "h").folder
        return [finished(root, KEEPING), interrupted(root), root / "mine", saved]

    @cached_property
    def unfinished(self) -> list[Path]:
        """Runs of the engine that were stopped in their midst, by each backend."""
        data = self.folder / "small.csv"
        data.write_bytes(self.csv)
        return [self._stopped(data, backend) for backend in ("torch", "kernel")]

    def _stopped(self, data: Path, backend: str) -> Path:
        text = SMALL.replace("PATH", str(data)).replace("BACKEND", backend)
        session = Session.start(parse_profile(text, "small.toml"), self.folder / backend)
        for frame in session:
            if frame.epoch == 4:
                session.stop()
        assert session.folder is not None
        return session.folder

    @cached_property
    def judged(self) -> dict[str, Path]:
        """Runs of all profiles of an experiment, by the profiles' names."""
        profiles = [
            quick(profile)
            for word in EXPERIMENTS[JUDGED].profiles
            for profile in load_profiles(shipped.find_profile(word))
        ]
        root = self.folder / "judged"
        return {one.name: saved_run(root, one, one.name).folder for one in profiles}


def call(*words: str | Path) -> tuple[int, str, str]:
    """The program with these words; what it says must be fit for a terminal, and short."""
    out, err, argv = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["ibtui", *map(str, words)]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            cli.main()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.argv = argv
    said = err.getvalue()
    assert code in (0, 1, 2), f"{words}: exit code {code}"
    assert not (found := CONTROL.search(out.getvalue() + said)), f"{words}: {found} is written"
    assert code == 0 or said, f"{words}: {code} without a word"
    for line in said.splitlines():
        assert line.startswith("ibtui: "), f"{words}: {line!r} on stderr"
        assert len(line) < MOST_IN_LINE, f"{words}: a line of {len(line)} characters"
    return code, out.getvalue(), said


def try_profile(rng: random.Random, samples: Samples, folder: Path) -> None:
    """A profile as `batch` reads it, and as the form takes it."""
    path = folder / "input.toml"
    path.write_bytes(damaged_toml(rng, rng.choice(samples.profiles)))
    changes = rng.choice(((), (), ("training.epochs=7",), ("estimator.0.bins=3",)))
    profiles = load_profiles(path, changes)
    for profile in profiles[:3]:
        assert parse_profile(to_toml(profile), "again") == profile
        Draft().load(to_table(profile))
        quick(profile)
    for profile in profiles[:3]:
        must_fit(profile)


def try_config(rng: random.Random, samples: Samples, folder: Path) -> None:
    """Settings, and a draft of the form that was left in a cache."""
    path = folder / "config.toml"
    path.write_bytes(damaged_toml(rng, samples.config))
    with patch.dict(os.environ, XDG_CACHE_HOME=str(folder / "cache")):
        left = file_of(folder)
        left.parent.mkdir(parents=True)
        left.write_bytes(damaged_toml(rng, samples.draft))
        _edited(Draft.of(folder))
    load_settings(path)


def _edited(draft: Draft) -> None:
    """What the form does with a draft: it shows it, lets it be edited, and takes it back."""
    if draft.now is not None:
        assert draft.now.changed is not None
        with suppress(IbtuiError):
            validate(draft.now.table, "form")
    draft.edit({"name": "other"}, "name")
    while draft.go(-1):
        pass


def try_csv(rng: random.Random, samples: Samples, folder: Path) -> None:
    path = folder / "input.csv"
    path.write_bytes(damaged(rng, samples.csv))
    options = rng.choice(({}, {"header": True}, {"label": 0}, {"many_labels": True, "skip": ()}))
    Csv(path=str(path), **options).load(None).found()


def try_npz(rng: random.Random, samples: Samples, folder: Path) -> None:
    path = folder / "input.npz"
    path.write_bytes(damaged_npz(rng, samples.npz))
    with suppress(IbtuiError):
        Npz(path=str(path), many_labels=rng.random() < 0.5).load(None).found()
    read_activations(path).found()
    if rng.random() < 0.3:
        named = rng.choice(("exact", "binning", "binning-width", "kde", "quantile"))
        call("estimate", path, "--estimator", named, *rng.choice(((), ("--json",))))


def try_idx(rng: random.Random, samples: Samples, folder: Path) -> None:
    """Images and labels whose checksums are right, or not; packed or not."""
    published = []
    for number, sound in enumerate(samples.idx * 2):
        content = damaged(rng, sound) if rng.random() < 0.5 else sound
        seen = hashlib.sha256(content).hexdigest()
        packed = gzip.compress(content, 1)
        name = f"{number}.gz"
        if rng.random() < 0.2:
            packed = damaged(rng, packed)
        plain = rng.random() < 0.3
        (folder / (name[:-3] if plain else name)).write_bytes(content if plain else packed)
        published.append(Published(name, len(packed) or 1, seen))

    class Images(IdxImages):
        label_names: ClassVar[tuple[str, ...]] = tuple("0123456789")
        name: str = "images"

    Images.published = tuple(published)
    Images().load(folder).found()


def _verbs(run: Path, other: Path, folder: Path) -> list[tuple[str | Path, ...]]:
    """Every verb that reads a run, but for figures, which take long."""
    return [
        ("list", "--runs", run.parent, "--json"),
        ("list", "--runs", run.parent, "--where", "training.epochs>1", "--sort", "-accuracy"),
        ("show", run, "--json"),
        ("show", run, "--fits", "0.5"),
        ("compare", run, other),
        ("compare", other, run, "--against", "training.epochs"),
        ("thin", run, folder / "thin", "--frames", "3"),
        ("gather", run, other, "--as", folder / "gathered"),
        ("export", run, "--csv", "--json", "--out", folder / "out"),
    ]


def try_run(rng: random.Random, samples: Samples, folder: Path) -> None:
    """A run folder with one or two damaged files, by every verb that reads runs."""
    other = rng.choice(samples.runs)
    run = folder / "runs" / "input"
    shutil.copytree(rng.choice(samples.runs), run)
    for path in rng.sample(sorted(run.iterdir()), rng.choice((1, 1, 2))):
        damage_file(rng, path)
    call("list", "--runs", run.parent)
    call("show", run)
    for words in rng.sample(_verbs(run, other, folder), 2):
        call(*words)
    if rng.random() < 0.01:
        kind = rng.choice(("plane", "curves", "median", "accuracy", "weights", "histograms"))
        call("export", run, "--figure", kind, "--format", "svg", "--out", folder / "figures")
    _replayed(run)


def _replayed(run: Path) -> None:
    """What `replay` shows of it, without a screen."""
    feed = Saved(run)
    list(feed.facts())
    with suppress(IbtuiError):  # without its weights it is shown as well
        load_weights(run, feed.recording.header)
    assert feed.state
    assert not feed.poll()
    for series in range(len(feed.recording.header.series)):
        Judge().find(feed.recording, series, feed.span.last)


def try_checkpoint(rng: random.Random, samples: Samples, folder: Path) -> None:
    """An unfinished run with a damaged file is gone on with, or refused and left as it is."""
    given = rng.choice(samples.unfinished)
    run = folder / given.name
    shutil.copytree(given, run)
    name = rng.choice(("checkpoint.npz",) * 4 + ("recording.npz", "run.toml"))
    if rng.random() < 0.1:
        name = "checkpoint.npz"
        other = next(one for one in samples.unfinished if one != given)
        shutil.copy(other / name, run / name)
    else:
        damage_file(rng, run / name)
    before = _contents(run)
    try:
        session = Session.resume(run)
        session.prepare()
    except IbtuiError:
        assert _contents(run) == before, "the run was changed"
        raise
    for _, _ in zip(session, range(3), strict=False):
        pass
    session_frames = store.load(run).recording
    assert (np.diff(session_frames.epoch) > 0).all()


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def try_claims(rng: random.Random, samples: Samples, folder: Path) -> None:
    """The claims of an experiment, judged by runs of which one or two are damaged."""
    runs = {}
    chosen = rng.sample(sorted(samples.judged), rng.choice((1, 2)))
    failure = None
    for name, given in samples.judged.items():
        run = given
        if name in chosen:
            run = folder / name
            shutil.copytree(given, run)
            damage_file(rng, run / rng.choice(("recording.npz", "run.toml")))
        try:
            runs[name] = store.load(run)
        except IbtuiError as error:
            failure = error
    experiment = EXPERIMENTS[JUDGED]
    Screen(file=io.StringIO(), width=140).print(claims_table(experiment, judge(experiment, runs)))
    if failure:
        raise failure


Attempt = Callable[[random.Random, Samples, Path], None]
KINDS: dict[str, Attempt] = {
    "profiles": try_profile,
    "config": try_config,
    "csv": try_csv,
    "npz": try_npz,
    "idx": try_idx,
    "runs": try_run,
    "unfinished": try_checkpoint,
    "judged": try_claims,
}
