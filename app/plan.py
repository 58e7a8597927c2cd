"""What a scan takes on: which tickers, how many calls they cost, and by when it must be done."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from fractions import Fraction

from app.domain import KOREA, Scan, Ticker
from app.market.bars import BarStore
from app.market.calendar import Calendar
from app.market.universe import select
from app.profiles import Profile
from app.queues import ScanRequest
from app.scan import Scanner, View
from app.signals.scans import Plan, ScanStore
from app.strategies.registry import find

DEADLINE_FACTOR = 1.5
DEADLINE_GRACE = timedelta(seconds=60)
SLOT_MINUTES = 5  # entries of the schedule are further apart than this


class Planner:
    """Plan scans by what is stored and what the account can do."""

    def __init__(
        self,
        *,
        scanner: Scanner,
        scans: ScanStore,
        bars: BarStore,
        calendar: Calendar,
        profile: Profile,
        rate: Fraction,
    ) -> None:
        self._scanner = scanner
        self._scans = scans
        self._bars = bars
        self._calendar = calendar
        self._profile = profile
        self._rate = rate

    def plan(self, request: ScanRequest, now: datetime) -> Plan:
        """Return the scan that ``request`` asks for.

        Raises:
            ValueError: it names a strategy that there is not, or nothing to scan.
            BrokerError, LimiterError: the universe could not be had.
        """
        strategies = tuple(strategy.name for strategy in find(request.strategies))
        slot = _slot(request.name, now) if request.scheduled else None
        reason = self._rest_day(now) if request.scheduled else ""
        view = self._scanner.view(request.as_of)
        calls = {} if reason else self._calls(self._wanted(request), view)
        if request.ends and calls:
            calls, reason = self._fitting(calls, request.ends, now)
        batches = self._batches(list(calls), view)
        total = sum(calls.values()) + len(batches)
        scan = Scan(
            id=request.id,
            name=request.name,
            as_of=request.as_of,
            strategies=strategies,
            priority=request.priority,
            deadline=self._deadline(total + self._scans.open_calls(request.priority), now),
            created_at=now,
        )
        return Plan(scan, list(calls), total, slot, reason, batches)

    def _rest_day(self, now: datetime) -> str:
        today = now.astimezone(KOREA).date()
        if self._calendar.is_session(today):
            return ""
        return f"no session on {today}: {self._calendar.holiday(today) or 'a weekend'}"

    def _wanted(self, request: ScanRequest) -> list[Ticker]:
        """Return what to scan: tickers as they were named, a market without the excluded."""
        if request.tickers:
            return list(dict.fromkeys(request.tickers))
        if request.market is None:
            raise ValueError("nothing to scan: name tickers or a market")
        listings = self._scanner.listings().values()
        return [listing.ticker for listing in select(listings, request.market)]

    def _quoted(self, number: int, view: View) -> bool:
        """Say whether running bars are fetched in batches: wanted, offered, and worth it."""
        return view.live and view.running and self._profile.quotes_a_call > 0 and number > 1

    def _batches(self, tickers: Sequence[Ticker], view: View) -> list[Sequence[Ticker]]:
        if not self._quoted(len(tickers), view):
            return []
        size = self._profile.quotes_a_call
        return [tickers[at : at + size] for at in range(0, len(tickers), size)]

    def _calls(self, tickers: Sequence[Ticker], view: View) -> dict[Ticker, int]:
        """Return how many calls each ticker's bars will take, by what is stored of them."""
        wanted = view.sessions[:-1] if self._quoted(len(tickers), view) else view.sessions
        known = self._bars.known()

        def calls(ticker: Ticker) -> int:
            if ticker not in known:
                return self._pages(len(wanted))
            before = bisect_left(wanted, known[ticker].first)
            behind = len(wanted) - bisect_right(wanted, known[ticker].last)
            return self._pages(before) + self._pages(behind)

        return {ticker: calls(ticker) for ticker in tickers}

    def _pages(self, sessions: int) -> int:
        return math.ceil(sessions / self._profile.bars_a_call)

    def _fitting(
        self, calls: Mapping[Ticker, int], ends: str, now: datetime
    ) -> tuple[dict[Ticker, int], str]:
        """Return the tickers that can be done by ``ends``, greatest value of yesterday first."""
        end = datetime.combine(now.astimezone(KOREA), time.fromisoformat(ends), KOREA)
        left = max(0.0, (end - now).total_seconds()) * float(self._rate)
        value = {each.ticker: each.value or 0.0 for each in self._scanner.listings().values()}
        fitting: dict[Ticker, int] = {}
        for ticker in sorted(calls, key=lambda each: -value.get(each, 0.0)):
            left -= max(1, calls[ticker])  # one at least: the running bar
            if left < 0:
                break
            fitting[ticker] = calls[ticker]
        said = f"{len(fitting)} of {len(calls)} tickers fit before {ends}, by yesterday's value"
        return fitting, said

    def _deadline(self, calls: int, now: datetime) -> datetime:
        seconds = float(calls / self._rate) * DEADLINE_FACTOR
        return now + timedelta(seconds=seconds) + DEADLINE_GRACE


def failed(request: ScanRequest, reason: str, now: datetime) -> Plan:
    """Return the plan of a scan that could not be planned, to be recorded as failed."""
    slot = _slot(request.name, now) if request.scheduled else None
    scan = Scan(
        id=request.id,
        name=request.name,
        as_of=request.as_of,
        strategies=tuple(request.strategies),
        priority=request.priority,
        deadline=now,
        created_at=now,
    )
    return Plan(scan, request.tickers, 0, slot, reason)


def _slot(name: str, now: datetime) -> str:
    """Return the schedule's time that ``now`` belongs to: two beats send two messages, one slot."""
    korean = now.astimezone(KOREA)
    start = korean.replace(minute=korean.minute // SLOT_MINUTES * SLOT_MINUTES)
    return f"{name}:{start:%Y-%m-%dT%H:%M}"
