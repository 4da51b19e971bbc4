"""Cluster: a batch whose runs are tasks of a Ray cluster, each retried on another worker.

The head submits a bounded number of tasks at a time, and holds of each run its number alone.
"""

from __future__ import annotations

import logging
import math
import socket
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from ibtui.errors import IbtuiError, RunError, UsageError, complain, refused
from ibtui.headless.advice import advice
from ibtui.headless.batch import BatchSettings, tell_rows
from ibtui.headless.follow import show
from ibtui.headless.interrupts import Interrupt, interruptible
from ibtui.headless.task import Order, Outcome, make_run
from ibtui.profile import Profiles, shipped, text_of
from ibtui.report.screen import console, say
from ibtui.session import Engine, load_engine
from ibtui.store import Made, Watcher
from ibtui.store.claims import FOLDER

WINDOW = 1000  # tasks that wait or run, or twice as many as can run at a time
AGAIN_SECONDS = 2.0  # before a run that another process had is asked for again
MOST_ASKED = 5
ANSWER_SECONDS = 10.0


@dataclass(frozen=True)
class RaySettings:
    """How the runs are shared out; `fetch`: the workers do not share the folder of runs."""

    address: str
    cpus_per_run: float = 1.0
    gpus_per_run: float = 0.0
    retries: int = 3
    fetch: bool = False
    engine: Engine = load_engine


class _Place(NamedTuple):
    """A run of a profile of the batch, and how often it was asked for."""

    order: int
    at: int
    asked: int = 0


def run_on_ray(words: Sequence[str], settings: BatchSettings, how: RaySettings) -> int:
    """Make the runs of all profiles as tasks of a cluster; return the exit code.

    Raises `UsageError` where the cluster cannot do it, `RunError` where it cannot be reached.
    """
    if not words:
        raise UsageError("--ray: name profiles (ibtui profiles: those shipped)")
    ray = _imported()
    absolute = replace(settings, out=settings.out.absolute(), quiet=True, keep=True, worker=True)
    threads = max(math.floor(how.cpus_per_run), 1)
    orders = []
    for word in words:  # a slip shows at once
        path = shipped.find_profile(word)
        order = Order(text_of(path), str(path), absolute, threads, None, how.engine)
        orders.append((order, order.sweep().profiles))
    with _connected(ray, how) as slots, _marked(absolute.out, shared=not how.fetch) as mark:
        for _, profiles in orders:
            for line in advice(profiles, slots):
                complain(line)
        marked = [(replace(order, mark=mark), profiles) for order, profiles in orders]
        return _Head(ray, marked, how, slots, quiet=settings.quiet).run()


