"""The right to one call: waited for, used at once, given back with its answer."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Self, TypeVar

from app.limiter.errors import LimiterUnavailable, PermitTimeout
from app.limiter.store import Store
from app.limiter.waiter import Waiter, new_id

STALE_SECONDS = 1.0  # a lease has this much to spare for the way from grant to socket
GIVE_BACK_SECONDS = 2.0  # longer than that, the end of the lease does it
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 0.25  # between attempts while Redis is away

log = logging.getLogger(__name__)
T = TypeVar("T")


class Permit:
    """Entered, it waits for its turn; left, it gives the permit back.

    Say inside what became of the call. ``rejected``: the broker counted one call too many.
    ``unanswered``: it timed out and may still arrive, so the permit is kept until its lease ends.
    ``waited_seconds`` tells how long the wait was.
    """

    def __init__(
        self,
        store: Store,
        waiter: Waiter,
        *,
        timeout: float,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rejected = False
        self.unanswered = False
        self.waited_seconds = 0.0
        self._store = store
        self._waiter = waiter
        self._timeout = timeout
        self._sleep = sleep
        self._clock = clock
        self._asked_at = 0.0
        self._usable_from = 0.0

    def __enter__(self) -> Self:
        self._take()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None and not issubclass(kind, Exception):
            self.unanswered = True  # interrupted: nobody saw whether the call arrived
        if self._waiter.granted:
            self._give_back()

    def refresh(self) -> None:
        """Call just before the socket: a permit older than 1 s is changed for a new one.

        A process may be paused between its grant and its call, and the lease runs on.

        Raises:
            PermitTimeout, LimiterUnavailable: as at the start of the block.
        """
        if self._is_stale():
            self._start_over()
            self._take()

    def _take(self) -> None:
        began = self._clock()
        try:
            self._wait(began + self._timeout)
        except BaseException as error:
            self._cancel(timed_out=isinstance(error, PermitTimeout))
            raise
        self.waited_seconds += self._clock() - began

    def _wait(self, deadline: float) -> None:
        while True:
            self._waiter = self._repeat(self._ask, deadline)
            if self._waiter.granted:
                self._usable_from = self._asked_at + self._waiter.delay_seconds
                if self._waiter.delay_seconds:
                    self._sleep(self._waiter.delay_seconds)
                if not self._is_stale():
                    return
                self._start_over()
            elif self._clock() + self._waiter.delay_seconds > deadline:
                raise PermitTimeout(
                    f"no permit of {self._waiter.names} within {self._timeout:g} s:"
                    f" the next is {self._waiter.delay_seconds:.1f} s away"
                )
            else:
                self._sleep(self._waiter.ask_again_seconds)

    def _ask(self) -> Waiter:
        self._asked_at = self._clock()
        return self._store.ask(self._waiter)

    def _is_stale(self) -> bool:
        return self._clock() - self._usable_from > STALE_SECONDS

    def _start_over(self) -> None:
        """Return the unused permit and become a new waiter in the same place."""
        self._cancel()
        self._waiter = replace(self._waiter, id=new_id())

    def _cancel(self, *, timed_out: bool = False) -> None:
        with suppress(LimiterUnavailable):  # a forgotten waiter and a lease end by themselves
            self._store.cancel(self._waiter, timed_out=timed_out)
        self._waiter = replace(self._waiter, granted=False)

    def _give_back(self) -> None:
        try:
            self._repeat(self._report, self._clock() + GIVE_BACK_SECONDS)
        except LimiterUnavailable as error:
            log.warning("%s; a permit was not given back, its lease will end", error)

    def _report(self) -> None:
        self._store.give_back(self._waiter, rejected=self.rejected, unanswered=self.unanswered)

    def _repeat(self, attempt: Callable[[], T], deadline: float) -> T:
        """Return what ``attempt`` returns as soon as Redis answers it.

        Raises:
            LimiterUnavailable: Redis did not answer by the deadline.
        """
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return attempt()
            except LimiterUnavailable:
                left = deadline - self._clock()
                if left <= 0:
                    raise
                self._sleep(min(pause, left))
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
