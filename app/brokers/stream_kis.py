"""KIS' stream: an approval key with every request, records of ``^`` and ``|``.

Frames, codes and the order of fields: KIS' specification of H0STCNT0, and its own sample client.
"""

import json
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from app.brokers.credentials import PERMIT_SECONDS
from app.brokers.errors import (
    BrokerError,
    BrokerRefused,
    BrokerUnavailable,
    KeyInUse,
    TokenRefused,
    TooManyTickers,
)
from app.brokers.kis_line import KisLine
from app.brokers.kis_wire import Day, Number, Positive
from app.brokers.stream_dialect import Answered, BadFrame, Echo, Heard, Other, Ticks
from app.brokers.stream_wire import Clock, StreamWire, read_fields, read_json
from app.brokers.work import work
from app.domain import KOREA, Tick, Ticker

TRADES: Final = "H0STCNT0"
FIELDS: Final = 46  # of one trade; more may be added at its end
PLACES: Final = {  # of the fields that are read, counted from 0
    "ticker": 0,
    "clock": 1,
    "price": 2,
    "change": 4,
    "ask": 10,
    "bid": 11,
    "volume": 13,
    "value": 14,
    "session": 33,
}
DONE: Final = {"OPSP0000", "OPSP0001", "OPSP0002", "OPSP0003"}  # on, off, was on, was off
SUBSCRIBED: Final = "OPSP0000"
IN_USE: Final = "OPSP8996"
ERRORS: Final[dict[str, type[BrokerError]]] = {
    "OPSP0007": BrokerUnavailable,  # internal error
    "OPSP0008": TooManyTickers,
    "OPSP0009": BrokerUnavailable,  # could not be sent
    "OPSP0011": TokenRefused,  # no such approval key
}


class _Trade(StreamWire):
    ticker: Ticker
    clock: Clock
    session: Day
    price: Annotated[Positive, Field(gt=0)]
    change: Number
    ask: Positive
    bid: Positive
    volume: Positive
    value: Positive

    def tick(self) -> Tick:
        """Return it as we name it; an ask or bid of 0 is none."""
        return Tick(
            ticker=self.ticker,
            at=datetime.combine(self.session, self.clock, KOREA),
            price=self.price,
            change=self.change,
            volume=self.volume,
            value=self.value,
            ask=self.ask or None,
            bid=self.bid or None,
        )


class _Header(StreamWire):
    tr_id: str | None = None


class _Body(StreamWire):
    msg_cd: str
    msg1: str = ""


class _Message(StreamWire):
    header: _Header
    body: _Body | None = None


class KisStream:
    """A ``StreamDialect``: one KIS account. The approval key stays in this process' memory."""

    def __init__(self, line: KisLine, *, name: str, url: str, most: int) -> None:
        self.name = name
        self.url = url
        self.most = most
        self._line = line
        self._approval_key = ""
        self._was_up = False

    def fetch_credential(self) -> str:
        """Return the approval key; the first time, and after a refusal, for a permit."""
        if not self._approval_key:
            with work(priority=0, permit_seconds=PERMIT_SECONDS):
                self._approval_key = self._line.approval_key()
        return self._approval_key

    def refuse_credential(self, credential: str) -> None:
        """Forget the approval key: KIS does not take it, or not any more."""
        if credential == self._approval_key:
            self._approval_key = ""

    def login(self, credential: str) -> str | None:
        """Return None: the key goes with every request."""
        return None

    def subscribe(self, tickers: list[Ticker], credential: str) -> list[str]:
        """Return a request a ticker."""
        return [_request(credential, "1", ticker) for ticker in tickers]

    def unsubscribe(self, tickers: list[Ticker], credential: str) -> list[str]:
        """Return a request a ticker."""
        return [_request(credential, "2", ticker) for ticker in tickers]

    def read(self, frame: str) -> Heard:
        """Return what a frame means; records of other kinds than trades do not concern us."""
        if frame.startswith(("0|", "1|")):
            return _ticks(frame)
        message = read_json(_Message, frame)
        if message.header.tr_id == "PINGPONG":
            return Echo(frame)
        return Answered(self._complaint(message.body)) if message.body else Other()

    def close(self) -> None:
        """Close the line that the approval key comes through."""
        self._line.close()

    def _complaint(self, body: _Body) -> BrokerError | None:
        """Return what an answer complains of; None: it was carried out."""
        self._was_up |= body.msg_cd == SUBSCRIBED
        if body.msg_cd in DONE:
            return None
        text = body.msg1.strip()
        if self._approval_key:
            text = text.replace(self._approval_key, "***")
        error = ERRORS.get(body.msg_cd, BrokerRefused)
        if body.msg_cd == IN_USE:
            error, text = self._in_use()
        return error(f"{self.name}: stream: {text} ({body.msg_cd})", body.msg_cd)

    def _in_use(self) -> tuple[type[BrokerError], str]:
        """Tell another process with our key from our own connection, lost but not let go yet."""
        if self._was_up:
            return (
                BrokerUnavailable,
                "the key is still held, by our last connection or elsewhere",
            )
        return KeyInUse, "another process has a stream with this key, and KIS allows one: end it"


def _request(approval_key: str, tr_type: str, ticker: Ticker) -> str:
    header = {
        "approval_key": approval_key,
        "custtype": "P",
        "tr_type": tr_type,
        "content-type": "utf-8",
    }
    body = {"input": {"tr_id": TRADES, "tr_key": ticker}}
    return json.dumps({"header": header, "body": body})


def _ticks(frame: str) -> Heard:
    """Read ``flag|tr_id|count|fields``; with several records the fields simply go on."""
    try:
        flag, tr_id, count, payload = frame.split("|", 3)
    except ValueError:
        raise BadFrame("a record without its four parts") from None
    if tr_id != TRADES:
        return Other()
    fields = payload.split("^")
    records = int(count) if count.isascii() and count.isdecimal() else 0
    if flag != "0" or not records or len(fields) % records or len(fields) < records * FIELDS:
        raise BadFrame(f"{TRADES}: {len(fields)} fields do not make {count[:4]!r} trades")
    width = len(fields) // records
    starts = range(0, len(fields), width)
    trades = ({name: fields[at + place] for name, place in PLACES.items()} for at in starts)
    return Ticks(tuple(read_fields(_Trade, trade).tick() for trade in trades))
