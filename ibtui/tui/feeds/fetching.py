"""Fetching: the files of a data set, fetched in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import cast

from ibtui.data.fetch import Fetched
from ibtui.errors import IbtuiError


class Fetching:
    """`begin` gives the steps; `error` says why they ended early, `active` whether they go on.

    What a stop leaves behind is gone on with the next time.
    """

    def __init__(self, begin: Callable[[], Iterator[Fetched]]) -> None:
        self.step: Fetched | None = None
        self.error = ""
        self.stopped = False
        self._begin = begin
        # A daemon: a server that does not answer must not hold the app.
        self._thread = threading.Thread(target=self._fetch, name="fetching", daemon=True)
        self._thread.start()

    @property
    def active(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """End after the block that is being received."""
        self.stopped = True

    def _fetch(self) -> None:
        try:
            with closing(cast(Generator[Fetched], self._begin())) as steps:
                for self.step in steps:
                    if self.stopped:
                        return
        except IbtuiError as error:
            self.error = str(error)
        except Exception as error:  # told like the others: nobody waits for this thread
            self.error = f"{type(error).__name__}: {error}"
