"""Export: the files it writes and what it refuses."""

from pathlib import Path

import pytest

from ibtui import figures, store
from ibtui.errors import RunError, UsageError
from ibtui.profile import parse_profile
from tests.figures.scripted_runs import PROFILE, make
from tests.scripted_engine import ScriptedEnsemble

pytestmark = pytest.mark.usefixtures("here")


@pytest.mark.parametrize("form", ["pdf", "svg", "png"])
def test_export_writes_every_figure_in_the_format(call, form):
    make()
    code, out, err = call("export", "walk", "--format", form, "--out", "made")
    names = sorted(Path(line).name for line in out.splitlines())
    of_series = [
        f"walk-{k}-{s}"
        for k in ("conditional", "curves", "median", "plane")
        for s in ("exact", "binning-30")
    ]
    assert (code, err) == (0, "")
    assert names == sorted(
        f"{name}.{form}" for name in ["walk-accuracy", "walk-weights", *of_series]
    )
    starts = {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}
    for line in out.splitlines():
        assert Path(line).read_bytes().startswith(starts[form])


def test_export_of_one_kind_and_one_series(call):
    make()
    words = ("--figure", "plane", "--series", "binning-30", "--format", "png")
    assert call("export", "walk", *words)[1] == "walk-plane-binning-30.png\n"


def test_what_cannot_be_drawn_is_one_clear_line(monkeypatch):
    run = make()
    with pytest.raises(UsageError, match=r"no figure is called 'plain' .did you mean 'plane'"):
        list(figures.export(run, Path(), ["plain"], "pdf"))
    with pytest.raises(UsageError, match=r"walk has no series 'exakt' .did you mean 'exact'"):
        list(figures.export(run, Path(), ["plane"], "pdf", ["exakt"]))
    only = parse_profile('name = "kde"\nestimator = [{ name = "kde" }]', "kde.toml")
    with pytest.raises(UsageError, match="no series is common to these runs"):
        figures.compare([run, make("kde", only.model_copy(update={"training": PROFILE.training}))])
    folder = store.create(Path("runs"), PROFILE, ScriptedEnsemble(PROFILE))
    with pytest.raises(UsageError, match="no frame has been recorded yet"):
        list(figures.export(store.load(folder), Path(), ["all"], "pdf"))
    Path("taken").write_text("a file")
    with pytest.raises(RunError, match=r"taken/walk-accuracy\.pdf: cannot be written"):
        list(figures.export(run, Path("taken"), ["accuracy"], "pdf"))
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'ibtui\[figures\]'"):
        list(figures.export(run, Path(), ["all"], "pdf"))
