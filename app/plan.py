"""What a scan takes on: which tickers, how many calls they cost, and by when it must be done."""

import math
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from fractions import Fraction

from app.costs import Costs
from app.domain import KOREA, Scan, Ticker
from app.market.calendar import Calendar
from app.market.universe import select
from app.queues import ScanRequest
from app.scan import Scanner
from app.signals.scans import Plan, ScanStore
from app.strategies.base import Strategy
from app.strategies.registry import find
from app.view import View
from app.whole_market import WholeMarket

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
        costs: Costs,
        market: WholeMarket,
        calendar: Calendar,
        strategies: Mapping[str, Strategy],
        rate: Fraction,
    ) -> None:
        self._scanner = scanner
        self._scans = scans
        self._costs = costs
        self._market = market
        self._calendar = calendar
        self._strategies = strategies
        self._rate = rate

    def plan(self, request: ScanRequest, now: datetime) -> Plan:
        """Return the scan that ``request`` asks for.

        Raises:
            ValueError: it names a strategy that there is not, or nothing to scan.
            BrokerError, LimiterError: the universe could not be had.
        """
        strategies = {each.name: self._strategies[each.name] for each in find(request.strategies)}
        slot = _slot(request.name, now) if request.scheduled else None
        reason = self._rest_day(now) if request.scheduled else ""
        view = self._scanner.view(request.as_of)
        wanted = [] if reason else self._wanted(request)
        calls = self._costs.calls(wanted, strategies.values(), view)
        if request.ends and calls:
            calls, reason = self._fitting(calls, view, request.ends, now)
        batches = self._costs.batches(list(calls), view)
        # A few tickers take the regime as it is stored.
        indices = self._market.missing(view) if request.market and calls else {}
        total = sum(calls.values()) + len(batches) + sum(indices.values())
        scan = Scan(
            id=request.id,
            name=request.name,
            as_of=request.as_of,
            strategies=tuple(strategies),
            priority=request.priority,
            deadline=self._deadline(total + self._scans.open_calls(request.priority), now),
            created_at=now,
        )
        return Plan(
            scan,
            list(calls),
            total,
            slot,
            reason,
            batches,
            parameters={name: each.told_parameters() for name, each in strategies.items()},
            regime=self._market.regime(view),
            indices=tuple(indices),
        )

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

    def _fitting(
        self, calls: Mapping[Ticker, int], view: View, ends: str, now: datetime
    ) -> tuple[dict[Ticker, int], str]:
        """Return the tickers that can be done by ``ends``, greatest value of yesterday first."""
        end = datetime.combine(now.astimezone(KOREA), time.fromisoformat(ends), KOREA)
        left = max(0.0, (end - now).total_seconds()) * float(self._rate)
        value = {each.ticker: each.value or 0.0 for each in self._scanner.listings().values()}
        batches = self._costs.batches(list(calls), view)
        a_call = len(batches[0]) if batches else math.inf  # tickers whose running bars it brings
        fitting: dict[Ticker, int] = {}
        by_value = sorted(calls, key=lambda each: -value.get(each, 0.0))
        for number, ticker in enumerate(by_value, start=1):
            left -= calls[ticker]
            if left < math.ceil(number / a_call):
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
