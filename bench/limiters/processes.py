"""Processes that end with the bench, and how well this machine serves them."""

import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.context import ForkProcess
from typing import Any

FORK = multiprocessing.get_context("fork")  # what a contender imports is imported once
STEP_SECONDS = 0.05
wake_ups: list[float] = []  # how late each was, in seconds


def child(target: Callable[..., None], *arguments: Any) -> ForkProcess:
    """Return a process that leaves Ctrl-C to the one that starts it."""
    return FORK.Process(target=_run, args=(target, arguments))


def _run(target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    target(*arguments)


@contextmanager
def running(process: ForkProcess) -> Iterator[None]:
    """Run a process for the length of the block, and end it."""
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def sleep_until(moment: float) -> None:
    """Sleep in short steps, and note how late this machine wakes a process."""
    while (left := moment - time.monotonic()) > 0:
        due = time.monotonic() + min(left, STEP_SECONDS)
        time.sleep(due - time.monotonic())
        wake_ups.append(time.monotonic() - due)


def go_first(pid: int) -> None:
    """Let what stands for another machine not wait for this one's processes, where allowed."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, pid, -10)


def own_cpu_seconds() -> float:
    """Return what this process and those it has ended used, servers included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
