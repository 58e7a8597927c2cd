"""Kiwoom's stream: LOGIN with the access token, then JSON with field numbers (FID).

Frames, FIDs and codes: Kiwoom's specification of type 0B, and what clients have seen.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import Field, JsonValue

from app.brokers.errors import BrokerError, BrokerUnavailable, KeyInUse, TokenRefused
from app.brokers.kiwoom_dialect import KiwoomDialect
from app.brokers.kiwoom_line import KiwoomLine
from app.brokers.kiwoom_wire import MILLION, Amount, Number, PriceSoFar
from app.brokers.stream_dialect import Answered, BadFrame, Echo, Ended, Heard, Other, Ticks
from app.brokers.stream_wire import Clock, StreamWire, read_fields, read_json
from app.domain import KOREA, Tick, Ticker

PATH: Final = "/api/dostk/websocket"
TRADES: Final = "0B"
GROUP: Final = "1"  # all tickers are in one
ANSWERS: Final = {"LOGIN", "REG", "REMOVE"}
LOGIN_REFUSED: Final = 805004  # in the answer to LOGIN; the code of REST calls is in its message
ENDINGS: Final[dict[str, tuple[type[BrokerError], str]]] = {
    "R10001": (KeyInUse, "another process has opened a stream with this key: end it, or this one"),
    "R10002": (BrokerUnavailable, "Kiwoom has missed our heartbeat"),
    "R10004": (BrokerUnavailable, "Kiwoom has seen no login"),
}


class _Trade(StreamWire):
    clock: Clock = Field(alias="20")
    price: Annotated[PriceSoFar, Field(gt=0)] = Field(alias="10")
    change: Number = Field(alias="11")
    volume: Amount = Field(alias="13")
    value: Amount = Field(alias="14")  # million won
    ask: PriceSoFar = Field(alias="27")
    bid: PriceSoFar = Field(alias="28")


class _Entry(StreamWire):
    type: str
    item: str
    values: dict[str, JsonValue]


class _Real(StreamWire):
    data: list[_Entry]


class _Message(StreamWire):
    trnm: str
    return_code: int | None = None
    return_msg: str | None = None
    code: str = ""  # of SYSTEM
    data: Any = None


class KiwoomStream:
    """A ``StreamDialect``: one Kiwoom account, with the access token of all processes."""

    def __init__(
        self,
        line: KiwoomLine,
        *,
        name: str,
        url: str,
        most: int,
        now: Callable[[], datetime],
    ) -> None:
        """``now`` tells the day of a trade: the wire has only its clock."""
        self.name = name
        self.url = url if url.endswith(PATH) else url + PATH
        self.most = most
        self._line = line
        self._now = now

    def fetch_credential(self) -> str:
        """Return the access token; it costs a permit when no process has one yet."""
        return self._line.access_token()

    def refuse_credential(self, credential: str) -> None:
        """Let the access token be renewed."""
        self._line.refuse(credential)

    def login(self, credential: str) -> str | None:
        """Return the LOGIN."""
        return json.dumps({"trnm": "LOGIN", "token": credential})

    def subscribe(self, tickers: list[Ticker], credential: str) -> list[str]:
        """Return one request for all, beside what is registered."""
        return [_request("REG", tickers, refresh="1")]

    def unsubscribe(self, tickers: list[Ticker], credential: str) -> list[str]:
        """Return one request for all."""
        return [_request("REMOVE", tickers)]

    def read(self, frame: str) -> Heard:
        """Return what a frame means; other types than trades do not concern us."""
        message = read_json(_Message, frame)
        if message.trnm == "REAL":
            entries = read_fields(_Real, {"data": message.data}).data
            return Ticks(tuple(self._tick(each) for each in entries if each.type == TRADES))
        if message.trnm == "PING":
            return Echo(frame)
        if message.trnm == "SYSTEM" and message.code in ENDINGS:
            error, text = ENDINGS[message.code]
            return Ended(error(f"{self.name}: stream: {text} ({message.code})", message.code))
        return Answered(self._complaint(message)) if message.trnm in ANSWERS else Other()

    def close(self) -> None:
        """Close the line that the access token comes through."""
        self._line.close()

    def _tick(self, entry: _Entry) -> Tick:
        trade = read_fields(_Trade, entry.values)
        return Tick(
            ticker=entry.item.strip().partition("_")[0],  # 005930_AL: of all exchanges
            at=self._at(trade),
            price=trade.price,
            change=trade.change,
            volume=trade.volume,
            value=trade.value * MILLION,
            ask=trade.ask or None,
            bid=trade.bid or None,
        )

    def _at(self, trade: _Trade) -> datetime:
        now = self._now().astimezone(KOREA)
        at = datetime.combine(now.date(), trade.clock, KOREA)
        return at - timedelta(days=1) if at - now > timedelta(hours=12) else at

    def _complaint(self, message: _Message) -> BrokerError | None:
        """Return what an answer complains of; None: it was carried out."""
        if message.return_code is None:
            raise BadFrame(f"{message.trnm}: no return_code")
        given: dict[str, JsonValue] = {
            "return_code": message.return_code,
            "return_msg": message.return_msg,
        }
        trouble = KiwoomDialect().trouble(200, given)
        if trouble is None:
            return None
        error = TokenRefused if message.return_code == LOGIN_REFUSED else trouble.error
        return error(f"{self.name}: stream: {trouble.text} ({trouble.code})", trouble.code)


def _request(trnm: str, tickers: list[Ticker], **more: str) -> str:
    data = [{"item": tickers, "type": [TRADES]}]
    return json.dumps({"trnm": trnm, "grp_no": GROUP, **more, "data": data})
