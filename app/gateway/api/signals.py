"""Signals: the kept ones a page at a time, and one with its history."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from app.domain import Grade
from app.gateway.api.words import Asked, LifeName, StateName, StrategyName, TickerName, lives_of
from app.gateway.parts import Names, Served, tagged
from app.gateway.problems import Refusal, documented
from app.gateway.views import ChangeView, SignalView, SignalWithHistory
from app.signals.filters import Filter
from app.signals.listing import BadCursor, Cursor, Named

MOST_ROWS = 500
SignalId = Annotated[int, Path(ge=1, le=(1 << 31) - 1, examples=[17])]

router = APIRouter(prefix="/api/signals", tags=["signals"])


class SignalPage(BaseModel):
    """Signals, the newest change first; ``next`` is the cursor of the page behind, if any."""

    signals: list[SignalView]
    next: str | None


class SignalQuery(Asked):
    """Which signals; several values of one kind are alternatives, different kinds must all fit."""

    strategy: list[StrategyName] = Field([], max_length=10)
    grade: list[Grade] = Field([], max_length=4)
    state: list[StateName] = Field([], max_length=20, examples=[["SETUP"]])
    life: list[LifeName] = Field([], max_length=8)
    ticker: list[TickerName] = Field([], max_length=50)
    since: date | None = Field(None, description="of this session and later ones")
    until: date | None = Field(None, description="of this session and earlier ones")
    q: str = Field("", max_length=40, description="a part of a name, its initials, or a code")
    limit: int = Field(60, ge=1, le=MOST_ROWS)
    cursor: str | None = Field(None, max_length=100, description="the `next` of another page")

    def filter(self) -> Filter:
        """Return what a signal must fit."""
        return Filter(
            strategies=self.strategy,
            tickers=self.ticker,
            grades=self.grade,
            states=self.state,
            lives=lives_of(self.life),
            since=self.since,
            until=self.until,
        )


@router.get(
    "",
    response_model=SignalPage,
    responses={**documented(), 304: {"description": "Nothing has changed since that ETag"}},
)
def signals(
    request: Request, served: Served, names: Names, asked: Annotated[SignalQuery, Query()]
) -> Response:
    """Return kept signals, the newest change first."""
    try:
        after = Cursor.read(asked.cursor) if asked.cursor else None
    except BadCursor as error:
        raise Refusal(422, f"cursor: {error}") from error
    typed = asked.q.replace("\0", "").strip()  # no database finds one
    named = Named(typed, [each.ticker for each in names.search(typed)]) if typed else None
    kept, behind = served.listing.page(asked.filter(), limit=asked.limit, named=named, after=after)
    page = SignalPage(
        signals=[SignalView.kept(each) for each in kept], next=str(behind) if behind else None
    )
    return tagged(request, page)


@router.get("/{signal_id}", responses=documented(404))
def signal(signal_id: SignalId, served: Served) -> SignalWithHistory:
    """Return one signal with its history, the newest change first."""
    kept = served.listing.one(signal_id)
    if kept is None:
        raise Refusal(404, f"there is no signal {signal_id}")
    history = [ChangeView.of(change) for change in served.listing.history(signal_id)]
    return SignalWithHistory.kept(kept, history=history)
