"""Session: one run from its start, or where it stopped, to its end.

`batch` iterates it in the main thread, the app in a thread beside the screen.

Importing this loads no torch.
"""

from ibtui.session.again import Again
from ibtui.session.engine import Engine, load_engine, warm
from ibtui.session.events import Event
from ibtui.session.session import Session, SessionStatus

__all__ = ["Again", "Engine", "Event", "Session", "SessionStatus", "load_engine", "warm"]
