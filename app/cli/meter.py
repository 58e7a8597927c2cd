"""The progress of one scan: how far it is, how fast the account is used, how long it will take."""

import time
from collections.abc import Callable

from app.cli.follow import Pace
from app.cli.output import counted, duration
from app.cli.progress import Bar
from app.signals import scans


class Meter(Bar):
    """Shows a scan as it goes on. ``limit``: calls a second."""

    def __init__(self, limit: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("waiting for a worker", None, clock=clock)
        self._limit = limit
        self._pace = Pace()

    def show(self, progress: scans.Progress) -> None:
        """Show the scan as it stands."""
        self._pace.count(progress.calls, self._clock())
        self.move(self.words(progress), progress.done, progress.total)

    def words(self, progress: scans.Progress) -> str:
        """Return the scan's progress in words."""
        speed = "–" if self._rate is None else f"{self._rate:.2f}"
        return (
            f"{progress.done:,}/{progress.total:,} · {speed} of {self._limit:g} requests/s · "
            f"{progress.refused} refused · {counted(progress.signals, 'signal')} · "
            f"{duration(self._seconds_left(progress))} left"
        )

    @property
    def _rate(self) -> float | None:
        """Return requests a second; counted by whole tickers, a short window can read high."""
        return None if self._pace.rate is None else min(self._pace.rate, self._limit)

    def _seconds_left(self, progress: scans.Progress) -> float:
        """Return open calls ÷ the rate measured; the limit stands in until that is known."""
        return progress.open_calls / (self._rate or self._limit)
