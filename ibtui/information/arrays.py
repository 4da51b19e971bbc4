"""Layers from plain arrays: the user's own activations, as the estimators see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ibtui.errors import DataError
from ibtui.information.layer import Layer

if TYPE_CHECKING:
    from jaxtyping import Float, Int64, Shaped


def samples_of(
    name: str, array: ArrayLike, samples: int, *, replicates: bool
) -> Shaped[np.ndarray, "*replicate sample unit"]:
    """Numbers (sample, unit), with a leading replicate axis if there are `replicates`.

    Raises `DataError` where `array` is something else, has another number of samples, or holds
    what is no finite float32.
    """
    array = plain(array)
    if array.dtype.kind not in "biuf":
        raise DataError(f"{name}: holds {array.dtype}, not numbers")
    if array.ndim not in ((2, 3) if replicates else (2,)) or 0 in array.shape:
        wanted = "(sample, unit)" + " or (replicate, sample, unit)" * replicates
        raise DataError(f"{name}: has shape {array.shape}, not {wanted}")
    if array.shape[-2] != samples:
        raise DataError(f"{name}: has {array.shape[-2]} samples, but there are {samples} labels")
    if array.dtype.kind == "f":
        _must_be_float32(name, array)
    return array[None] if replicates and array.ndim == 2 else array


def labels_of(labels: Shaped[np.ndarray, " sample"]) -> tuple[Int64[np.ndarray, " sample"], int]:
    """Each sample's label (sample,) as a number in 0..K-1, and K. Raises `DataError` of none."""
    if len(labels) == 0:
        raise DataError("labels: there are none (give one label a sample)")
    names, numbers = np.unique(labels, return_inverse=True)
    return numbers.astype(np.int64), len(names)


def _must_be_float32(name: str, array: Float[np.ndarray, "*replicate sample unit"]) -> None:
    """Raise `DataError` where a value is NaN, infinite, or beyond half of what a float32 holds.

    Half, so that the difference of any two is a float32 too.
    """
    low, high = array.min(), array.max()  # NaN if one is
    if not (np.isfinite(low) and np.isfinite(high)):
        raise DataError(f"{name}: holds NaN or infinite values (leave those samples out)")
    greatest, most = max(-low, high), np.finfo(np.float32).max / 2
    if greatest > most:
        raise DataError(
            f"{name}: holds {greatest:.1e}, but estimators take at most {most:.1e} "
            "(scale the array down)"
        )


def plain(array: ArrayLike) -> Shaped[np.ndarray, "..."]:
    """An array in the memory of the host: tensors on any device, with or without gradients.

    Others are what `__array__` or `__dlpack__` makes of them.

    bfloat16, which numpy does not know, becomes float32, which holds all its values.
    """
    given: Any = array
    if hasattr(given, "detach"):
        given = given.detach().cpu()
        if str(given.dtype) == "torch.bfloat16":
            given = given.float()
    elif hasattr(given, "__cuda_array_interface__"):
        given = given.get()
    elif hasattr(given, "__dlpack__") and not hasattr(given, "__array__"):
        given = np.from_dlpack(given)
    made = np.asarray(given)
    return made.astype(np.float32) if made.dtype.name == "bfloat16" else made


def precision_of(array: ArrayLike) -> float | None:
    """The relative rounding error of an array's dtype, if `plain` or `widened` gives it another."""
    name = str(getattr(array, "dtype", "")).removeprefix("torch.")
    return {"float16": 2.0**-10, "bfloat16": 2.0**-7}.get(name)


def widened(array: Shaped[np.ndarray, "*axis"]) -> Float[np.ndarray, "*axis"]:
    """The same values as float32 where it holds them all, else as float64."""
    single = np.can_cast(array.dtype, np.float32)
    return array.astype(np.float32 if single else np.float64)


def merged(array: Shaped[np.ndarray, "..."]) -> int:
    """How many distinct values `widened` makes equal to another: of very long integers alone."""
    if array.dtype.kind not in "iu" or array.dtype.itemsize < 8:
        return 0
    most = 1 << 53
    if array.min() >= -most and array.max() <= most:
        return 0
    return len(np.unique(array)) - len(np.unique(widened(array)))


def layer_of(
    array: Shaped[np.ndarray, "replicate sample unit"],
    labels: Int64[np.ndarray, " sample"],
    classes: int,
    inputs: Shaped[np.ndarray, "sample input"] | None,
    activation: str,
    memory_bytes: int,
    precision: float | None = None,
    input_precision: float | None = None,
) -> Layer:
    """A layer of activations (replicate, sample, unit): its states are the array's own numbers.

    Estimators other than `exact` see float32 where that holds all values of the array's dtype, else
    float64. `precision` and `input_precision` are as in `Layer`.
    """
    import torch

    from ibtui.information.states import float_word_bits, pack_floats

    values = torch.from_numpy(widened(array))
    if array.dtype == np.float32:
        words, word_bits = pack_floats(values), float_word_bits(array.shape[2])
    else:
        # Adding 0 takes -0.0 for 0.0, as `pack_floats` does.
        wide = array.astype(np.float64) + 0.0 if array.dtype.kind == "f" else array.astype(np.int64)
        words = torch.from_numpy(wide.view(np.int64).transpose(2, 0, 1).copy())
        word_bits = 64
    x = np.zeros((len(labels), 1), np.float32) if inputs is None else inputs
    return Layer(
        values=values,
        words=words,
        word_bits=word_bits,
        labels=torch.from_numpy(labels),
        classes=classes,
        inputs=torch.from_numpy(widened(x)),
        activation=activation,
        running_min=values.amin((1, 2)),
        running_max=values.amax((1, 2)),
        memory_bytes=memory_bytes,
        precision=precision,
        input_precision=input_precision,
    )
