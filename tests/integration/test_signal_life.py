"""Scanned session by session, a market's signals come to where a replay of their bars says."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date

import numpy as np

from app.domain import Life, Signal
from app.market.bars import Span
from app.signals import life
from app.signals.course import Course, Found
from app.signals.scans import Plan
from app.signals.tracked import Key, key_of, levels_of
from tests.integration.conftest import FRIDAY_EVENING, MakeServices
from tests.integration.test_scan_ticker import SCAN

FIRST, LAST = date(2025, 2, 20), date(2025, 2, 28)


def test_signals_live_on_as_later_sessions_are_scanned(services: MakeServices) -> None:
    built = services()
    tickers = sorted(each.ticker for each in built.scanner.listings().values() if not each.excluded)
    found: dict[Key, list[Signal]] = defaultdict(list)
    for session in built.calendar.sessions(FIRST, LAST):
        scan = replace(SCAN, id=f"{session}", as_of=session)
        built.scans.record(Plan(scan, tickers, planned_calls=0), now=FRIDAY_EVENING)
        for ticker in tickers:
            outcome = built.scanner.scan(ticker, scan)
            built.keeper.keep(outcome)
            for signal in outcome.signals:
                found[key_of(signal)].append(signal)

    kept = {key_of(each.signal): each for each in built.signals.signals(limit=None)}

    assert kept.keys() == found.keys()
    for key, (first, *again) in found.items():
        bars = built.bars.load(key.ticker, Span(first.last_bar, LAST))
        later = bars[bars.session > np.datetime64(first.last_bar)]
        levels: dict[date, Found] = {each.last_bar: levels_of(each) for each in again}
        expected: Course = life.course(levels_of(first), later, levels)
        assert replace(kept[key].course, found=expected.found) == expected, key
    lives = Counter(each.course.life for each in kept.values())
    assert {Life.NEW, Life.ACTIVE, Life.TRIGGERED, Life.EXPIRED} <= lives.keys()
    assert len(built.signals.changes(limit=10_000)) >= len(kept)
