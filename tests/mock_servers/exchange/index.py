"""Indices of the made-up market: the mean course of its issues."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tests.mock_servers.exchange.bars import Bars, Column
from tests.mock_servers.exchange.issue import Issue


def index_bars(issues: Sequence[Issue], level: int) -> Bars:
    """Return the mean course of ``issues``, ending at ``level`` points; in hundredths of a point.

    An issue without a bar keeps its last close, one not listed yet its first.
    """
    sessions = sorted({session for issue in issues for session in issue.bars.sessions})
    total = np.zeros((4, len(sessions)))
    volume = np.zeros((2, len(sessions)), dtype=np.int64)
    place = {session: position for position, session in enumerate(sessions)}
    for issue in issues:
        bars = issue.bars
        own = np.array([place[session] for session in bars.sessions])
        last = np.clip(np.searchsorted(own, np.arange(len(sessions)), side="right") - 1, 0, None)
        for row, column in enumerate((bars.open, bars.high, bars.low, bars.close)):
            total[row] += _traded(column, bars.close)[last] / bars.close[-1]
        volume[0, own] += bars.volume
        volume[1, own] += bars.value
    points = np.rint(total / max(len(issues), 1) * level * 100).astype(np.int64)
    return Bars(sessions, *points, *volume)


def _traded(column: Column, close: Column) -> NDArray[np.int64]:
    """Return ``column`` with the close where nothing was traded."""
    return np.where(column == 0, close, column)
