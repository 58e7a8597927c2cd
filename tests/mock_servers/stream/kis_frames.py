"""What KIS' WebSocket tells: records of fields in a fixed order, joined by ``^``.

Fields and their order: the specification of H0STCNT0 (46) and H0STASP0 (59).
"""

from tests.mock_servers.exchange.quote import order_book
from tests.mock_servers.kis.wire import percent
from tests.mock_servers.stream.tape import Tape, Trade, best_ask

TRADE, BOOK = "H0STCNT0", "H0STASP0"
SERVED = (TRADE, BOOK)
SILENT = ("H0STCNI0", "H0STCNI9")  # order notices: known, but nobody trades here


def frame(tape: Tape, tr_id: str, ticker: str, tick: int, at: tuple[str, str]) -> str | None:
    """Return the frame of a tick; None when there is nothing. ``at``: YYYYMMDD and HHMMSS."""
    course = tape.course(ticker)
    if course is None or tr_id not in SERVED:
        return None
    trades = course.trades(tick)
    if tr_id == TRADE:
        records = [_trade(trade, *at) for trade in trades]
    else:
        records = [_book(tape, trade, at[1]) for trade in trades[-1:]]
    if not records:
        return None
    fields = "^".join("^".join(record) for record in records)
    return f"0|{tr_id}|{len(records):03}|{fields}"


def _trade(trade: Trade, session: str, clock: str) -> list[str]:
    quote = trade.quote
    traded = trade.bought + trade.sold
    return [
        *(trade.ticker, clock, str(quote.price), quote.sign, str(quote.change)),
        *(percent(quote.rate), f"{quote.value / max(quote.volume, 1):.2f}"),
        *(str(quote.open), str(quote.high), str(quote.low)),
        *(str(best_ask(quote)), str(quote.price), str(abs(trade.size))),
        *(str(quote.volume), str(quote.value)),
        *("0", "0", "0", percent(trade.strength), str(trade.sold), str(trade.bought)),
        "1" if trade.size > 0 else "5",
        percent(trade.bought / traded if traded else 0.5),
        percent(100 * quote.volume / max(quote.volume_before, 1)),
        *("090000", *_against(quote.price, quote.open)),
        *("090000", *_against(quote.price, quote.high)),
        *("090000", *_against(quote.price, quote.low)),
        *(session, "20", "N", "0", "0", "0", "0", "0.00", "0", "0.00", "0", "", "0"),
    ]


def _against(price: int, other: int) -> tuple[str, str]:
    sign = "2" if price > other else "5" if price < other else "3"
    return sign, str(price - other)


def _book(tape: Tape, trade: Trade, clock: str) -> list[str]:
    issue = tape.exchange.issue(trade.ticker)
    assert issue is not None
    asks, bids = order_book(issue, trade.quote)
    return [
        *(trade.ticker, clock, "0"),
        *(str(level.price) for level in asks),
        *(str(level.price) for level in bids),
        *(str(level.size) for level in asks),
        *(str(level.size) for level in bids),
        str(sum(level.size for level in asks)),
        str(sum(level.size for level in bids)),
        *("0", "0", "0", "0", "0", "0", "3", "0.00", str(trade.quote.volume)),
        *("0", "0", "0", "0", "0"),
    ]
