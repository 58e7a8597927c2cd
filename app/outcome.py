"""From what the strategies found to the message that goes to the queue of signals."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from app.brokers.base import Tally
from app.domain import (
    KOREA,
    Bars,
    Listing,
    Match,
    Outcome,
    Result,
    Scan,
    Signal,
    Status,
    Ticker,
)
from app.strategies.base import Strategy

CLOSE = time(15, 30)


def unscanned(ticker: Ticker, scan: Scan, status: Status, reason: str, tally: Tally) -> Outcome:
    """Return the outcome of a ticker that no strategy was asked about."""
    result = Result(status=status, reason=reason)
    return Outcome(
        scan_id=scan.id,
        ticker=ticker,
        status=status,
        reason=reason,
        results=dict.fromkeys(scan.strategies, result),
        **_costs(tally),
    )


@dataclass(frozen=True)
class Seen:
    """What a scan saw of one ticker: the bars that its strategies looked at, when, and from whom.

    ``running``: the last bar's row may still change.
    """

    listing: Listing
    scan: Scan
    bars: Bars
    strategies: Mapping[str, Strategy]
    now: datetime
    running: bool
    source: str

    @property
    def provisional(self) -> bool:
        """Say whether what is found in the last bar may be gone at the close."""
        return self.running and self.scan.as_of is None


def scanned(seen: Seen, found: Mapping[str, Match | Result], tally: Tally) -> Outcome:
    """Return the outcome of a ticker: OK when one strategy at least could look at its bars."""
    results = {name: _result(each) for name, each in found.items()}
    unfit = next((each for each in results.values() if each.status is not Status.OK), None)
    fit = any(each.status is Status.OK for each in results.values())
    return Outcome(
        scan_id=seen.scan.id,
        ticker=seen.listing.ticker,
        status=Status.OK if fit or unfit is None else unfit.status,
        reason="" if unfit is None else unfit.reason,
        last_bar=seen.bars.date(-1) if len(seen.bars) else None,
        provisional=seen.provisional,
        results=results,
        signals=[
            _signal(seen, name, each, tally)
            for name, each in found.items()
            if isinstance(each, Match) and each.signal
        ],
        **_costs(tally),
    )


def _result(found: Match | Result) -> Result:
    if isinstance(found, Result):
        return found
    return Result(status=Status.OK, state=found.state, score=found.score, grade=found.grade)


def _costs(tally: Tally) -> dict[str, int]:
    return {
        "calls": tally.calls,
        "refused": tally.refused,
        "waited_ms": round(tally.waited_seconds * 1000),
    }


def _closed(session: date) -> datetime:
    return datetime.combine(session, CLOSE, KOREA)


def _signal(seen: Seen, strategy: str, match: Match, tally: Tally) -> Signal:
    if match.grade is None:
        raise ValueError(f"{strategy} made a signal of {seen.listing.ticker} without a grade")
    scan, listing, by = seen.scan, seen.listing, seen.strategies[strategy]
    bars, provisional = seen.bars, seen.provisional
    if seen.running and by.final_only:
        bars, provisional = bars[:-1], False
    last, value = bars.date(-1), float(bars.value[-1])
    return Signal(
        scan_id=scan.id,
        strategy=strategy,
        ticker=listing.ticker,
        name=listing.name,
        market=listing.market,
        pattern=match.pattern or last,
        as_of=seen.now.astimezone(KOREA) if scan.as_of is None else _closed(last),
        last_bar=last,
        bars_used=len(bars),
        provisional=provisional,
        pattern_detected=match.detected,
        actionable=match.actionable,
        state=match.state,
        score=match.score,
        grade=match.grade,
        price=float(bars.close[-1]),
        change=float(bars.close[-1] / bars.close[-2] - 1) if len(bars) > 1 else None,
        value=None if math.isnan(value) else value,
        entry=match.entry,
        target=match.target,
        stop=match.stop,
        quantity=match.quantity,
        reason=match.reason,
        components=dict(match.components),
        missing=list(match.missing),
        flags=list(match.flags),
        facts=dict(match.facts),
        parameters=by.told_parameters(),
        terms=by.terms,
        source=seen.source,
        calls=tally.calls,
        waited_ms=round(tally.waited_seconds * 1000),
    )
