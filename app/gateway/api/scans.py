"""Scans: what ran and runs, what one would cost, and starting one, which only enqueues."""

import uuid
from datetime import date, datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.bootstrap import Services
from app.domain import KOREA, Ticker
from app.gateway.api.words import Asked, MarketName, StrategyName, TickerName
from app.gateway.parts import Names, Served, may_write
from app.gateway.problems import Refusal, documented
from app.gateway.views import ScanView
from app.limiter import LimiterError
from app.market.universe import select
from app.queues import BY_DEFAULT, FOR_A_PERSON, ScanRequest
from app.signals.scans import Progress, ScanState
from app.signals.troubles import troubles
from app.strategies.registry import find
from app.view import view_of

EXPIRES_SECONDS = 60.0  # so that nothing starts later, when nobody looks any more
MOST_TICKERS = 500  # more is a market
LEAST_SECONDS = 10.0  # before a scan's own pace says anything

ScanId = Annotated[str, Path(pattern="^[0-9a-f-]{32,36}$", examples=["6f1d" * 8])]

router = APIRouter(prefix="/api/scans", tags=["scans"])


class Scans(BaseModel):
    """Scans, the newest first. ``refused_today``: requests, in all scans that began today."""

    scans: list[ScanView]
    refused_today: int


class Delay(BaseModel):
    """A running scan that would have to wait, and for how long."""

    name: str
    seconds: float


class Estimate(BaseModel):
    """What a scan would cost, by what is stored. ``reason`` says why nothing is known."""

    tickers: int
    calls: int
    seconds: float
    delays: list[Delay]
    reason: str = ""


class NewScan(Asked):
    """What to scan: tickers or a market, one of the two; all strategies when none is named.

    ``priority`` 0 goes first; without one, tickers go before everything that is scheduled, and a
    market goes between. ``as_of``: only what was known after the close of this date.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"tickers": ["005930", "000660"]},
                {"market": "all", "strategies": ["vcp"]},
            ]
        }
    )

    tickers: list[TickerName] = Field([], max_length=MOST_TICKERS)
    market: MarketName | None = None
    strategies: list[StrategyName] = Field([], max_length=10)
    as_of: date | None = None
    priority: int | None = Field(None, ge=0, le=9)

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if bool(self.tickers) == bool(self.market):
            raise ValueError("want tickers, like 005930, or a market: one of the two")
        return self


class Started(BaseModel):
    """The id of a scan that was asked for; it runs when a worker has taken it."""

    id: str


@router.get("", responses=documented())
def scans(served: Served, limit: Annotated[int, Query(ge=1, le=100)] = 10) -> Scans:
    """Return the newest scans, running ones with their time left."""
    midnight = served.clock().astimezone(KOREA).replace(hour=0, minute=0, second=0, microsecond=0)
    return Scans(
        scans=views(served, served.scans.recent(limit=limit)),
        refused_today=served.scans.refused_since(midnight),
    )


class Wanted(Asked):
    """What a scan would take on: tickers or a market; all strategies when none is named."""

    tickers: list[TickerName] = Field([], max_length=MOST_TICKERS)
    market: MarketName | None = None
    strategy: list[StrategyName] = Field([], max_length=10)


@router.get("/estimate", responses=documented())
def estimate(served: Served, names: Names, asked: Annotated[Wanted, Query()]) -> Estimate:
    """Return what a scan would cost, from the stored bars; no broker is asked."""
    if bool(asked.tickers) == bool(asked.market):
        raise Refusal(422, "want tickers, like 005930, or a market: one of the two")
    listings = names.listings()
    if asked.market and not listings:
        reason = "the list of shares comes with the first scan"
        return Estimate(tickers=0, calls=0, seconds=0.0, delays=[], reason=reason)
    tickers = asked.tickers or [
        each.ticker for each in select(listings.values(), str(asked.market))
    ]
    return estimated(served, tickers, asked.strategy, priority=_priority(bool(asked.tickers)))


@router.get("/{scan_id}", responses=documented(404))
def scan(scan_id: ScanId, served: Served) -> ScanView:
    """Return one scan and how far it is. One that was just asked for is not there yet."""
    progress = served.scans.progress(scan_id)
    if progress is None:
        raise Refusal(404, f"there is no scan {scan_id}, or no worker has taken it yet")
    return views(served, [progress])[0]


@router.post(
    "", status_code=202, responses=documented(401, 408, 413), dependencies=[Depends(may_write)]
)
def start(asked: NewScan, served: Served, response: Response) -> Started:
    """Have something scanned: puts it on the queue and answers at once."""
    now = served.clock()
    if asked.as_of:
        _check_past(served, asked.as_of, now)
    request = ScanRequest(
        id=uuid.uuid4().hex,
        name="page",
        tickers=list(dict.fromkeys(asked.tickers)),
        market=asked.market,
        strategies=list(dict.fromkeys(asked.strategies)),
        as_of=asked.as_of,
        priority=_priority(bool(asked.tickers)) if asked.priority is None else asked.priority,
    )
    served.queues.send_start_scan(request, expires_seconds=EXPIRES_SECONDS)
    response.headers["Location"] = f"/api/scans/{request.id}"
    return Started(id=request.id)


def views(served: Services, found: list[Progress]) -> list[ScanView]:
    """Return scans as they are told, with what went wrong and the time left of those that run."""
    failed = troubles(served.engine, [each.id for each in found])
    now = served.clock()
    running = [each for each in found if each.state is ScanState.RUNNING]
    rate = _rate(served, min((each.created_at for each in running), default=now), now)
    left = {each.id: _seconds_left(served, each, rate) for each in running}
    return [ScanView.of(each, failed.get(each.id, []), left.get(each.id), now) for each in found]


def estimated(
    served: Services, tickers: list[Ticker], strategies: list[str], *, priority: int
) -> Estimate:
    """Return what a scan of ``tickers`` would cost now, and which running scans it would delay."""
    view = view_of(served.calendar, None, served.clock())
    chosen = [served.strategies[each.name] for each in find(strategies)]
    calls = sum(served.costs.calls(tickers, chosen, view).values())
    calls += len(served.costs.batches(tickers, view))
    rate = float(served.settings.scan_rate)
    before = served.scans.open_calls(priority)
    later = [each for each in served.scans.running() if each.priority > priority]
    return Estimate(
        tickers=len(tickers),
        calls=calls,
        seconds=round((before + calls) / rate, 1),
        delays=[Delay(name=each.name, seconds=round(calls / rate, 1)) for each in later],
    )


def _priority(few: bool) -> int:
    return FOR_A_PERSON if few else BY_DEFAULT


def _check_past(served: Services, as_of: date, now: datetime) -> None:
    today = now.astimezone(KOREA).date()
    if as_of > today:
        raise Refusal(422, f"as_of: {as_of} is in the future; in Korea it is {today}")
    try:
        view_of(served.calendar, as_of, now)
    except ValueError as error:
        raise Refusal(422, f"as_of: {error}") from error


def _rate(served: Services, since: datetime, now: datetime) -> float:
    """Return calls a second: those of the last minute, or all that may be sent until they count."""
    most = float(served.settings.scan_rate)
    seconds = min(60.0, (now - since).total_seconds())
    if seconds < LEAST_SECONDS:
        return most
    try:
        used = served.limiter.state(served.settings.credential).used_last_minute
    except LimiterError:
        return most
    return min(most, used / seconds) or most


def _seconds_left(served: Services, progress: Progress, rate: float) -> float:
    before = served.scans.open_calls(progress.priority - 1)
    return round((progress.open_calls + before) / rate, 1)
