"""The universe from Kiwoom's stock lists, ka10099: one list a board, other products among them.

What a product is, its market code says; what is wrong with a share, flags and a warning number.
"""

from app.brokers.kiwoom_wire import ListedStock
from app.domain import BadTicker, Listing, Market, parse_ticker

BOARDS = {Market.KOSPI: "0", Market.KOSDAQ: "10"}  # mrkt_tp, and the market code of its shares
PRODUCTS = {  # market codes, in the words that KIS' lists give as well
    "2": "infrastructure fund",
    "3": "ELW",
    "4": "mutual fund",
    "5": "subscription right",
    "6": "REIT",
    "7": "subscription warrant",
    "8": "ETF",
    "9": "high yield fund",
    "60": "ETN",
    "70": "ETN",
    "90": "ETN",
}
ELSEWHERE = {"30", "50", "80"}  # K-OTC, KONEX, gold: other markets
LIQUIDATION, RISK = "2", "4"  # orderWarning


def listing_of(row: ListedStock, market: Market) -> Listing | None:
    """Return one row of the list of ``market``; None for what nobody here can ask for.

    Kiwoom tells neither volume nor value of yesterday there.
    """
    if row.market_code in ELSEWHERE:
        return None
    try:
        ticker = parse_ticker(row.ticker)
    except BadTicker:
        return None
    return Listing(ticker, row.name.strip(), market, _exclusion(row, market))


def _exclusion(row: ListedStock, market: Market) -> str | None:
    """Say why a product is not scanned.

    A halt is no reason, nor is the margin class: the list is of the early morning, a halt may end
    or begin in the session, and the bars show it (status HALTED).
    """
    if row.market_code != BOARDS[market]:
        return PRODUCTS.get(row.market_code, f"product of market code {row.market_code}")
    flags = {*row.state.split("|"), row.audit.strip()}
    if row.ticker.strip()[-1] != "0":
        return "preferred share"
    if row.warning == LIQUIDATION or "정리매매" in flags:
        return "liquidation trading"
    if "관리종목" in flags:
        return "administrative issue"
    if row.warning == RISK:
        return "investment risk"
    return None
