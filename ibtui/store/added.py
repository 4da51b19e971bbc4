"""Added: a finished run with series that were measured of its kept weights afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ibtui.errors import RunError
from ibtui.profile import Profile, to_table
from ibtui.recording import PER_SERIES, Header, Recording, Remark
from ibtui.store import lock, manifest, shipped
from ibtui.store.derived import write_derived
from ibtui.store.files import write_arrays
from ibtui.store.manifest import Manifest
from ibtui.store.reader import RECORDING, Run
from ibtui.store.thinning import given_profile
from ibtui.store.weights import load_weights
from ibtui.store.writer import PROFILE


def joined(known: Recording, more: Recording) -> Recording:
    """A recording with the series of another one, NaN in the frames that this one lacks.

    `more` is of some of the epochs of `known`.
    """
    at = np.searchsorted(known.epoch, more.epoch)
    arrays = known.arrays()
    for name in PER_SERIES:
        old, new = arrays[name], getattr(more, name)
        wide = np.full((len(old), new.shape[1], *old.shape[2:]), np.nan)
        wide[at] = new
        arrays[name] = np.concatenate((old, wide), axis=1)
    return Recording(_with_series(known.header, more.header), **arrays)


def write_copy(
    run: Run, whole: Recording, profile: Profile, remarks: tuple[Remark, ...], folder: Path
) -> None:
    """Write a run with more series, `whole`, as a run of its own. Raises `RunError`.

    `profile` has the estimators of the new series too, `remarks` are what these said.
    """
    weights = load_weights(run.folder, run.recording.header)
    given = given_profile(run.folder / PROFILE)
    write_derived(folder, whole, _manifest(run.manifest, whole, profile, remarks), given, weights)


def write_in_place(
    run: Run, whole: Recording, profile: Profile, remarks: tuple[Remark, ...]
) -> None:
    """Give a run's own folder the new series, `whole`, see `write_copy`.

    The recording is written before the manifest, without which its new series are passed over: the
    folder loads whenever this is killed. Raises `RunError` where the run has changed meanwhile.
    """
    if shipped.holds(run.folder):
        raise RunError(f"{run.folder}: came with the program and stays as it is (leave --in-place)")
    with lock.writing(run.folder) as hold:
        if manifest.read(run.folder) != run.manifest:
            raise RunError(f"{run.folder}: was changed by another process (measure again)")
        hold.check()
        write_arrays(run.folder / RECORDING, whole.named())
        hold.check()
        manifest.write(run.folder, _manifest(run.manifest, whole, profile, remarks))


def _manifest(
    about: Manifest, whole: Recording, profile: Profile, remarks: tuple[Remark, ...]
) -> Manifest:
    return about.model_copy(
        update={
            "header": whole.header,
            "results": manifest.results(whole),
            "remarks": (*about.remarks, *remarks),
            "profile": to_table(profile),
        }
    )


def _with_series(header: Header, more: Header) -> Header:
    tolerance = (*header.tolerance_bits, *more.tolerance_bits) if header.tolerance_bits else ()
    return replace(header, series=(*header.series, *more.series), tolerance_bits=tolerance)
