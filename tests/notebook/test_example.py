"""The notebook that comes along, run from its first cell to its last by a kernel of Jupyter."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import ibtui
from ibtui.report.examples import examples


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The notebook with its outputs, and the folder in which it was run."""
    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.read(examples()["notebook"], as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells)  # as it comes: without outputs
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(ibtui.__file__).parents[1]))
        patch.delenv("IBTUI_RUNS", raising=False)
        where = {"metadata": {"path": str(folder)}}
        NotebookClient(notebook, timeout=240, kernel_name="python3", resources=where).execute()
    return notebook, folder


def outputs(notebook, code: str) -> list:
    """What the cell showed that holds this code."""
    (cell,) = (cell for cell in notebook.cells if cell.cell_type == "code" and code in cell.source)
    return cell.outputs


def test_tables_and_figures_are_shown(executed):
    notebook, _ = executed
    for code in ("run.plane()", "run.curves("):
        (shown,) = outputs(notebook, code)
        assert "image/png" in shown.data
    for code in ("ibtui.load", "compresses_bits=3", "xarray", ".frame().groupby", "ibtui.estimate"):
        html = outputs(notebook, code)[-1].data["text/html"]
        assert "<table" in html or "xr-" in html, code
    assert not [one for cell in notebook.cells for one in cell.get("outputs", ()) if "ename" in one]


def test_a_run_trains_under_one_live_plane_and_is_saved(executed):
    notebook, folder = executed
    shown = outputs(notebook, "ibtui.run(")
    pictures = [one for one in shown if one.output_type == "display_data"]
    assert ["image/png" in one.data for one in pictures] == [True]
    assert "SavedRun" in shown[-1].data["text/plain"]
    runs = [ibtui.load(path) for path in sorted((folder / "runs").iterdir())]
    assert sorted(run.recording.epoch[-1] for run in runs) == [20, 40]
    assert {run.status for run in runs} == {"finished"}


def test_a_loop_tells_its_frames(executed):
    notebook, _ = executed
    text = "".join(one.text for one in outputs(notebook, "ibtui.frames(") if "text" in one)
    assert text.splitlines()[0].startswith("0 [")
    assert text.splitlines()[-1].startswith("20 [")
