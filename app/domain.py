"""The words everything else is written in: tickers, bars, quotes, matches, signals, scans.

Inside travel frozen dataclasses; what crosses a queue (``Signal``, ``Outcome``) is pydantic.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, Self, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, JsonValue

KOREA = ZoneInfo("Asia/Seoul")
DEFINITION_VERSION = "2026-1"
# How a reason begins that the broker is to blame for: silent, failing, or not to be understood.
NO_BROKER = "no usable answer from the broker"

Ticker: TypeAlias = str
_TICKER = re.compile(r"[0-9A-Z]{6}")  # newer listings carry letters


class BadTicker(ValueError):
    """A text is no KRX issue code; the message says what one looks like."""


def parse_ticker(text: str) -> Ticker:
    """Return ``text`` as a KRX issue code.

    Raises:
        BadTicker: it is not six digits or capital letters.
    """
    code = text.strip().upper()
    if not _TICKER.fullmatch(code):
        raise BadTicker(f"{text!r} is not a ticker: six digits or capital letters, like 005930")
    return code


class Market(StrEnum):
    """The two boards of the Korea Exchange that are scanned."""

    KOSPI = "KOSPI"
    KOSDAQ = "KOSDAQ"


class Status(StrEnum):
    """What became of one strategy on one ticker; only ``OK`` carries a score."""

    OK = "OK"
    BAD_DATA = "BAD_DATA"
    EXCLUDED = "EXCLUDED"
    HALTED = "HALTED"
    STALE = "STALE"
    ADJUSTMENT_SUSPECT = "ADJUSTMENT_SUSPECT"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    UNKNOWN_TICKER = "UNKNOWN_TICKER"
    FAILED = "FAILED"
    NOT_REACHED = "NOT_REACHED"


class Grade(StrEnum):
    """Rank of a score, best first."""

    S = "S"
    A = "A"
    B = "B"
    C = "C"


def told_score(score: float) -> str:
    """Return a score as people read it, rounded down: 79.96 is no 80.0, for S begins there."""
    return f"{math.floor(round(10 * score, 6)) / 10:.1f}"


class Life(StrEnum):
    """What has become of a signal since it was found; the last four are its end."""

    NEW = "new"
    ACTIVE = "active"  # a later session has passed, the entry was not reached yet
    TRIGGERED = "triggered"  # the entry was reached
    TARGET_HIT = "target_hit"
    STOPPED = "stopped"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # found while the session ran, and gone at its close


class Bar(NamedTuple):
    """One session as the broker published it, a halted one (zero volume) included.

    Prices in won, adjusted for splits; volume in shares; value in won, ``None`` if not given.
    """

    session: date
    open: float
    high: float
    low: float
    close: float
    volume: float
    value: float | None = None


@dataclass(frozen=True, eq=False)
class Bars:
    """Sessions of one ticker as columns of equal length, oldest first.

    ``session`` is datetime64[D]; the rest float64: prices in won, volume in shares, value in won
    (NaN where the broker gave none).
    """

    session: NDArray[np.datetime64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    value: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Iterable[Bar]) -> Self:
        """Return ``rows`` as columns, sorted by session; of two rows of a session the last wins."""
        by_session = {row.session: row for row in rows}
        ordered = [by_session[session] for session in sorted(by_session)]
        columns = zip(*ordered, strict=True) if ordered else ((),) * 7
        sessions, *numbers = columns
        return cls(
            np.array(sessions, dtype="datetime64[D]"),
            *(np.array(column, dtype=np.float64) for column in numbers),
        )

    def __len__(self) -> int:
        return len(self.session)

    def __getitem__(self, part: slice | NDArray[np.bool_]) -> "Bars":
        """Return the bars of a slice, or those where a mask is true."""
        return Bars(
            self.session[part],
            self.open[part],
            self.high[part],
            self.low[part],
            self.close[part],
            self.volume[part],
            self.value[part],
        )

    def followed_by(self, later: "Bars") -> "Bars":
        """Return these bars with ``later`` ones behind them."""
        mine, theirs = vars(self), vars(later)
        return Bars(*(np.concatenate((mine[name], theirs[name])) for name in mine))

    def date(self, position: int) -> date:
        """Return the session at ``position``."""
        session: date = self.session[position].item()
        return session


class Listing(NamedTuple):
    """One line of the universe. ``excluded`` says why it is not scanned, in words; None: it is."""

    ticker: Ticker
    name: str
    market: Market | None  # None: not known, which only a replay can do without
    excluded: str | None = None
    value: float | None = None  # yesterday's traded value in won, where the list gives it


@dataclass(frozen=True)
class Quote:
    """The running bar of today and the price now: won, shares, won."""

    ticker: Ticker
    at: datetime
    price: float
    base_price: float
    open: float
    high: float
    low: float
    volume: float
    value: float | None = None
    name: str = ""
    halted: bool = False


@dataclass(frozen=True)
class Tick:
    """The price now, as a stream tells it, and the session up to it: won, shares, won.

    ``change`` is against the close before; ``ask`` and ``bid`` are None where nobody offers.
    """

    ticker: Ticker
    at: datetime  # in Korean time
    price: float
    change: float
    volume: float
    value: float
    ask: float | None
    bid: float | None


class Level(NamedTuple):
    """One level of an order book: price in won, size in shares."""

    price: float
    size: float


@dataclass(frozen=True)
class OrderBook:
    """Asks and bids, best level first."""

    ticker: Ticker
    asks: tuple[Level, ...]
    bids: tuple[Level, ...]


class InvestorFlow(NamedTuple):
    """Net buying of one final session in won; minus is selling."""

    session: date
    foreign: float
    institution: float
    individual: float


@dataclass(frozen=True)
class Match:
    """A strategy's answer about one ticker. It always answers; ``detected`` says whether it found.

    ``signal``: worth keeping and telling. ``actionable``: can be taken now. Prices in won;
    ``pattern`` is the date that names the pattern; ``facts`` are plain JSON values.
    """

    state: str
    reason: str = ""
    detected: bool = False
    signal: bool = False
    actionable: bool = False
    score: float = 0.0
    grade: Grade | None = None
    components: Mapping[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    entry: int | None = None
    target: int | None = None
    stop: int | None = None
    quantity: int | None = None
    pattern: date | None = None
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


class Message(BaseModel):
    """What crosses a queue: read strictly, unknown fields refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Terms(Message):
    """How long a signal counts, in sessions after the one it was found on.

    ``waits``: in which its entry may be reached; 0: it is bought in the session it was found on.
    ``holds``: from its entry on, until it is over, met or not; 0: left at that session's close.
    """

    waits: int = Field(ge=0)
    holds: int = Field(ge=0)


