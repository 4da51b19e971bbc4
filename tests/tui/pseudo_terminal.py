"""A terminal for tests: a pseudo-terminal with a program in it and an emulator before it."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyte

ROOT = Path(__file__).parents[2]
SYNC_ASKED, SYNC_ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
FRAME = re.compile(rb"\x1b\[\?2026h(.*?)\x1b\[\?2026l", re.DOTALL)
# What the emulator does not know: private queries, the kitty keyboard, synchronized output.
UNKNOWN = re.compile(rb"\x1b\[[?<>=][0-9;]*(?:\$p|u)|\x1b\[\?2026[hl]")


class Terminal:
    """`program` in a terminal of `size` (columns, rows); `rate` limits the line, bytes a second."""

    def __init__(
        self,
        program: Sequence[str],
        size: tuple[int, int] = (120, 40),
        *,
        rate: float | None = None,
        **environment: str,
    ) -> None:
        self.columns, self.rows = size
        self.screen = pyte.Screen(*size)
        self.sent = b""  # all that the program has written
        self._stream = pyte.ByteStream(self.screen)
        self._held = b""  # the start of a sequence whose end has not come yet
        self._rate, self._credit, self._clock = rate, 0.0, time.monotonic()
        keep = ("PATH", "HOME", "TMPDIR", "VIRTUAL_ENV", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR")
        env = {key: os.environ[key] for key in keep if key in os.environ}
        env |= {"TERM": "xterm-256color", "LANG": "en_US.UTF-8", "PYTHONPATH": str(ROOT)}
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.process = subprocess.Popen(
            program,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=env | environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()

    def hang_up(self) -> None:
        """Drop the line: the kernel sends SIGHUP."""
        if self._master >= 0:
            os.close(self._master)
        self._master = -1

    def press(self, keys: str | bytes) -> None:
        os.write(self._master, keys if isinstance(keys, bytes) else keys.encode())

    def read(self, seconds: float) -> bytes:
        """What the program writes within `seconds`, at most one piece."""
        size = 65536
        if self._rate is not None:
            now = time.monotonic()
            self._credit = min(self._credit + (now - self._clock) * self._rate, 0.02 * self._rate)
            self._clock = now
            if self._credit < 64:
                time.sleep(0.002)
                return b""
            size = int(self._credit)
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        try:
            piece = os.read(self._master, size)
        except OSError:  # the program has ended
            return b""
        self._credit -= len(piece)
        if SYNC_ASKED in piece:
            os.write(self._master, SYNC_ANSWER)
        self.sent += piece
        self._feed(piece)
        return piece

    def _feed(self, piece: bytes) -> None:
        data = self._held + piece
        last = data.rfind(b"\x1b", -40)
        cut = last if last >= 0 and not re.search(rb"[a-zA-Z~\\]", data[last + 2 :]) else len(data)
        self._held = data[cut:]
        self._stream.feed(UNKNOWN.sub(b"", data[:cut]))

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def until(self, shown: str | Callable[[str], bool], seconds: float = 60.0) -> str:
        """Read until the screen shows it; returns the screen's text."""
        end = time.monotonic() + seconds
        while not (shown in self.text if isinstance(shown, str) else shown(self.text)):
            assert time.monotonic() < end, f"{shown!r} does not come:\n{self.text}"
            if self.process.poll() is not None and not self.read(0.1):
                raise AssertionError(f"ended with {self.process.returncode}:\n{self.text}")
            self.read(0.1)
        return self.text

    def ended(self, seconds: float = 30.0) -> int:
        """Read until the program ends; its exit code."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it does not end:\n{self.text}"
            if self._master >= 0:
                self.read(0.05)
            else:
                time.sleep(0.05)
        while self._master >= 0 and self.read(0.05):
            pass
        return self.process.returncode

    def watch(self, seconds: float) -> bytes:
        """All that the program writes in `seconds`."""
        end, start = time.monotonic() + seconds, len(self.sent)
        while time.monotonic() < end:
            self.read(0.05)
        return self.sent[start:]

    def colours(self) -> set[str]:
        """The colours on the screen, in front and behind."""
        cells = [cell for row in self.screen.buffer.values() for cell in row.values()]
        return {cell.fg for cell in cells} | {cell.bg for cell in cells}


def ibtui(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "ibtui", *map(str, words)]
