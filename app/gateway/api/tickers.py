"""Tickers: found by name, looked at by every strategy on what is stored, and their chart."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Self

import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field, JsonValue, WithJsonSchema
from redis.exceptions import RedisError

from app.bootstrap import Services
from app.domain import Bar, Grade, Market, Match, Result, Status, Ticker
from app.gateway.api.words import Moment, StrategyName, TickerName
from app.gateway.parts import Live, Names, Served, tagged
from app.gateway.problems import Refusal, documented
from app.gateway.views import ChangeView, EntryView
from app.scan import Look
from app.signals.filters import Filter
from app.signals.looks import history
from app.strategies.base import Strategy
from app.strategies.indicators import Column, moving_average

AVERAGES = (50, 150, 200)  # sessions
VOLUME_SESSIONS = 50
MOST_BARS = 1_000
HISTORY = 50  # changes of its signals

OfTicker = Annotated[TickerName, Path()]

router = APIRouter(prefix="/api/tickers", tags=["tickers"])


class FoundTicker(BaseModel):
    """A share of the universe; ``signals``: how many it has that are not over."""

    ticker: Ticker
    name: str
    market: Market | None
    excluded: str | None
    signals: int


class FoundTickers(BaseModel):
    """What was typed may mean these. ``reason`` says why nothing can be found yet."""

    tickers: list[FoundTicker]
    reason: str = ""


class ResultView(BaseModel):
    """What one strategy says: a status, and when it is OK what it found; prices in won.

    ``signal``: worth keeping; a pattern with a failed gate is none, and has its facts all the same.
    """

    status: Status
    reason: str
    state: str | None = None
    detected: bool = False
    signal: bool = False
    actionable: bool = False
    score: float | None = None
    grade: Grade | None = None
    entry: int | None = None
    target: int | None = None
    stop: int | None = None
    quantity: int | None = None
    components: dict[str, float] = {}
    points: dict[str, float]
    parameters: dict[str, JsonValue]
    facts: dict[str, JsonValue] = {}
    flags: list[str] = []
    missing: list[str] = []

    @classmethod
    def of(cls, found: Match | Result, strategy: Strategy) -> Self:
        """Return what a strategy said, as it is told."""
        own = {"points": dict(strategy.points), "parameters": strategy.told_parameters()}
        if isinstance(found, Result):
            return cls(status=found.status, reason=found.reason, **own)
        told = {name: value for name, value in vars(found).items() if name in cls.model_fields}
        return cls(status=Status.OK, **told, **own)


class TickerView(BaseModel):
    """A ticker by what is stored of it: price and value in won, change as a share.

    ``last_bar``: the session that ``price`` and ``results`` are of; null: no bar is stored.
    ``behind``: a later session is over, of which no bar is stored. ``provisional``: that session
    still runs. ``watched``: its prices come live.
    """

    ticker: Ticker
    name: str
    market: Market | None
    excluded: str | None
    price: float | None
    change: float | None
    value: float | None
    last_bar: date | None
    behind: bool
    provisional: bool
    results: dict[str, ResultView]
    history: list[ChangeView]
    watched: bool


class History(BaseModel):
    """What one strategy said of a ticker, the newest first; ``next``: before it there is more."""

    history: list[EntryView]
    next: datetime | None


Row = Annotated[
    tuple[date, float, float, float, float, float, float | None],
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": ["string", "number", "null"]},
            "minItems": 7,
            "maxItems": 7,
            "examples": [["2025-02-28", 70_600, 71_300, 70_200, 71_000, 2_844_974, 2.01e11]],
        }
    ),
]


class Chart(BaseModel):
    """Bars, oldest first: session, open, high, low, close (won), volume (shares), value (won).

    Sessions without a trade are left out. ``averages`` of the close by number of sessions, and
    ``volume50`` of the volume, have a value a bar; null where there are too few before it.
    """

    bars: list[Row]
    averages: dict[str, list[float | None]] = Field(examples=[{"50": [71_200.0]}])
    volume50: list[float | None]


@router.get("", responses=documented())
def find_tickers(
    served: Served,
    names: Names,
    q: Annotated[str, Query(max_length=40, description="a part of a name, initials, or a code")],
    limit: Annotated[int, Query(ge=1, le=50)] = 8,
) -> FoundTickers:
    """Return the shares that were meant, the best match first: 삼성, ㅅㅅㅈ, 0059."""
    if not names.listings():
        return FoundTickers(tickers=[], reason="the list of shares comes with the first scan")
    found = names.search(q, limit=limit)
    counts = served.listing.counts([each.ticker for each in found])
    return FoundTickers(
        tickers=[
            FoundTicker(
                ticker=each.ticker,
                name=each.name,
                market=each.market,
                excluded=each.excluded,
                signals=counts.get(each.ticker, 0),
            )
            for each in found
        ]
    )


@router.get("/{ticker}", responses=documented(404))
def ticker(ticker: OfTicker, served: Served, names: Names, live: Live) -> TickerView:
    """Return what every strategy says of a ticker by the stored bars, and what it said before."""
    listing = names.listings().get(ticker)
    look = served.stored.look(ticker, _running(served, ticker))
    changes = served.signals.history(Filter(tickers=[ticker]), limit=HISTORY)
    if listing is None and look is None and not changes:
        raise Refusal(404, f"nothing is known of {ticker}, and today's list does not have it")
    return TickerView(
        ticker=ticker,
        name=listing.name if listing else "",
        market=listing.market if listing else None,
        excluded=listing.excluded if listing else None,
        **_newest(look),
        behind=look is None or look.view.last < _last_final(served),
        provisional=look is not None and look.view.provisional,
        results=_results(look, served.strategies) if look else {},
        history=[ChangeView.of(change) for change in reversed(changes)],
        watched=ticker in live.prices.live,
    )


@router.get("/{ticker}/history", responses=documented())
def ticker_history(
    ticker: OfTicker,
    served: Served,
    strategy: Annotated[StrategyName, Query()],
    before: Annotated[Moment | None, Query(description="the `next` of another page")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = HISTORY,
) -> History:
    """Return what a strategy said of a ticker, scan by scan: signals, their changes, and none."""
    entries, behind = history(served.engine, ticker, strategy, limit=limit, before=before)
    return History(history=[EntryView.of(each) for each in entries], next=behind)


@router.get("/{ticker}/bars", response_model=Chart, responses=documented())
def bars(
    ticker: OfTicker,
    request: Request,
    served: Served,
    count: Annotated[int, Query(ge=1, le=MOST_BARS, description="sessions")] = 260,
) -> Response:
    """Return the stored bars of a ticker with their averages; the broker is not asked."""
    rows = served.stored.bars(ticker, _running(served, ticker), count=count + max(AVERAGES))
    rows = rows[(rows.volume > 0) & (rows.low > 0)]
    columns = [vars(rows)[name][-count:].tolist() for name in vars(rows)]
    chart = Chart(
        bars=[(*row[:-1], _known(row[-1])) for row in zip(*columns, strict=True)],
        averages={str(n): _means(rows.close, n, count) for n in AVERAGES},
        volume50=_means(rows.volume, VOLUME_SESSIONS, count),
    )
    return tagged(request, chart)


def _running(served: Services, ticker: Ticker) -> Bar | None:
    try:
        return served.stored.running(ticker)
    except RedisError:
        return None  # what is stored can be seen without Redis


def _last_final(served: Services) -> date:
    now = served.clock()
    session = served.calendar.session_at(now)
    final = served.calendar.final(session, now)
    return session if final else served.calendar.previous_session(session)


def _newest(look: Look | None) -> dict[str, float | date | None]:
    if look is None or not len(look.checked.bars):
        return dict.fromkeys(("price", "change", "value", "last_bar"))
    bars = look.checked.bars
    before = bars.close[-2] if len(bars) > 1 else math.nan
    return {
        "price": float(bars.close[-1]),
        "change": _known(float(bars.close[-1] / before - 1)),
        "value": _known(float(bars.value[-1])),
        "last_bar": bars.date(-1),
    }


def _results(look: Look, strategies: Mapping[str, Strategy]) -> dict[str, ResultView]:
    return {name: ResultView.of(found, strategies[name]) for name, found in look.found.items()}


def _known(number: float) -> float | None:
    return None if math.isnan(number) else number


def _means(values: Column, length: int, count: int) -> list[float | None]:
    if len(values) < length:
        return [None] * min(len(values), count)
    means = np.round(moving_average(values, length)[-count:], 2)
    return [_known(mean) for mean in means.tolist()]
