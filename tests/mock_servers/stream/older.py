"""The older contract at ``/ws``: messages with a ``type``, prices and signals for a page.

A client gets the first five tickers until it subscribes; from then on only what it asks for.
"""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Final

from tests.mock_servers.exchange.flows import flows
from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.stream.connection import Connection
from tests.mock_servers.stream.hub import Hub
from tests.mock_servers.stream.tape import Tape, Trade

WELL_KNOWN = ("005930", "000660", "035420", "051910", "006400")
SPREAD = 100  # won between price and bid, and price and ask
CHANCE = 0.1  # of a signal of each kind in a tick
SCORES: Final = (
    *("price_position", "volume_surge", "smart_money_flow", "market_trend", "rsi_signal"),
    *("macd_signal", "bollinger_position", "support_resistance", "time_signal", "momentum"),
)

Fields = dict[str, object]


class Board:
    """What a tick says: a pure function of the tape and the tick's number."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.first_five = [t for t in WELL_KNOWN if tape.exchange.issue(t)] or [
            issue.listing.ticker for issue in tape.exchange
        ][:5]
        self._leaning: dict[str, dict[str, float]] = {}

    def is_listed(self, ticker: str) -> bool:
        """Say whether ``ticker`` can be followed."""
        return self._tape.exchange.issue(ticker) is not None

    def messages(self, tick: int, tickers: list[str]) -> Iterator[tuple[str, Fields]]:
        """Yield type and data of every message of a tick that is about one of ``tickers``."""
        for ticker in tickers:
            yield "realtime_price", self._price(ticker, tick)
        for ticker in tickers:
            yield "smart_money", self._smart_money(ticker, tick)
        for kind, signal in (("vcp_signal", _vcp), ("closing_bet_signal", _closing_bet)):
            draw = Random(f"{self._tape.exchange.seed} {self._tape.exchange.today} {kind} {tick}")
            ticker = draw.choice(self.first_five)
            if draw.random() < CHANCE and ticker in tickers:
                yield kind, {**self._named(ticker), **signal(self._last(ticker, tick), draw)}

    def _price(self, ticker: str, tick: int) -> Fields:
        quote = self._last(ticker, tick).quote
        return {
            **self._named(ticker),
            "price": quote.price,
            "change": quote.change,
            "change_rate": round(quote.rate, 2),
            "volume": quote.volume,
            "bid_price": max(quote.price - SPREAD, 1),
            "ask_price": quote.price + SPREAD,
        }

    def _smart_money(self, ticker: str, tick: int) -> Fields:
        """Tell net buying in won: the last session's, and on from there as it leaned."""
        value = self._last(ticker, tick).quote.value
        if ticker not in self._leaning:
            self._leaning[ticker] = _leaning(self._issue(ticker), self._tape.exchange.seed)
        won = {f"{who}_net": round(part * value) for who, part in self._leaning[ticker].items()}
        smart = won["foreign_net"] + won["institution_net"]
        return {
            **self._named(ticker),
            **won,
            "smart_money_net": smart,
            "direction": "IN" if smart > 0 else "OUT" if smart < 0 else "FLAT",
        }

    def _named(self, ticker: str) -> Fields:
        return {"ticker": ticker, "name": self._issue(ticker).listing.name}

    def _issue(self, ticker: str) -> Issue:
        issue = self._tape.exchange.issue(ticker)
        assert issue is not None
        return issue

    def _last(self, ticker: str, tick: int) -> Trade:
        course = self._tape.course(ticker)
        assert course is not None
        return course.last(tick)


def _leaning(issue: Issue, seed: int) -> dict[str, float]:
    """Return the net buying of the last session by who bought, as a share of what was traded."""
    volume = max(int(issue.bars.volume[-1]), 1)
    sides = flows(issue, seed)._asdict().items()
    return {who: float(side.bought[-1] - side.sold[-1]) / volume for who, side in sides}


def _vcp(trade: Trade, draw: Random) -> Fields:
    price = trade.quote.price
    return {
        "pattern_type": draw.choice(("VCP", "Tight", "Cup")),
        "score": draw.randint(70, 95),
        "current_price": price,
        "pivot_price": round(price * draw.uniform(1.0, 1.03)),
        "volume_ratio": round(draw.uniform(0.5, 2.0), 2),
        "rsi": round(draw.uniform(30, 70), 2),
        "signal_strength": draw.choice(("Strong", "Moderate", "Weak")),
    }


def _closing_bet(trade: Trade, draw: Random) -> Fields:
    price = trade.quote.price
    scores = {name: draw.randint(0, 2) for name in SCORES}
    total = min(sum(scores.values()), 12)
    return {
        "score": total,
        "scores": scores,
        "current_price": price,
        "target_price": round(price * 1.05),
        "stop_loss": round(price * 0.97),
        "signal_type": "BUY" if total >= 9 else "HOLD" if total >= 6 else "SELL",
    }


class OlderSession:
    """One client of ``/ws``."""

    def __init__(self, connection: Connection, hub: Hub, board: Board) -> None:
        self.connection = connection
        self._hub = hub
        self._board = board
        self._own: dict[str, None] | None = None  # in the order of subscription; None: no wish yet

    def opened(self) -> None:
        """Greet."""
        self._send("connected", message="Connected to the mock WebSocket server")

    def heard(self, text: str) -> None:
        """Take a message; one of another type is ignored."""
        try:
            message = json.loads(text)
            kind = message["type"]
        except (ValueError, TypeError, KeyError, RecursionError):
            self._send("error", message='want a JSON object with a "type", like {"type":"ping"}')
            return
        answers: dict[object, Callable[[], None]] = {
            "ping": lambda: self._send("pong"),
            "subscribe": lambda: self._follow(message.get("ticker"), on=True),
            "unsubscribe": lambda: self._follow(message.get("ticker"), on=False),
        }
        if isinstance(kind, str) and kind in answers:
            answers[kind]()

    def tick(self, tick: int) -> None:
        """Send prices, flows and signals of what the client follows."""
        at = self._hub.now().isoformat()
        for kind, data in self._board.messages(tick, self.follows()):
            if kind.endswith("_signal"):
                data["detected_at"] = at
            frame = json.dumps({"type": kind, "data": data, "timestamp": at}, ensure_ascii=False)
            self.connection.send(self._hub.faults.spoilt(frame))

    def ping(self) -> None:
        """Send a client away that follows nothing and says nothing.

        Those that are dead the server finds by pings of the WebSocket protocol itself.
        """
        if not self.follows() and self.connection.quiet_seconds() >= self._hub.pace.idle:
            self.connection.close()

    def gone(self) -> None:
        """Let go of nothing."""

    def follows(self) -> list[str]:
        """Return the tickers that the client gets."""
        return self._board.first_five if self._own is None else list(self._own)

    def _follow(self, ticker: object, *, on: bool) -> None:
        if not isinstance(ticker, str) or not self._board.is_listed(ticker):
            self._send("error", message=f"ticker: {ticker!r:.40} is not listed, want 005930")
            return
        if on:
            self._own = {**(self._own or {}), ticker: None}
        else:
            self._own = {each: None for each in self.follows() if each != ticker}
        done = "subscribed" if on else "unsubscribed"
        self._send(done, ticker=ticker, message=f"{done} {'to' if on else 'from'} {ticker}")

    def _send(self, kind: str, **fields: str) -> None:
        frame = {"type": kind, **fields, "timestamp": self._hub.now().isoformat()}
        self.connection.send(json.dumps(frame, ensure_ascii=False))
