"""Follow one scan from its asking to its end, and notice when nobody works on it."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import timedelta

from app.bootstrap import Services
from app.cli.failure import NotReachable
from app.cli.output import duration
from app.database import DatabaseUnavailable
from app.queues import QueuesUnavailable
from app.signals.scans import Progress, ScanState

PATIENCE_SECONDS = 60.0  # without a worker that answers
START_SECONDS = 180.0  # with workers: a token's cooldown and the list of tickers take less
LOOK_SECONDS = 0.3
PING_SECONDS = 5.0  # how often workers are asked for while nothing moves
SWEPT = timedelta(seconds=120)  # behind its deadline, the sweep has closed a scan by then

# The queues in this order: a single worker with `broker` first keeps no outcome before the last.
HELP = (
    "start the whole system with `scanner up`, or a worker with "
    "`celery -A workers.celery_app worker -Q control,signals,broker`"
)


class Follower:
    """Look at a scan again and again. ``clock`` counts seconds; both can be passed in."""

    def __init__(
        self,
        services: Services,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._services = services
        self._clock = clock
        self._sleep = sleep
        self._alive = self._pinged = clock()  # when something moved, or a worker answered
        self._trouble = ""

    def recorded(self, scan_id: str) -> Progress:
        """Return the scan as soon as a worker has recorded it.

        Raises:
            NotReachable: no worker answers, or none of them takes the scan.
        """
        asked = self._clock()
        while (progress := self._look(scan_id)) is None:
            if self._nobody_works():
                raise NotReachable(f"{self._why()}: {HELP}")
            if self._clock() - asked > START_SECONDS:
                raise NotReachable(
                    f"workers answer, but none has started the scan within "
                    f"{duration(START_SECONDS)}: one of them must take the queue `control` and use "
                    "the same database as this command; its log says what it waits for"
                )
            self._sleep(LOOK_SECONDS)
        return progress

    def progress(self, scan_id: str) -> Iterator[Progress]:
        """Yield how far the scan is, again and again; closed, for the last time.

        Raises:
            NotReachable: nothing moves and no worker answers, or nobody closes the scan.
        """
        done = -1
        while True:
            progress = self._look(scan_id)
            if progress is not None:
                yield progress
                if progress.state is not ScanState.RUNNING:
                    return
                if progress.done != done:
                    done, self._alive = progress.done, self._clock()
                self._check(progress)
            elif self._nobody_works():
                raise NotReachable(self._why())
            self._sleep(LOOK_SECONDS)

    def _check(self, progress: Progress) -> None:
        where = f"scan {progress.id} stands at {progress.done} of {progress.total}"
        if self._nobody_works():
            raise NotReachable(f"{self._why()}; {where}, and goes on when one is there: {HELP}")
        if self._services.clock() > progress.deadline + SWEPT:
            raise NotReachable(
                f"{where}, its deadline is over and nobody closes it: is beat running, and a "
                "worker that takes the queue `control`?"
            )

    def _look(self, scan_id: str) -> Progress | None:
        try:
            return self._services.scans.progress(scan_id)
        except DatabaseUnavailable as error:  # it may be back before our patience ends
            self._trouble = str(error)
            return None

    def _nobody_works(self) -> bool:
        """Say whether for all our patience nothing has moved and no worker has answered."""
        now = self._clock()
        if now - max(self._alive, self._pinged) >= PING_SECONDS:
            self._pinged = now
            try:
                if self._services.queues.workers():
                    self._alive = now
            except QueuesUnavailable as error:
                self._trouble = str(error)
        return now - self._alive >= PATIENCE_SECONDS

    def _why(self) -> str:
        why = f"no worker has answered for {duration(PATIENCE_SECONDS)}"
        return f"{why} ({self._trouble})" if self._trouble else why


class Pace:
    """Requests a second over the last minute, from what was counted as time went on."""

    WINDOW_SECONDS = 60.0
    LEAST_SECONDS = 5.0  # before that it is not known

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def count(self, calls: int, at: float) -> None:
        """Note that ``calls`` had been made at the second ``at``."""
        self._seen.append((at, calls))
        while len(self._seen) > 2 and at - self._seen[1][0] >= self.WINDOW_SECONDS:
            self._seen.popleft()

    @property
    def rate(self) -> float | None:
        """Return calls a second; None while too little was seen."""
        if not self._seen:
            return None
        (first, before), (last, after) = self._seen[0], self._seen[-1]
        if last - first < self.LEAST_SECONDS:
            return None
        return (after - before) / (last - first)
