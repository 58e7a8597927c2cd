"""When what is scanned, in Korean time: the table that beat sends by and that people are shown.

On a day without a session ``start_scan`` rests. Each scan holds a name: while one runs, the next of
its name is skipped.
"""

from dataclasses import dataclass
from datetime import time, timedelta
from itertools import pairwise

EVERY: tuple[str, ...] = ()  # strategy, also those that come later


@dataclass(frozen=True)
class Entry:
    """A scan of the whole market at the same minute of one or several hours, Monday to Friday.

    ``ends``: by when it must be done, so it takes as many tickers as fit.
    """

    name: str
    label: str
    hours: tuple[int, ...]
    minute: int
    strategies: tuple[str, ...]
    ends: time | None = None

    @property
    def times(self) -> list[time]:
        """Return when it starts, earliest first."""
        return [time(hour, self.minute) for hour in self.hours]

    @property
    def every(self) -> timedelta | None:
        """Return how long from each start to the next; None: one start, or uneven ones."""
        steps = {later - earlier for earlier, later in pairwise(self.hours)}
        return timedelta(hours=steps.pop()) if len(steps) == 1 else None


SCHEDULE = (
    Entry("pre_open", "Pre-open VCP", (8,), 0, ("vcp",)),
    Entry("intraday", "Intraday breakout", (9, 10, 11, 12, 13, 14), 30, ("volatility_breakout",)),
    Entry(
        *("closing", "Closing bet and breakout", (14,), 50),
        strategies=("closing_bet", "volatility_breakout"),
        ends=time(15, 18),
    ),
    # It stores the day's flows, for the strategies that read them tomorrow.
    Entry("after_close", "After-close, all strategies", (18,), 10, EVERY),
)
