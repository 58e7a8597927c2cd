"""What Kiwoom's WebSocket tells, by field number (FID); every value is text.

Field numbers: the specification of types 0A, 0B, 0C, 0D, 0J and 0s. A price carries the sign of its
direction against the close before. What the made-up market does not know is "0".
"""

from collections.abc import Mapping

from tests.mock_servers.exchange.quote import Quote, order_book
from tests.mock_servers.kiwoom.numbers import change, million, rate, signed
from tests.mock_servers.stream.tape import Tape, Trade, best_ask

Values = dict[str, str]
NAMES = {
    "0A": "주식기세",
    "0B": "주식체결",
    "0C": "주식우선호가",
    "0D": "주식호가잔량",
    "0J": "업종지수",
    "0s": "장시작시간",
}
# Known to the server, but nothing of the kind ever happens here.
SILENT = {"00", "02", "04", "0E", "0F", "0G", "0H", "0I", "0U", "0g", "0m", "0u", "0w", "1h"}
INDICES = {"001": "KOSPI", "101": "KOSDAQ", "201": "KOSPI200"}
_UNKNOWN_OF_A_QUOTE = ("26", "29", "30", "31", "32", "311", "567", "568")
_UNKNOWN_OF_A_TRADE = (
    *("691", "851", "1890", "1891", "1892", "1030", "1031", "1032", "1071", "1072", "1313"),
    *("1314", "1315", "1316", "1497", "1498", "620", "732", "852"),
)
_UNKNOWN_OF_A_BOOK = (
    *("122", "126", "23", "24", "128", "129", "138", "139", "200", "201", "238", "215", "216"),
    *("291", "292", "293", "294", "295", "299"),
    *map(str, range(621, 641)),
    *map(str, range(6044, 6116)),
)


def entries(tape: Tape, item: str, kind: str, tick: int, clock: str) -> list[dict[str, object]]:
    """Return what a tick has of one type for one item; ``clock`` as HHMMSS."""
    return [
        {"values": values, "type": kind, "name": NAMES[kind], "item": item}
        for values in _values(tape, item, kind, tick, clock)
    ]


def _values(tape: Tape, item: str, kind: str, tick: int, clock: str) -> list[Values]:
    if kind == "0s":
        return [{"215": "3", "20": clock, "214": "000000"}]
    if kind == "0J":
        index = tape.index(INDICES[item]) if item in INDICES else None
        return [_index(index.last(tick), clock)] if index else []
    course = tape.course(_ticker(item))
    if course is None:
        return []
    if kind == "0B":
        return [_trade(trade, clock) for trade in course.trades(tick)]
    return [_standing(tape, kind, course.last(tick), clock)]


def _standing(tape: Tape, kind: str, last: Trade, clock: str) -> Values:
    """Return how things stand, traded or not: a quote, the best bid and ask, or the book."""
    quote = last.quote
    if kind == "0A":
        return {**_prices(quote), **_sides(quote), **_zeros(_UNKNOWN_OF_A_QUOTE)}
    return _sides(quote) if kind == "0C" else _book(tape, last, clock)


def _ticker(item: str) -> str:
    """Return the ticker of an item that may name an exchange too: 005930_AL."""
    return item.partition("_")[0]


def _trade(trade: Trade, clock: str) -> Values:
    return {
        "20": clock,
        **_prices(trade.quote),
        **_sides(trade.quote),
        "15": change(trade.size),
        "228": f"{trade.strength:.2f}",
        "290": "2",
        "9081": "1",
        **_zeros(_UNKNOWN_OF_A_QUOTE + _UNKNOWN_OF_A_TRADE),
    }


def _prices(quote: Quote) -> Values:
    return {
        "10": signed(quote.price, quote.base),
        "11": change(quote.change),
        "12": rate(quote.rate),
        "13": str(quote.volume),
        "14": million(quote.value),
        "16": signed(quote.open, quote.base),
        "17": signed(quote.high, quote.base),
        "18": signed(quote.low, quote.base),
        "25": quote.sign,
    }


def _sides(quote: Quote) -> Values:
    return {"27": signed(best_ask(quote), quote.base), "28": signed(quote.price, quote.base)}


def _book(tape: Tape, last: Trade, clock: str) -> Values:
    quote, issue = last.quote, tape.exchange.issue(last.ticker)
    assert issue is not None
    asks, bids = order_book(issue, quote)
    values = {"21": clock, "13": str(quote.volume)}
    for first_price, first_size, first_change, side in ((41, 61, 81, asks), (51, 71, 91, bids)):
        for place, level in enumerate(side):
            values[str(first_price + place)] = signed(level.price, quote.base)
            values[str(first_size + place)] = str(level.size)
            values[str(first_change + place)] = "0"
    values["121"] = str(sum(level.size for level in asks))
    values["125"] = str(sum(level.size for level in bids))
    return {**values, **_zeros(_UNKNOWN_OF_A_BOOK)}


def _index(trade: Trade, clock: str) -> Values:
    """Tell an index in points with two decimals; the tape has it in hundredths."""
    quote = trade.quote
    prices = {"10": quote.price, "16": quote.open, "17": quote.high, "18": quote.low}
    return {
        "20": clock,
        **{fid: _points(price, quote.base) for fid, price in prices.items()},
        "11": f"{quote.change / 100:+.2f}",
        "12": rate(quote.rate),
        "13": str(quote.volume // 1000),  # thousand shares
        "14": million(quote.value),
        "15": str(abs(trade.size) // 1000),
        "25": quote.sign,
        "26": "0",
    }


def _points(hundredths: int, base: int) -> str:
    mark = "+" if hundredths > base else "-" if hundredths < base else ""
    return f"{mark}{hundredths / 100:.2f}"


def _zeros(fields: tuple[str, ...]) -> Mapping[str, str]:
    return dict.fromkeys(fields, "0")
