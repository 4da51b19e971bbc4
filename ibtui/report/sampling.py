"""What the counts of a run say, and do not say, of what its samples were drawn from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ibtui.analysis.summary import spread
from ibtui.information.counted import Counted
from ibtui.information.sampling import few_samples_line
from ibtui.profile import Profile, Recorded
from ibtui.recording import Recording


def sampling_lines(profile: Profile | Recorded, recording: Recording) -> Iterator[str]:
    """One line where a split was counted, and one a series with many states for its samples.

    Nothing is said of a data set that is all there is, measured whole.
    """
    header, split = recording.header, profile.measure.on
    owners = [one for one in profile.estimator for _ in one.series]
    counted = [
        (k, one) for k, one in enumerate(owners) if isinstance(one, Counted) and not one.shuffles
    ]
    if not counted or not len(recording) or (profile.data.complete and split == "all"):
        return
    if split != "all":
        names = ", ".join(header.series[k] for k, one in counted if one.correction is None)
        if names:
            where = f"the {header.samples} {split} samples alone"
            yield f"measured on {where}: of them what is counted ({names}) is exact"
    for k, one in counted:
        if one.correction is not None:
            continue
        h_t_bits = spread(recording.i_xt_bits[-1, k], axis=0).mean
        few = [n for n, bits in enumerate(h_t_bits) if _line(recording, bits) is not None]
        if few:
            most = float(np.nanmax(h_t_bits[few]))
            layers = ", ".join(header.layers[n] for n in few)
            yield f"{header.series[k]}, {layers}: {_line(recording, most)}"


def _line(recording: Recording, h_t_bits: float) -> str | None:
    header = recording.header
    return few_samples_line(header.samples, float(h_t_bits), header.label_bits)