class Result(Message):
    """One strategy on one ticker, short, as an outcome keeps it."""

    status: Status
    reason: str = ""
    state: str | None = None
    score: float | None = None
    grade: Grade | None = None


class Signal(Message):
    """What a strategy found, with all it rests on. Prices in won, score 0-100."""

    scan_id: str
    strategy: str
    ticker: Ticker
    name: str = ""
    market: Market | None = None
    pattern: date
    as_of: datetime
    last_bar: date
    bars_used: int
    provisional: bool = False
    status: Status = Status.OK
    pattern_detected: bool = True
    actionable: bool = False
    state: str
    score: float
    grade: Grade
    price: float
    change: float | None = None  # of the last bar against the one before, as a share of it
    value: float | None = None
    entry: int | None = None
    target: int | None = None
    stop: int | None = None
    quantity: int | None = None
    reason: str = ""
    components: dict[str, float] = Field(default_factory=dict)
    missing: list[str] = Field(default_factory=list)
    flags: list[str] = Field(default_factory=list)
    facts: dict[str, JsonValue] = Field(default_factory=dict)
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    terms: Terms
    source: str = ""
    definition_version: str = DEFINITION_VERSION
    calls: int = 0
    waited_ms: int = 0


class Outcome(Message):
    """What became of one ticker in one scan, with what was found: the message of queue signals.

    ``last_bar``: the newest session that was looked at; None when there were no bars to look at.
    """

    scan_id: str
    ticker: Ticker
    status: Status
    reason: str = ""
    last_bar: date | None = None
    provisional: bool = False
    results: dict[str, Result] = Field(default_factory=dict)
    signals: list[Signal] = Field(default_factory=list)
    calls: int = 0
    refused: int = 0
    waited_ms: int = 0


@dataclass(frozen=True)
class Scan:
    """What a worker must know of a scan. ``as_of`` None: now, the running session included."""

    id: str
    name: str
    as_of: date | None
    strategies: tuple[str, ...]
    priority: int
    deadline: datetime
    created_at: datetime
    closed: bool = False
