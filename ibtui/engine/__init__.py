"""The engine: networks, trained and measured. Its whole interface is `Ensemble`.

Importing this loads neither torch nor numba: the backend that computes a run does.
"""

import os

# Threads that spin while they wait bring a shared machine to a halt; libgomp reads this once.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from ibtui.engine.ensemble import Ensemble
from ibtui.engine.heap import keep_freed_memory

keep_freed_memory()

__all__ = ["Ensemble"]
