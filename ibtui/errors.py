"""Every error that a person can cause or mend: one clear line each, printed once by `cli.main`.

The exit code says whose fault it is: 2 for usage and profiles, 1 for failures of the world
(files, disk, memory, data). Anything else is a bug and keeps its traceback.
"""

import errno
import re
import sys
from contextlib import suppress
from pathlib import Path

from ibtui.text import line

ELSEWHERE = "choose another folder, or its permissions"
MOST_PROBLEMS = 50  # of one profile that are told
# What torch says of memory, of a processor's or a GPU's; numpy and numba raise `MemoryError`.
OUT = re.compile(r"(not enough|can't allocate|out of) memory|ALLOC_FAILED")
SIZE = re.compile(r"[Tt]ried to allocate [0-9.]+ \w+")
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class IbtuiError(Exception):
    """Base of all expected errors; `str(error)` is one line (or one line per problem)."""

    exit_code = 1


class UsageError(IbtuiError):
    """The command line asks for something that does not exist or cannot be."""

    exit_code = 2


class ProfileError(UsageError):
    """A profile has problems: all of them, each as `file: key: what is wrong (what to do)`."""

    def __init__(self, problems: list[str]) -> None:
        told = problems[:MOST_PROBLEMS]
        if len(problems) > len(told):
            told = [*told, f"and {len(problems) - len(told)} problems more"]
        super().__init__("\n".join(told))
        self.problems = problems


class DataError(IbtuiError):
    """A data file is missing, damaged, or holds what cannot be learnt from."""


class RunError(IbtuiError):
    """A run folder cannot be written, read or resumed."""


class CheckpointError(RunError):
    """A checkpoint holds no state of the run that is to go on from it."""


class MeasureError(IbtuiError):
    """An estimator cannot measure this layer (memory, degenerate data, a missing library)."""


def memory_line(error: BaseException) -> str:
    """The line for an error of numpy, numba or torch that says memory ran out; else ""."""
    said = str(error)
    if isinstance(error, RuntimeError) and OUT.search(said):
        asked = SIZE.search(said)
        said = asked[0].lower() if asked else ""
    elif not isinstance(error, MemoryError):
        return ""
    return f"there is not enough memory{f': {line(said)}' if said else ''}"


def refused(
    path: Path,
    error: OSError | ValueError | RuntimeError,
    *,
    elsewhere: str = ELSEWHERE,
    kind: type[IbtuiError] = RunError,
) -> IbtuiError:
    """The line for a file or folder that cannot be written: why, and what to do.

    `elsewhere` is what to do where the disk has room. A `ValueError` is of a name or a text that no
    file can have (a null byte, half a character), a `RuntimeError` of a `~` that is nobody's home.
    """
    reason, remedy = str(error), elsewhere
    if isinstance(error, OSError):
        reason = error.strerror or reason
        if error.errno in FULL:
            remedy = "make room; what was saved before is whole"
        elif error.errno == errno.ENAMETOOLONG:
            remedy = "choose a shorter name"
    return kind(f"{path}: cannot be written: {reason} ({remedy})")


def complain(error: IbtuiError | str) -> None:
    """Print every line of an error or a warning to stderr, the program's name in front."""
    with suppress(OSError):  # nobody reads it any more, and the exit code says what it said
        for told in str(error).split("\n"):
            print(f"ibtui: {line(told)}", file=sys.stderr, flush=True)