class _Head:
    """Submits the tasks and takes what comes of them."""

    def __init__(
        self,
        ray: Any,
        orders: Sequence[tuple[Order, Profiles]],
        how: RaySettings,
        slots: int,
        *,
        quiet: bool,
    ) -> None:
        self._ray, self._how, self._quiet = ray, how, quiet
        self._profiles = [profiles for _, profiles in orders]
        self._out = orders[0][0].settings.out
        self._made = Made(self._out)
        self._orders = [ray.put(order) for order, _ in orders]
        self._keepers = [self._keeper(order) if how.fetch else None for order, _ in orders]
        self._task = ray.remote(make_run).options(
            num_cpus=how.cpus_per_run,
            num_gpus=how.gpus_per_run,
            max_retries=how.retries,
            scheduling_strategy="SPREAD",
        )
        self._window = max(WINDOW, 2 * slots)
        self._waiting = self._places()
        self._again: deque[tuple[float, _Place]] = deque()
        self._under_way: dict[Any, _Place] = {}
        self._ended: SimpleQueue[tuple[Any, Any]] = SimpleQueue()
        self._stopping = False
        self.folders: list[Path] = []
        self.codes: set[int] = set()

    def run(self) -> int:
        screen = console()
        watcher = Watcher(self._out, since=time.time() - 1)
        with interruptible() as interrupt, interrupt.stopping(self._stop):
            try:
                if self._quiet:
                    while self.goes_on(0.5):
                        pass
                else:
                    show(watcher, lambda: self.goes_on(0.01), screen)
            except KeyboardInterrupt:  # the second Ctrl-C
                for ref in self._under_way:
                    self._ray.cancel(ref, force=True)
            return self._told(interrupt, screen)

    def goes_on(self, seconds: float) -> bool:
        """Take what has ended, submit what there is room for; whether anything is left."""
        if self._stopping:
            self._cancel()
        else:
            self._submit()
        with suppress(Empty):
            while True:
                ref, future = (
                    self._ended.get(timeout=seconds) if seconds else self._ended.get(False)
                )
                seconds = 0.0
                place = self._under_way.pop(ref)
                self._take(place, future)
        return bool(self._under_way or (not self._stopping and (self._again or self._more())))

    def _places(self) -> Iterator[_Place]:
        for order, profiles in enumerate(self._profiles):
            for at in range(len(profiles)):
                try:
                    done = self._made.finished(profiles[at])
                except IbtuiError as error:  # of a large sweep it shows here
                    self._fail(str(error), error.exit_code)
                    continue
                if done:
                    self._keep(done)
                else:
                    yield _Place(order, at)

    def _more(self) -> bool:
        """Whether a run is left that was not submitted; it is the next one then."""
        for place in self._waiting:
            self._again.appendleft((0.0, place))
            return True
        return False

    def _submit(self) -> None:
        now = time.monotonic()
        for _ in range(len(self._again)):
            when, place = self._again.popleft()
            if when <= now and len(self._under_way) < self._window:
                self._begin(place)
            else:
                self._again.append((when, place))
        while len(self._under_way) < self._window:
            place = next(self._waiting, None)
            if place is None:
                return
            self._begin(place)

    def _begin(self, place: _Place) -> None:
        order, keeper = self._orders[place.order], self._keepers[place.order]
        ref = self._task.remote(order, place.at, keeper)
        self._under_way[ref] = place
        # Not ray.wait, which looks at every task of the window each time.
        ref.future().add_done_callback(lambda future: self._ended.put((ref, future)))

    def _take(self, place: _Place, future: Any) -> None:
        name = self._profiles[place.order].name(place.at)
        error = future.exception()
        if error is not None:
            if not self._stopping:
                self._fail(f"{name}: {_reason(self._ray, error, self._how)}", 1)
            return
        outcome: Outcome = future.result()
        if outcome.fate == "finished" and outcome.folder:
            self._keep(outcome.folder)
        elif outcome.fate == "failed":
            self._fail(outcome.told, outcome.exit_code)
        elif outcome.fate == "elsewhere" and place.asked + 1 >= MOST_ASKED:
            complain(f"{name}: is being made by another process")
        elif not self._stopping:  # of another, or by a worker that was told to stop
            again = place._replace(asked=place.asked + 1)
            self._again.append((time.monotonic() + AGAIN_SECONDS, again))

    def _keep(self, folder: Path) -> None:
        self.folders.append(folder)
        if self._quiet:
            say(console(), str(folder))

    def _fail(self, told: str, code: int) -> None:
        complain(told)
        self.codes.add(code)

    def _stop(self) -> None:
        self._stopping = True  # a signal handler does no more

    def _cancel(self) -> None:
        """What waits is dropped, what runs ends saved; once."""
        if not self._again and self._waiting is _NONE:
            return
        self._again.clear()
        self._waiting = _NONE
        for ref in self._under_way:
            self._ray.cancel(ref)

    def _told(self, interrupt: Interrupt, screen: Any) -> int:
        if interrupt.signal:
            complain("stopped, all is saved: the same command goes on")
            return interrupt.exit_code
        if not self._quiet:
            tell_rows(self.folders, self._out, screen)
        return self.codes.pop() if len(self.codes) == 1 else int(bool(self.codes))

    def _keeper(self, order: Order) -> Any:
        """The actor that writes the runs, on this machine."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        from ibtui.headless.keeper import Keeper

        here = NodeAffinitySchedulingStrategy(
            self._ray.get_runtime_context().get_node_id(), soft=False
        )
        return self._ray.remote(Keeper).options(num_cpus=0, scheduling_strategy=here).remote(order)


_NONE: Iterator[_Place] = iter(())


def _imported() -> Any:
    try:
        import ray
        import ray.exceptions
    except ImportError:
        raise UsageError("--ray needs Ray (pip install 'ibtui[ray]')") from None
    return ray


@contextmanager
def _connected(ray: Any, how: RaySettings) -> Iterator[int]:
    """A connection to the cluster, and how many runs it holds at a time."""
    try:
        _must_answer(how.address)
        ray.init(how.address, log_to_driver=False, logging_level=logging.ERROR)
    except (
        ray.exceptions.RayError,
        ConnectionError,
        RuntimeError,
        ValueError,
        OSError,
        OverflowError,
    ) as error:
        raise RunError(f"--ray {how.address}: {_no_connection(error)}") from None
    try:
        yield _slots(ray, how)
    finally:
        ray.shutdown()


def _must_answer(address: str) -> None:
    """Raise `OSError` where nobody listens: Ray itself would try for minutes."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and "/" not in host:
        socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWER_SECONDS).close()


