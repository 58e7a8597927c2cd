"""Daily bars of one ticker as columns, oldest first."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from tests.mock_servers.exchange import ticks

Column = NDArray[np.int64]


def compact(day: date) -> str:
    """Return ``day`` as brokers write it: 20250228."""
    return day.strftime("%Y%m%d")


@dataclass(frozen=True, eq=False)
class Bars:
    """Sessions as ``20250228``, prices and value in won, volume in shares.

    A halted session has volume, value, open, high and low 0 and the close of the one before.
    """

    sessions: list[str]
    open: Column
    high: Column
    low: Column
    close: Column
    volume: Column
    value: Column

    def __len__(self) -> int:
        return len(self.sessions)

    def span(self, first: str, last: str) -> range:
        """Return the positions of the sessions from ``first`` to ``last``, both inclusive."""
        return range(bisect_left(self.sessions, first), bisect_right(self.sessions, last))

    def upto(self, last: str) -> "Bars":
        """Return the bars of the sessions up to ``last``."""
        return self._part(slice(bisect_right(self.sessions, last)))

    def newest(self, count: int) -> "Bars":
        """Return the newest ``count`` bars."""
        return self._part(slice(-count, None))

    def places(self, sessions: list[str]) -> list[int]:
        """Return where ``sessions`` are among these."""
        place = {session: position for position, session in enumerate(self.sessions)}
        return [place[session] for session in sessions]

    def change(self, position: int) -> int:
        """Return the close less the one before it, in won; 0 for the first bar."""
        return int(self.close[position] - self.close[max(position - 1, 0)])

    def sign(self, position: int) -> str:
        """Return the mark of a change: 1 upper limit, 2 up, 3 unchanged, 4 lower limit, 5 down."""
        change = self.change(position)
        close = int(self.close[position])
        if change > 0:
            return "1" if close == ticks.upper_limit(close - change) else "2"
        if change < 0:
            return "4" if close == ticks.lower_limit(close - change) else "5"
        return "3"

    def split(self, position: int, factor: int) -> "Bars":
        """Return these bars as adjusted for a split of 1 into ``factor`` before ``position``."""
        share = np.where(np.arange(len(self)) < position, factor, 1)
        opened, high, low, close = (
            np.rint(column / share).astype(np.int64)
            for column in (self.open, self.high, self.low, self.close)
        )
        return Bars(self.sessions, opened, high, low, close, self.volume * share, self.value)

    def by(self, period: str) -> "Bars":
        """Return bars of a week (``W``), a month (``M``) or a year (``Y``); ``D``: these.

        Each carries the date of its last session.
        """
        if period == "D" or not len(self):
            return self
        name = _PERIODS[period]
        by_name = groupby(range(len(self)), key=lambda position: name(self.sessions[position]))
        groups = [list(positions) for _, positions in by_name]
        merged = np.array([self._merged(positions) for positions in groups], dtype=np.int64)
        return Bars([self.sessions[positions[-1]] for positions in groups], *merged.T)

    def _part(self, part: slice) -> "Bars":
        columns = (self.open, self.high, self.low, self.close, self.volume, self.value)
        return Bars(self.sessions[part], *(column[part] for column in columns))

    def _merged(self, positions: list[int]) -> tuple[int, ...]:
        """Return open, high, low, close, volume and value of several sessions as of one."""
        traded = [position for position in positions if self.volume[position]]
        close = int(self.close[positions[-1]])
        if not traded:
            return 0, 0, 0, close, 0, 0
        return (
            int(self.open[traded[0]]),
            int(self.high[traded].max()),
            int(self.low[traded].min()),
            close,
            int(self.volume[traded].sum()),
            int(self.value[traded].sum()),
        )


_PERIODS: dict[str, Callable[[str], str]] = {
    "W": lambda session: date.fromisoformat(session).strftime("%G%V"),
    "M": lambda session: session[:6],
    "Y": lambda session: session[:4],
}
