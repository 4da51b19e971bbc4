"""Whether a process that compiles the kernel trains the same bits as one that loads it.

By hand: `python -m tests.benchmarks.compiling [--epochs 100]`: two fresh cache folders, in each one
process that compiles, one that loads, and one that loads callees before their callers. Exit code 1
if any two of the six differ. Each folder costs some 40 s of one core.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile

STEPS = (("compiled", "callers"), ("loaded", "callers"), ("callees first", "callees"))


def digests(epochs: int) -> list[str]:
    """Of one fresh folder: what each process has trained."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        own = {**os.environ, "NUMBA_CACHE_DIR": folder}
        for name, order in STEPS:
            words = [sys.executable, "-m", "tests.engine.kernel.loading", order, str(epochs)]
            told = subprocess.run(words, env=own, capture_output=True, text=True, check=True).stdout
            digest, seconds = told.split()
            print(f"{name:14} {digest[:16]}  {float(seconds):6.1f} s of compiling", flush=True)
            found.append(digest)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=100)
    epochs = parser.parse_args().epochs
    same = len({*digests(epochs), *digests(epochs)}) == 1
    print("the same bits" if same else "DIFFERENT BITS")
    sys.exit(not same)
