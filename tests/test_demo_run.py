"""The run that comes with the repository: figure 2 in full, thinned."""

import hashlib
from pathlib import Path

from ibtui import store
from ibtui.analysis.verdict import verdicts
from ibtui.profile import load_profile, shipped
from ibtui.report.numbers import write_csv

FOLDER = Path(__file__).parents[1] / "runs" / "figure-2"
TABLES = {  # SHA-256 of the files as they were written when the run was made
    "figure-2-information.csv": "eddae2bc5c7de1ffe6a443dea54b7152a2ffed838801fb3d02bae94a2d9a65b4",
    "figure-2-layers.csv": "8db7ee21c484a7e883c8cc31868b528f4656404c8a15e6cab51430ca62561234",
    "figure-2-quality.csv": "a7fe21b205f9c5291d88ef53231ce0585b5930fbd7ff9fff19656c62bb4cb48e",
}


def test_the_demo_is_figure_2_in_full_small_and_says_what_the_readme_says():
    run = store.load(FOLDER)
    assert run.status == "finished"
    assert run.profile == load_profile(shipped.find_profile("lorenzen-fig2-as-coded"))
    assert (run.recording.header.replicates, run.recording.epoch[-1]) == (50, 8000)
    assert (len(run.recording) <= 200, run.manifest.thinned_from) == (True, 1601)
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 2e6
    exact = verdicts(run.recording, 0)
    assert [verdict.compresses for verdict in exact] == [False, False, False, False, True, True]


def test_the_tables_of_what_was_measured_are_the_same_to_the_byte_in_every_version(tmp_path):
    made = {path.name: path for path in write_csv(store.load(FOLDER), tmp_path)}
    for name, digest in TABLES.items():
        assert hashlib.sha256(made[name].read_bytes()).hexdigest() == digest, name
