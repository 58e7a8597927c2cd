"""The universe from KIS' master files: one zip a market, one line a product.

A line is cp949 text: code 9, standard code 12, name 40 *bytes*, then a tail of fixed width. The
name is padded in bytes, so the tail is cut from the right.
Source: the samples of koreainvestment/open-trading-api, stocks_info.
"""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from app.domain import Listing, Market, parse_ticker

LARGEST_FILE = 64 * 1024 * 1024  # bytes; the real ones unpack to about 1 MB

GROUPS = {
    "BC": "beneficiary certificate",
    "DR": "depositary receipt",
    "EF": "ETF",
    "EN": "ETN",
    "EW": "ELW",
    "FE": "foreign ETF",
    "FS": "foreign share",
    "IF": "infrastructure fund",
    "MF": "mutual fund",
    "RT": "REIT",
    "SC": "ship fund",
    "SR": "subscription right",
    "SW": "subscription warrant",
}
SHARE = "ST"
RISK_ALERT = "03"


@dataclass(frozen=True)
class Layout:
    """Where the fields of a market's tail stand, in characters from its start."""

    market: Market
    file: str
    width: int
    base_price: slice
    liquidation: int
    administrative: int
    alert: slice
    volume: slice


KOSPI = Layout(
    Market.KOSPI,
    "kospi_code.mst.zip",
    width=227,
    base_price=slice(41, 50),
    liquidation=61,
    administrative=62,
    alert=slice(63, 65),
    volume=slice(81, 93),
)
KOSDAQ = Layout(
    Market.KOSDAQ,
    "kosdaq_code.mst.zip",
    width=221,
    base_price=slice(36, 45),
    liquidation=56,
    administrative=57,
    alert=slice(58, 60),
    volume=slice(76, 88),
)
CODE = slice(0, 9)
NAME_FROM = 21


def listings_in(packed: bytes, layout: Layout) -> list[Listing]:
    """Return the listings of one zipped master file, in its order.

    Products without a six-character code (ETN, funds) are left out: no one can ask for them.

    Raises:
        ValueError: not such a file; the message says what of it.
    """
    # An odd letter in a name is no reason to lose the market; code and tail are plain ASCII.
    lines = _unpacked(packed).decode("cp949", errors="replace").split("\n")
    found = (_listing(line.rstrip("\r"), layout, number) for number, line in enumerate(lines, 1))
    return [listing for listing in found if listing is not None]


def _unpacked(packed: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            files = archive.infolist()
            if len(files) != 1 or files[0].file_size > LARGEST_FILE:
                sizes = ", ".join(f"{each.filename} of {each.file_size:,} bytes" for each in files)
                raise ValueError(f"holds {sizes or 'nothing'}: want one master file")
            return archive.read(files[0])
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise ValueError(f"not a sound zip file: {error}") from error


def _listing(line: str, layout: Layout, number: int) -> Listing | None:
    if not line:
        return None
    head, tail = line[: -layout.width], line[-layout.width :]
    if len(head) <= NAME_FROM or not re.fullmatch("[A-Z]{2}", tail[:2]):
        raise ValueError(f"line {number} is not of the layout of {layout.file}")
    try:
        ticker = parse_ticker(head[CODE])
    except ValueError:
        return None
    base_price, volume = tail[layout.base_price].strip(), tail[layout.volume].strip()
    told = base_price.isdecimal() and volume.isdecimal()
    return Listing(
        ticker,
        head[NAME_FROM:].strip(),
        layout.market,
        _exclusion(ticker, tail, layout),
        float(base_price) * float(volume) if told else None,  # near yesterday's, to sort by
    )


def _exclusion(ticker: str, tail: str, layout: Layout) -> str | None:
    """Say why a product is not scanned.

    A halt is no reason: the file is of the early morning, a halt may end or begin in the session,
    and the bars show it (status HALTED). Neither is a SPAC: a common share like any other.
    """
    group = tail[:2]
    if group != SHARE:
        return GROUPS.get(group, f"product of group {group}")
    if ticker[-1] != "0":
        return "preferred share"
    if tail[layout.liquidation] == "Y":
        return "liquidation trading"
    if tail[layout.administrative] == "Y":
        return "administrative issue"
    if tail[layout.alert] == RISK_ALERT:
        return "investment risk"
    return None
