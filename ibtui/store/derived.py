"""Derived: a run folder made of what other runs recorded, whole or not at all."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from ibtui.recording import Recording
from ibtui.store import manifest
from ibtui.store.files import refused, replacing, sync_folder, write_arrays
from ibtui.store.manifest import Manifest
from ibtui.store.reader import RECORDING
from ibtui.store.weights import Weights, write_weights
from ibtui.store.writer import PROFILE, settle_as


def write_derived(
    folder: Path,
    recording: Recording,
    about: Manifest,
    profile: bytes | None = None,
    weights: Weights | None = None,
) -> None:
    """Write a compressed run without a checkpoint under a hidden name, then give it its own.

    `profile` is what its `profile.toml` holds, `weights` what is kept. Raises `RunError`.
    """
    hidden = folder.with_name(f".new-{os.getpid()}-{time.monotonic_ns()}")
    try:
        hidden.mkdir(parents=True)
        if profile is not None:
            with replacing(hidden / PROFILE) as handle:
                handle.write(profile)
        write_arrays(hidden / RECORDING, recording.named(), compressed=True)
        if weights is not None and len(weights):
            write_weights(hidden, weights)
        manifest.write(hidden, about)
        settle_as(hidden, folder)
        sync_folder(folder.parent)  # or a power cut takes it away, and the source may be gone
    except OSError as error:
        raise refused(folder, error) from None
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
