"""The scripted engine in a Ray worker, which it kills once, and a node of the cluster once.

The title of the profile is the folder in which it notes that it did; each may then be there once.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from numpy.typing import NDArray

from ibtui.profile import Profile
from ibtui.store import writer
from tests.scripted_engine import ScriptedEnsemble

KILLS_AT = 11


def deadly(
    profile: Profile, data_dir: Path | None, checkpoint: Mapping[str, NDArray] | None
) -> ScriptedEnsemble:
    """Every frame is saved; what comes first to the epoch on a node kills what is alive there."""
    writer.SAVE_SECONDS, writer.SAVE_SHARE = 0.0, 1e9
    pauses = {epoch: lambda: time.sleep(0.004) for epoch in range(profile.training.epochs + 1)}
    pauses[KILLS_AT] = lambda: _kill(Path(profile.title))
    return ScriptedEnsemble(profile, checkpoint=checkpoint, restart=(1, 11), at=pauses)


def quick(
    profile: Profile, data_dir: Path | None, checkpoint: Mapping[str, NDArray] | None
) -> ScriptedEnsemble:
    """Nothing is saved before the end."""
    return ScriptedEnsemble(profile, checkpoint=checkpoint)


def _kill(notes: Path) -> None:
    import ray

    on_head = ray.get_runtime_context().get_node_id() == (notes / "head").read_text()
    try:
        (notes / ("worker" if on_head else "node")).touch(exist_ok=False)
    except FileExistsError:
        return
    if not on_head:
        os.kill(os.getppid(), signal.SIGKILL)  # the node
    os.kill(os.getpid(), signal.SIGKILL)
