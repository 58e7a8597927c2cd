"""What is listed: ka10099 and ka10100."""

from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kiwoom.numbers import padded
from tests.mock_servers.kiwoom.wire import Asked, Reply, Row

KINDS = {"EF": ("8", "ETF"), "EN": ("60", "ETN")}
BOARDS = {"KOSPI": ("0", "거래소"), "KOSDAQ": ("10", "코스닥"), "KONEX": ("50", "코넥스")}
MARKETS = ("0", "10", "50", "8", "60", *("2", "3", "30", "4", "5", "6", "7", "70", "80", "9", "90"))
TRILLION = 10**12


def stock_list(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka10099. The list of a board holds its funds and notes too, under their own code."""
    market = asked.one_of("mrkt_tp", MARKETS)
    rows = [
        stock(exchange, issue)
        for issue in exchange
        if market in (BOARDS[issue.listing.market][0], market_of(issue)[0])
    ]
    return Reply({"list": rows})


def one_stock(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka10100."""
    return Reply(stock(exchange, asked.known_issue(exchange)))


def market_of(issue: Issue) -> tuple[str, str]:
    """Return code and name of the market: a fund and a note have one of their own."""
    return KINDS.get(issue.listing.group, BOARDS[issue.listing.market])


def stock(exchange: Exchange, issue: Issue) -> Row:
    """Return one line of the list."""
    listing, quote = issue.listing, exchange.quote(issue)
    code, name = market_of(issue)
    margin = "증거금100%" if listing.under_administration or quote.halted else "증거금20%"
    flags = [
        *(["거래정지"] if quote.halted else []),
        *(["관리종목"] if listing.under_administration else []),
    ]
    size = (
        "대형주"
        if listing.worth > 3 * TRILLION
        else "중형주"
        if listing.worth > TRILLION
        else "소형주"
    )
    return {
        "code": listing.ticker,
        "name": listing.name,
        "listCount": padded(listing.shares, 16),
        "auditInfo": flags[0] if flags else "정상",
        "regDay": listing.listed_on,
        "lastPrice": padded(quote.base, 8),
        "state": "|".join([margin, *flags]),
        "marketCode": code,
        "marketName": name,
        "upName": listing.sector if listing.group == "ST" else "",
        "upSizeName": size if listing.group == "ST" else "",
        "companyClassName": "중견기업" if listing.market == "KOSDAQ" else "",
        "orderWarning": "0",
        "nxtEnable": "Y" if listing.on_nxt else "N",
    }
