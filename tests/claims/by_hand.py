"""Runs made by hand, for judges whose answer is known."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from ibtui import store
from ibtui.claims import Reading
from ibtui.profile import parse_profile
from ibtui.recording import ARRAYS, Header, Recording

EPOCHS = np.array([-6, -3, 0, 4, 8])
REPLICATES = 6


def reading(
    xt,
    ty,
    *,
    series=("exact",),
    accuracy=None,
    train_accuracy=None,
    test_loss=None,
    scatter=0.02,
    planned=8,
    epochs_at=EPOCHS,
) -> Reading:
    """A run whose mean paths (epoch, layer) are `xt` and `ty`; replicates scatter around them.

    With several series each has a path of its own, (series, epoch, layer).
    """
    paths = [np.array(path, float) for path in (xt, ty)]
    if len(series) == 1:
        paths = [path[None] for path in paths]
    _, epochs, layers = paths[0].shape
    header = Header(
        series,
        tuple(f"T{n + 1}" for n in range(layers)),
        (3,) * layers,
        REPLICATES,
        4096,
        12.0,
        1.0,
    )
    arrays = {name: np.zeros(shape) for name, shape in Recording.shapes(header, epochs).items()}
    offsets = (
        scatter * np.linspace(-1, 1, REPLICATES)[:, None] * np.linspace(0, 1, epochs)[:, None, None]
    )
    for name, path in zip(("i_xt_bits", "i_ty_bits"), paths, strict=True):
        # A layer at its ceiling is there in every replicate.
        full = 12.0 if name == "i_xt_bits" else 1.0
        path = path.transpose(1, 0, 2)[:, :, None]
        arrays[name] = np.where(path == full, path, path + offsets[:, None])
    for name, values in (
        ("test_accuracy", accuracy),
        ("train_accuracy", train_accuracy),
        ("test_loss_nats", test_loss),
    ):
        if values is not None:
            arrays[name] = np.array(values)[:, None] + offsets[:, :, 0] / 10
    arrays["epoch"] = np.asarray(epochs_at)[-epochs:]
    assert set(arrays) == set(ARRAYS)
    recording = Recording(header, **arrays)
    profile = parse_profile('name = "by-hand"', "by-hand.toml")
    about = SimpleNamespace(planned=SimpleNamespace(last=planned))
    return Reading(store.Run(Path("by-hand"), "finished", about, profile, recording), 0)  # type: ignore[arg-type]
