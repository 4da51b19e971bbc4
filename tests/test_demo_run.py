"""The run that comes with the repository: figure 2 in full, thinned."""

from pathlib import Path

from ibtui import store
from ibtui.analysis.verdict import verdicts
from ibtui.profile import load_profile, shipped

FOLDER = Path(__file__).parents[1] / "runs" / "figure-2"


def test_the_demo_is_figure_2_in_full_small_and_says_what_the_readme_says():
    run = store.load(FOLDER)
    assert run.status == "finished"
    assert run.profile == load_profile(shipped.find("lorenzen-fig2-as-coded"))
    assert (run.recording.header.replicates, run.recording.epoch[-1]) == (50, 8000)
    assert (len(run.recording) <= 200, run.manifest.thinned_from) == (True, 1601)
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 2e6
    exact = verdicts(run.recording, 0)
    assert [verdict.compresses for verdict in exact] == [False, False, False, False, True, True]
