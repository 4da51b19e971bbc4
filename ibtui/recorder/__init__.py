"""The recorder: somebody else's network, in somebody else's loop, measured into a run folder.

Importing this loads no torch; hooking a model's layers does.
"""

from ibtui.recorder.recorder import Recorder

__all__ = ["Recorder"]
