"""One ticker, session by session: the scan of each again, and what became of what it found."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from app.brokers.base import Tally
from app.domain import Bars, InvestorFlow, Listing, Outcome, Scan, Signal, Status
from app.market.bars import BarStore, Span
from app.market.flows import FlowStore
from app.outcome import Seen, scanned
from app.replay.forward import Returns, forward_returns
from app.replay.plan import Plan
from app.signals.course import Course
from app.signals.life import course
from app.signals.tracked import levels_of
from app.strategies.evaluation import Known, evaluate
from app.strategies.quality import check

SOURCE = "replay"
_THEN = datetime(1970, 1, 1, tzinfo=UTC)  # a scan as of a session tells no other time


@dataclass(frozen=True)
class Stores:
    """What a replay reads."""

    bars: BarStore
    flows: FlowStore


@dataclass(frozen=True)
class Job:
    """A ticker to replay. ``strength``: its percentile by the session whose scan may know it."""

    listing: Listing
    strength: Mapping[date, float]


@dataclass(frozen=True)
class Finding:
    """A signal on the session it was first found on, and what became of it.

    ``returns``: of its close, after each of ``HORIZONS``; None where that is not known.
    """

    signal: Signal
    course: Course
    returns: tuple[float | None, ...]


@dataclass(frozen=True)
class Track:
    """One ticker's replay. ``statuses``: how many sessions, by strategy and status.

    ``base``: by strategy, the forward returns of every session that it scored, signal or not.
    """

    listing: Listing
    sessions: int
    statuses: Mapping[str, Counter[Status]]
    findings: tuple[Finding, ...]
    base: Mapping[str, Returns]


def replay(job: Job, plan: Plan, stores: Stores) -> Track:
    """Return what scans of ``plan`` would have found in a ticker, each with the bars of its time.

    Raises:
        DatabaseUnavailable: the stores do not answer.
    """
    ticker = job.listing.ticker
    bars = stores.bars.load(ticker, plan.span)
    flows = stores.flows.load(ticker, plan.span)
    after = forward_returns(bars, plan.sessions)
    days = list(_days(job, plan, bars, flows))
    return Track(
        listing=job.listing,
        sessions=len(days),
        statuses={name: Counter(day.status(name) for day in days) for name in plan.strategies},
        findings=tuple(_findings(days, bars, after)),
        base={
            name: after[[day.position for day in days if day.status(name) is Status.OK]]
            for name in plan.strategies
        },
    )


@dataclass(frozen=True)
class _Day:
    """One session's scan."""

    position: int
    outcome: Outcome

    def status(self, strategy: str) -> Status:
        """Return whether ``strategy`` scored it, or why not."""
        return self.outcome.results[strategy].status


def _days(job: Job, plan: Plan, bars: Bars, flows: Sequence[InvestorFlow]) -> Iterator[_Day]:
    """Yield the scan of each session, made of what was known after its close."""
    barred, flowed = bars.session.tolist(), [flow.session for flow in flows]
    for position in range(plan.first, plan.last + 1):
        sessions = plan.seen_at(position)
        span = Span.over(sessions)
        checked = check(bars[_within(barred, span)], sessions)
        known = Known(flows=flows[_within(flowed, span)], strength=job.strength.get(span.last))
        seen = Seen(
            listing=job.listing,
            scan=_scan_of(span.last, plan),
            bars=checked.bars,
            strategies=plan.strategies,
            now=_THEN,
            running=False,
            source=SOURCE,
        )
        found = evaluate(plan.strategies, checked, known)
        yield _Day(position, scanned(seen, found, Tally()))


def _within(sessions: Sequence[date], span: Span) -> slice:
    """Return where the sessions of ``span`` lie."""
    return slice(bisect_left(sessions, span.first), bisect_right(sessions, span.last))


def _scan_of(session: date, plan: Plan) -> Scan:
    return Scan(
        id=SOURCE,
        name=SOURCE,
        as_of=session,
        strategies=tuple(plan.strategies),
        priority=0,
        deadline=_THEN,
        created_at=_THEN,
    )


def _findings(days: Sequence[_Day], bars: Bars, after: Returns) -> Iterator[Finding]:
    """Yield every signal once, as it was found first; later findings move its levels."""
    patterns: dict[tuple[str, date], list[tuple[int, Signal]]] = {}
    for day in days:
        for signal in day.outcome.signals:
            patterns.setdefault((signal.strategy, signal.pattern), []).append(
                (day.position, signal)
            )
    for (position, first), *rest in patterns.values():
        again = {signal.last_bar: levels_of(signal) for _, signal in rest}
        later = bars[bars.session > np.datetime64(first.last_bar)]
        returns = tuple(None if np.isnan(each) else float(each) for each in after[position])
        yield Finding(first, course(levels_of(first), later, again), returns)
