"""What writes runs dies at any of its writes, and what is left loads and goes on bit for bit."""

import subprocess
import sys
from pathlib import Path


def test_what_a_crash_leaves_loads_and_goes_on():
    """In a process of its own, since it forks and takes the place of system calls."""
    words = (sys.executable, "-m", "tests.benchmarks.crash", "--count", "40", "--seed", "0")
    root = Path(__file__).parents[2]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failures" in done.stdout