def _no_connection(error: Exception) -> str:
    said = " ".join(str(error).split())
    if "ersion mismatch" in said:
        return f"the cluster has another version of Ray or Python: {said}"
    if type(error).__name__ == "AuthenticationError" or "token" in said.lower():
        return f"the cluster wants another token (RAY_AUTH_TOKEN, RAY_AUTH_TOKEN_PATH): {said}"
    return f"no Ray cluster answers there ('ray start --head' begins one): {said}"


def _slots(ray: Any, how: RaySettings) -> int:
    """How many runs the cluster holds at a time. Raises `UsageError` where it holds none."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    wants = (
        ("CPU", "--cpus-per-run", how.cpus_per_run),
        ("GPU", "--gpus-per-run", how.gpus_per_run),
    )
    for name, option, want in wants:
        most = max((node.get(name, 0) for node in nodes), default=0)
        if want > most:
            raise UsageError(
                f"{option} {want:g}: no node of the cluster has more than {most:g} {name}s"
            )
    return sum(
        min(math.floor(node.get(name, 0) / want + 1e-9) for name, _, want in wants if want)
        for node in nodes
    )


def _reason(ray: Any, error: Exception, how: RaySettings) -> str:
    """What a task that could not be made failed of, in a line."""
    kinds, again = ray.exceptions, f"after {how.retries} retries"
    if isinstance(error, kinds.OutOfMemoryError):
        return f"its worker ran out of memory {again} (a larger --cpus-per-run: fewer at a time)"
    if isinstance(error, kinds.WorkerCrashedError | kinds.NodeDiedError):
        return f"its worker died {again}; the same command goes on with the run"
    if isinstance(error, kinds.RayActorError):
        return "the process that keeps its files is gone"
    cause = getattr(error, "cause", None) or error
    if isinstance(cause, ModuleNotFoundError) or "No module named" in str(cause):
        return f"a worker lacks a package: {str(cause).splitlines()[-1]} (install ibtui there too)"
    return f"{type(cause).__name__}: {str(cause).splitlines()[-1] if str(cause) else ''}"


@contextmanager
def _marked(out: Path, *, shared: bool) -> Iterator[Path | None]:
    """A file in the folder of runs, by which a worker sees that it is the same one."""
    if not shared:
        yield None
        return
    mark = out / FOLDER / f"ray-{uuid.uuid4().hex}"
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError as error:
        raise refused(out, error) from None
    try:
        yield mark
    finally:
        mark.unlink(missing_ok=True)
