"""Signals and scans as the gateway tells them, by its API and in its feed."""

from datetime import date, datetime, timedelta
from typing import Self

from pydantic import BaseModel, Field, JsonValue

from app.domain import Grade, Life, Signal, Status, Ticker
from app.signals.listing import Kept
from app.signals.looks import Entry
from app.signals.rows import Change
from app.signals.scans import Progress, ScanState
from app.signals.tracked import Standing
from app.signals.troubles import Trouble
from app.strategies.registry import STRATEGIES


class SignalView(Signal):
    """A signal as it is kept, with what has become of it. Prices in won, shares from 0 to 1.

    ``points``: how many each component of the score can give at most.
    """

    id: int = Field(examples=[17])
    life: Life
    found_at: datetime | None = Field(description="when a scan found it first; null in the feed")
    changed_at: datetime
    points: dict[str, float]
    standing: Standing

    @classmethod
    def of(cls, signal: Signal, standing: Standing, **more: object) -> Self:
        """Return a signal with what is known beside it."""
        strategy = STRATEGIES.get(signal.strategy)
        known = {
            "life": standing.life,
            "points": dict(strategy.points) if strategy else {},
            "standing": standing,
        }
        return cls.model_validate(dict(signal) | known | more)

    @classmethod
    def kept(cls, kept: Kept, **more: object) -> Self:
        """Return a signal of the list."""
        return cls.of(
            kept.tracked.signal,
            kept.tracked.standing,
            id=kept.id,
            found_at=kept.found_at,
            changed_at=kept.changed_at,
            **more,
        )


class ChangeView(BaseModel):
    """A change of a signal, as it was then."""

    id: int
    kind: str = Field(examples=["new"])
    at: datetime
    strategy: str
    state: str = Field(examples=["SETUP"])
    life: Life
    price: float
    grade: Grade
    score: float
    reason: str

    @classmethod
    def of(cls, change: Change) -> Self:
        """Return a change as it is told; the reason is that of its life, where it has one."""
        signal, standing = change.signal, change.standing
        return cls(
            id=change.id,
            kind=change.kind,
            at=change.at,
            strategy=signal.strategy,
            state=signal.state,
            life=standing.life,
            price=signal.price,
            grade=signal.grade,
            score=signal.score,
            reason=standing.life_reason or signal.reason,
        )


class EntryView(BaseModel):
    """An entry of a ticker's history: a change of a signal, or a look that gave none.

    ``kind`` of such a look is ``no_signal``; its ``status`` says whether there could have been one.
    """

    kind: str = Field(examples=["no_signal"])
    at: datetime
    status: Status = Status.OK
    state: str | None = Field(examples=["NO_PATTERN"])
    life: Life | None = None
    score: float | None
    reason: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return an entry as it is told."""
        if isinstance(entry, Change):
            return cls.model_validate(ChangeView.of(entry).model_dump())
        return cls.model_validate({"kind": "no_signal", "at": entry.at, **dict(entry.said)})


class SignalWithHistory(SignalView):
    """A signal and all its changes, the newest first."""

    history: list[ChangeView]


class TroubleView(BaseModel):
    """Tickers not scored for one reason; ``may_repeat``: another try may end otherwise."""

    status: Status
    reason: str
    tickers: list[Ticker]
    may_repeat: bool

    @classmethod
    def of(cls, trouble: Trouble) -> Self:
        """Return a trouble as it is told."""
        return cls(
            status=trouble.status,
            reason=trouble.reason,
            tickers=list(trouble.tickers),
            may_repeat=trouble.may_repeat,
        )


class ScanView(BaseModel):
    """A scan and how far it is; ``seconds_left`` is null unless it runs.

    ``failed``: the tickers that were not scored, by reason. ``regime`` of the market by index.
    """

    id: str
    name: str = Field(examples=["pre_open"])
    state: ScanState
    reason: str
    as_of: date | None
    strategies: list[str]
    priority: int
    total: int
    done: int
    planned_calls: int
    calls: int
    refused: int
    signals: int
    failed: list[TroubleView]
    created_at: datetime
    deadline: datetime
    closed_at: datetime | None
    expected_end: datetime | None
    seconds_left: float | None
    regime: dict[str, JsonValue]

    @classmethod
    def of(
        cls, progress: Progress, failed: list[Trouble], seconds_left: float | None, now: datetime
    ) -> Self:
        """Return a scan as it is told."""
        told = {name: value for name, value in vars(progress).items() if name in cls.model_fields}
        return cls(
            **told,
            failed=[TroubleView.of(each) for each in failed],
            seconds_left=seconds_left,
            expected_end=None if seconds_left is None else now + timedelta(seconds=seconds_left),
        )
