"""Labels in whatever form a file has them, as numbers 0..K-1 with names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ibtui.errors import DataError

SHARE = 10  # samples a label must have on average, lest the labels be taken for measurements
FEW = 2  # labels that are never too many
SCATTERED = 20  # whole numbers of more values than this must begin at 0 or 1 and be dense
EXACT = 2**53  # up to here a float64 holds every whole number
MISSING = {"", "nan", "na", "n/a", "#n/a", "<na>", "null", "?"}
SHOWN = 10  # labels told with their counts

Numbers = NDArray[np.int64]


def numbered(
    labels: NDArray, where: str, many: bool, remedy: str, lines: Sequence[int] | None = None
) -> tuple[Numbers, tuple[str, ...]]:
    """Labels as numbers (N,) in sorted order, and the names of the K labels that occur.

    `labels` are (N,) or (N, 1), or one-hot rows (N, K). `many` allows any number of them, and
    whole numbers that look like measurements; `remedy` says how a person allows that. `lines` are
    where the labels are in a table. Raises `DataError` beginning with `where`.
    """
    values = label_of_each(labels, where, lines)
    if len(values) < 2:
        raise DataError(
            f"{where}: {len(values)} samples are too few to learn from (give 2 or more)"
        )
    names, numbers = np.unique(values, return_inverse=True)
    if len(names) == 1:
        raise DataError(
            f"{where}: every label is {str(names[0])!r} (two or more different labels are needed)"
        )
    if not many:
        _must_be_classes(names, len(values), where, remedy)
    return numbers.astype(np.int64).reshape(len(values)), tuple(str(name) for name in names)


def label_of_each(labels: NDArray, where: str, lines: Sequence[int] | None = None) -> NDArray:
    """One label a sample, (N,), whole numbers or text, as `numbered` takes and refuses them."""
    return _comparable(_one_each(labels, where), where, lines)


def counted(numbers: Numbers, names: Sequence[str]) -> str:
    """`3 labels: a 50, b 40, c 10`, in the order of the names; the rarest of many are summed up."""
    counts = np.bincount(numbers, minlength=len(names))
    shown = np.sort(np.argsort(-counts, kind="stable")[:SHOWN])
    told = ", ".join(f"{names[place][:40]} {counts[place]}" for place in shown)
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{len(names)} labels: {told}{rest}"


def _one_each(labels: NDArray, where: str) -> NDArray:
    """One label a sample, (N,): columns are ravelled and one-hot rows become their place."""
    if labels.ndim == 1:
        return labels
    if labels.ndim > 1 and labels.size == len(labels):
        return labels.ravel()
    if labels.ndim == 2 and labels.size and labels.dtype.kind in "biuf":
        ones = labels == 1
        if (ones | (labels == 0)).all() and (ones.sum(axis=1) == 1).all():
            return ones.argmax(axis=1)
    raise DataError(
        f"{where} has the shape {labels.shape}, not one label a sample "
        "(from scores make it with .argmax(axis=1))"
    )


def _comparable(values: NDArray, where: str, lines: Sequence[int] | None) -> NDArray:
    """The labels as whole numbers or text. Raises `DataError`."""
    kind = values.dtype.kind
    if kind == "f":
        values = values.astype(np.float64)  # half precision cannot be held against what follows
        odd = np.flatnonzero(values != np.round(values))  # NaN differs from itself
        if not len(odd):
            odd = np.flatnonzero(~np.isfinite(values) | (np.abs(values) > EXACT))
        if len(odd):
            raise DataError(
                f"{where}: {values[odd[0]]} is no label{_place(odd[0], lines)} "
                "(give whole numbers or text)"
            )
        return values.astype(np.int64)
    if kind == "S":
        try:
            values, kind = np.char.decode(values, "utf-8"), "U"
        except UnicodeDecodeError:
            raise DataError(f"{where}: holds text that is no UTF-8 (give it as str)") from None
    if kind == "U":
        lowered = np.char.lower(np.char.strip(values))
        odd = np.flatnonzero(np.isin(lowered, list(MISSING)))
        if len(odd):
            raise DataError(
                f"{where}: {str(values[odd[0]])!r} is no label{_place(odd[0], lines)} "
                "(give one or leave the sample out)"
            )
    elif kind not in "biu":
        raise DataError(
            f"{where}: {values.dtype} values are no labels (give whole numbers or text)"
        )
    return values


def _place(row: int, lines: Sequence[int] | None) -> str:
    return f", in line {lines[row]}" if lines else f", in row {row} (from 0)"


def _must_be_classes(names: NDArray, samples: int, where: str, remedy: str) -> None:
    """Raise `DataError` where the labels look like measurements rather than classes."""
    most = max(FEW, samples // SHARE)
    if len(names) > most:
        raise DataError(
            f"{where}: has {len(names)} different labels in {samples} samples ({_few(names)}), "
            f"more than a tenth: these look like measurements, not classes ({remedy})"
        )
    if names.dtype.kind in "iu" and len(names) > SCATTERED:
        low, high = int(names[0]), int(names[-1])
        if low not in (0, 1) or high - low + 1 > 2 * len(names):
            raise DataError(
                f"{where}: has {len(names)} labels from {low} to {high}, which look like "
                f"measurements, not classes ({remedy})"
            )


def _few(names: NDArray) -> str:
    return ", ".join(str(name)[:20] for name in names[:3]) + ", …"
