"""Signals: what the app does where it is told to end, or its line drops."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

HANGED_UP, TERMINATED = 128 + signal.SIGHUP, 128 + signal.SIGTERM


def catch_signals(end: Callable[[int], object], save: Callable[[], None]) -> None:
    """SIGTERM calls `end` with its exit code; a dropped line has a thread `save`, and ends."""
    if threading.current_thread() is not threading.main_thread():
        return

    def save_and_end() -> None:
        save()
        os._exit(HANGED_UP)

    def hang_up(*_: Any) -> None:
        # Whoever draws now may block for ever.
        threading.Thread(target=save_and_end, name="hang-up").start()

    signal.signal(signal.SIGTERM, lambda *_: end(TERMINATED))
    signal.signal(signal.SIGHUP, hang_up)
