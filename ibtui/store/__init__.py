"""The run folder: made, written while training, read back, followed, listed, renamed, deleted.

A folder holds `run.toml` (the manifest), `profile.toml` (the profile as it was given),
`recording.npz`, `weights.npz` where weights are kept, and `checkpoint.npz`, from which a finished
run goes on for more epochs; `lock` while a process writes it.
Beside the folders `.claims` says which process decides on a run of a sweep, and makes it.
Every file is replaced atomically, recording and weights before the checkpoint, so that a run killed
at any instant leaves a folder that loads, and whose recording reaches at least as far as its
checkpoint.
Importing this loads no torch.
"""

from ibtui.store.claims import RunClaim, claim
from ibtui.store.ensemble import Ensemble
from ibtui.store.follower import Follower
from ibtui.store.gathering import experiment_of, gather, pooled
from ibtui.store.index import Row, flat, row_of, rows
from ibtui.store.lister import Listed, Lister
from ibtui.store.lock import HeldError, Holding, must_be_free
from ibtui.store.made import Made
from ibtui.store.manifest import Manifest, Results
from ibtui.store.manifest import read as read_manifest
from ibtui.store.notes import Notes
from ibtui.store.reader import Run, load, load_checkpoint
from ibtui.store.shelf import (
    Entry,
    delete,
    entry_of,
    find_run,
    find_runs,
    list_runs,
    newest_run,
    rename,
)
from ibtui.store.thinning import thin
from ibtui.store.watching import Progress, Watcher
from ibtui.store.writer import create, plan_longer, record, settle, writing

__all__ = [
    "Ensemble",
    "Entry",
    "Follower",
    "HeldError",
    "Holding",
    "Listed",
    "Lister",
    "Made",
    "Manifest",
    "Notes",
    "Progress",
    "Results",
    "Row",
    "Run",
    "RunClaim",
    "Watcher",
    "claim",
    "create",
    "delete",
    "entry_of",
    "experiment_of",
    "find_run",
    "find_runs",
    "flat",
    "gather",
    "list_runs",
    "load",
    "load_checkpoint",
    "must_be_free",
    "newest_run",
    "plan_longer",
    "pooled",
    "read_manifest",
    "record",
    "rename",
    "row_of",
    "rows",
    "settle",
    "thin",
    "writing",
]
