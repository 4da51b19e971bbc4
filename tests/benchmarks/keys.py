"""Random keys: whether 10,000 of them, with pasted text and resizes, end the app.

python -m tests.benchmarks.keys [--keys 10000] [--seed 1]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from textual.pilot import Pilot

from tests.scripted_engine import engine
from tests.tui.random_keys import press_at_random
from tests.tui.replayed_app import replaying
from tests.tui.scripted_app import drive


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--keys", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        os.environ["XDG_CONFIG_HOME"] = f"{folder}/config"
        os.chdir(folder)
        app = replaying(Path(folder) / "runs", engine=engine())
        app.end = lambda code: None  # which q may ask for

        async def steps(pilot: Pilot) -> None:
            await press_at_random(pilot, chosen.keys, chosen.seed)

        began = time.process_time()
        drive(app, steps, (100, 32))
        spent = time.process_time() - began
    print(f"{chosen.keys} keys, seed {chosen.seed}: the app lives, {spent:.0f} s of CPU")


if __name__ == "__main__":
    main()
