"""Many tickers side by side, in processes of their own: each opens the stores for itself."""

import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import ClassVar, TypeAlias

from app.replay.plan import Plan
from app.replay.ticker import Job, Stores, Track, replay

OpenStores: TypeAlias = Callable[[], AbstractContextManager[Stores]]


def replay_all(
    jobs: Sequence[Job], plan: Plan, open_stores: OpenStores, *, workers: int
) -> Generator[Track, None, None]:
    """Yield the track of each job as it is done; with one worker, in this process.

    ``open_stores`` must be picklable. Closed early, it ends its processes with the ticker in hand.

    Raises:
        DatabaseUnavailable: the stores do not answer.
        BrokenProcessPool: a process was killed.
    """
    if workers == 1:
        with open_stores() as stores:
            for job in jobs:
                yield replay(job, plan, stores)
        return
    # Spawned, not forked: a child must share neither connection nor lock with its parent.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _Child.start, (plan, open_stores))
    try:
        with _deaf_to_interrupts():  # as are the processes that start here: Ctrl-C is ours
            tracks = [pool.submit(_Child.replay, job) for job in jobs]
        for track in as_completed(tracks):
            yield track.result()
    finally:
        pool.shutdown(cancel_futures=True)


class _Child:
    """What a process of the pool holds for all of its tickers."""

    plan: ClassVar[Plan]
    open_stores: ClassVar[OpenStores]
    held: ClassVar[ExitStack] = ExitStack()  # what is open; its end is that of the process

    @classmethod
    def start(cls, plan: Plan, open_stores: OpenStores) -> None:
        """Take what is the same for every ticker."""
        Thread(target=_end_with_parent, daemon=True).start()
        cls.plan, cls.open_stores = plan, open_stores

    @classmethod
    def replay(cls, job: Job) -> Track:
        """Replay one ticker."""
        return replay(job, cls.plan, cls.stores())

    @classmethod
    @cache
    def stores(cls) -> Stores:
        """Open the stores for the first ticker: what goes wrong here can be told, not before."""
        return cls.held.enter_context(cls.open_stores())


def _end_with_parent() -> None:
    """End this process when its parent is gone without a word: the pool would wait for ever."""
    if parent := parent_process():
        parent.join()
        os._exit(1)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Hold back Ctrl-C; a process that is started inside never hears it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
