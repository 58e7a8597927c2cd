"""The master files: every listing in fixed-width lines of cp949, one file a market, zipped.

A line is the short code, the standard code, the name in 40 bytes, and a tail of fields at fixed
places. Places and widths: the published file layouts. Fields that nobody reads stay blank.
"""

import io
import zipfile

from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.market import Exchange

HUNDRED_MILLION = 100_000_000
TAILS = {"KOSPI": 227, "KOSDAQ": 221, "KONEX": 184}
# name of a field: its place in the tail of KOSPI, KOSDAQ and KONEX (None: not there), its width
_LAYOUT: dict[str, tuple[tuple[int | None, int | None, int | None], int]] = {
    "group": ((0, 0, 0), 2),
    "size": ((2, 2, None), 1),
    "sector": ((3, 3, None), 4),
    "sector_medium": ((7, 7, None), 4),
    "sector_small": ((11, 11, None), 4),
    "etp": ((22, 18, None), 1),
    "spac": ((29, 24, None), 1),
    "base_price": ((41, 36, 2), 9),
    "halted": ((60, 55, 21), 1),
    "liquidation": ((61, 56, 22), 1),
    "administered": ((62, 57, 23), 1),
    "alert": ((63, 58, 24), 2),
    "margin": ((74, 69, 35), 3),
    "volume_before": ((81, 76, 42), 12),
    "par": ((93, 88, 54), 12),
    "listed_on": ((105, 100, 66), 8),
    "shares": ((113, 108, 74), 15),
    "preferred": ((158, 153, 119), 1),
    "krx300": ((161, 156, 122), 1),
    "sales": ((163, 157, 123), 9),
    "operating_profit": ((172, 166, 132), 9),
    "net_profit": ((190, 184, 150), 5),
    "roe": ((195, 189, 155), 9),
    "base_month": ((204, 198, 164), 8),
    "worth": ((212, 206, 172), 9),
}


def master_files(exchange: Exchange) -> dict[str, bytes]:
    """Return the zip files by name, as of the morning of the exchange's last session."""
    return {
        f"{market.lower()}_code.mst.zip": _zipped(
            f"{market.lower()}_code.mst",
            [_line(exchange, issue, place) for issue in exchange if issue.listing.market == market],
        )
        for place, market in enumerate(TAILS)
    }


def _line(exchange: Exchange, issue: Issue, place: int) -> bytes:
    listing = issue.listing
    name = listing.name.encode("cp949", "replace")[:40].ljust(40)
    head = f"{listing.ticker:<9}{listing.isin:<12}".encode()
    tail = [" "] * TAILS[listing.market]
    for field, value in _fields(exchange, issue).items():
        places, width = _LAYOUT[field]
        start = places[place]
        if start is not None:
            tail[start : start + width] = value.zfill(width)[-width:]
    return head + name + "".join(tail).encode() + b"\n"


def _fields(exchange: Exchange, issue: Issue) -> dict[str, str]:
    """Return the fields of a line; they are padded with zeros in front."""
    listing = issue.listing
    quote = exchange.quote(issue)
    worth = listing.shares * quote.base // HUNDRED_MILLION
    profit = listing.shares * listing.earnings // HUNDRED_MILLION
    roe = 100 * listing.earnings / listing.book if listing.book else 0.0
    return {
        "group": listing.group,
        "size": "1" if worth > 30_000 else "2" if worth > 5_000 else "3",
        "sector": listing.sector_code,
        "sector_medium": "0",
        "sector_small": "0",
        "etp": "1" if listing.group == "EF" else "2" if listing.group == "EN" else "0",
        "spac": "N",
        "base_price": str(quote.base),
        "halted": "Y" if quote.halted else "N",
        "liquidation": "N",
        "administered": "Y" if listing.under_administration else "N",
        "alert": "00",
        "margin": "100" if listing.under_administration else "20",
        "volume_before": str(quote.volume_before),
        "par": str(listing.par),
        "listed_on": listing.listed_on,
        "shares": str(listing.shares // 1000),
        "preferred": "1" if listing.preferred else "0",
        "krx300": "Y" if worth > 10_000 else "N",
        "sales": str(10 * abs(profit)),
        "operating_profit": str(profit),
        "net_profit": str(profit),
        "roe": f"{roe:.2f}",
        "base_month": exchange.last_session[:4] + "0331",
        "worth": str(worth),
    }


def _zipped(name: str, lines: list[bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), b"".join(lines))
    return target.getvalue()
