"""Device: load of the processor and of the GPU, where there is one, for the header."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading

SECONDS = 2.0
QUERY = ("name", "utilization.gpu", "memory.used", "memory.total")


def cpu_line() -> str:
    """Cores and load average."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return f"{os.cpu_count()} cores, load {load:.1f}"


def gpu_line(answer: str) -> str:
    """The first GPU of nvidia-smi's CSV answer, `H200 87% 3.1/139 GiB`; empty without a GPU."""
    parts = [part.strip() for part in answer.strip().split("\n")[0].split(",")]
    if len(parts) != len(QUERY):
        return ""
    name, load, used, total = parts
    try:
        memory = f"{float(used) / 1024:.1f}/{float(total) / 1024:.0f} GiB"
    except ValueError:  # "[N/A]"
        memory = ""
    share = f"{load}%" if load.isdigit() else ""
    return " ".join(part for part in (name.removeprefix("NVIDIA "), share, memory) if part)


class DeviceLoad:
    """The newest line about the device; nvidia-smi is asked in a thread, since it takes 30 ms."""

    def __init__(self) -> None:
        self.line = cpu_line()
        self._program = shutil.which("nvidia-smi")
        self._ended = threading.Event()
        threading.Thread(target=self._watch, name="device", daemon=True).start()

    def close(self) -> None:
        self._ended.set()

    def _watch(self) -> None:
        while True:
            gpu = self._ask() if self._program else ""
            self.line = gpu or cpu_line()
            if self._ended.wait(SECONDS):
                return

    def _ask(self) -> str:
        command = [str(self._program), f"--query-gpu={','.join(QUERY)}"]
        try:
            answer = subprocess.run(
                [*command, "--format=csv,noheader,nounits"],
                capture_output=True,
                text=True,
                timeout=SECONDS * 2,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return gpu_line(answer.stdout) if answer.returncode == 0 else ""
