"""Watch: what has happened to an ensemble since it was last looked at."""

from __future__ import annotations

from collections.abc import Iterator

from ibtui.session.events import CompileBegan, CompileEnded, Diverged, Event, Restarted, Warned
from ibtui.store import Ensemble


class Watch:
    """Tells once of each warning, restart, divergence and compilation.

    What a resumed ensemble brings along in its checkpoint was told when it happened.
    """

    def __init__(self, ensemble: Ensemble) -> None:
        self._ensemble = ensemble
        self._warnings, self._restarts = 0, len(ensemble.restarts)
        self._diverged = {*ensemble.diverged}
        self._compiling = False
        self._compile_seconds = 0.0  # when the present compilation began

    def news(self) -> Iterator[Event]:
        """The events since the last call."""
        ensemble = self._ensemble
        yield from self._compilation()
        warnings = ensemble.warnings[self._warnings :]
        restarts = ensemble.restarts[self._restarts :]
        diverged = {r: e for r, e in ensemble.diverged.items() if r not in self._diverged}
        self._warnings += len(warnings)
        self._restarts += len(restarts)
        self._diverged |= {*diverged}
        yield from map(Warned, warnings)
        yield from map(Restarted, restarts)
        for replicate, epoch in diverged.items():
            yield Diverged(replicate, epoch)

    def _compilation(self) -> Iterator[Event]:
        ensemble = self._ensemble
        if ensemble.compiling and not self._compiling:
            self._compiling, self._compile_seconds = True, ensemble.compile_seconds
            yield CompileBegan(once=ensemble.backend == "kernel")
        elif self._compiling and not ensemble.compiling:
            self._compiling = False
            if ensemble.compiled:  # otherwise a warning says why not
                yield CompileEnded(ensemble.compile_seconds - self._compile_seconds)
