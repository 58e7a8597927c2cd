"""The universe from master files, built here by the offsets of KIS' published layout."""

import io
import zipfile

import pytest

from app.brokers.kis_master import KOSDAQ, KOSPI, Layout, listings_in
from app.domain import Listing, Market

# name of the field: (offset in the tail, width) in the two files
FIELDS = {
    "group": ((0, 2), (0, 2)),
    "base_price": ((41, 9), (36, 9)),
    "halted": ((60, 1), (55, 1)),
    "liquidation": ((61, 1), (56, 1)),
    "administrative": ((62, 1), (57, 1)),
    "alert": ((63, 2), (58, 2)),
    "volume": ((81, 12), (76, 12)),
}
PLAIN = {
    "group": "ST",
    "base_price": "000071000",
    "halted": "N",
    "liquidation": "N",
    "administrative": "N",
    "alert": "00",
    "volume": "000001200345",
}
MARKETS = [(KOSPI, 227, 0), (KOSDAQ, 221, 1)]


def line(code: str, name: str, width: int, column: int, **fields: str) -> str:
    tail = [" "] * width
    for field, text in {**PLAIN, **fields}.items():
        offset, size = FIELDS[field][column]
        tail[offset : offset + size] = text.ljust(size)
    padding = " " * (40 - len(name.encode("cp949")))
    return f"{code:<9}{'KR7' + code[:6] + '003':<12}{name}{padding}{''.join(tail)}"


def packed(*lines: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("code.mst", "".join(f"{each}\n" for each in lines).encode("cp949"))
    return target.getvalue()


def packed_files(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    return target.getvalue()


@pytest.mark.parametrize("market", MARKETS)
def test_a_share_is_listed_with_its_name_and_yesterdays_value(
    market: tuple[Layout, int, int],
) -> None:
    layout, width, column = market
    data = packed(
        line("005930", "삼성전자", width, column), line("0126Z0", "새 SPAC", width, column)
    )

    first, second = listings_in(data, layout)

    assert first == Listing("005930", "삼성전자", layout.market, None, 71_000.0 * 1_200_345)
    assert (second.ticker, second.name, second.excluded) == ("0126Z0", "새 SPAC", None)


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize(
    ("code", "fields", "reason"),
    [
        ("069500", {"group": "EF"}, "ETF"),
        ("395400", {"group": "RT"}, "REIT"),
        ("900140", {"group": "FS"}, "foreign share"),
        ("123450", {"group": "XX"}, "product of group XX"),
        ("005935", {}, "preferred share"),
        ("00104K", {}, "preferred share"),
        ("005930", {"liquidation": "Y"}, "liquidation trading"),
        ("005930", {"administrative": "Y"}, "administrative issue"),
        ("005930", {"alert": "03"}, "investment risk"),
        ("005930", {"alert": "02"}, None),
        ("005930", {"halted": "Y"}, None),
    ],
)
def test_what_is_not_scanned_says_why(
    market: tuple[Layout, int, int], code: str, fields: dict[str, str], reason: str | None
) -> None:
    layout, width, column = market
    (listing,) = listings_in(packed(line(code, "이름", width, column, **fields)), layout)

    assert (listing.ticker, listing.excluded) == (code, reason)


def test_a_value_that_is_not_told_is_missing() -> None:
    (listing,) = listings_in(packed(line("005930", "삼성전자", 227, 0, volume="")), KOSPI)

    assert (listing.ticker, listing.value) == ("005930", None)


def test_an_odd_letter_in_a_name_does_not_lose_the_market() -> None:
    text = line("005930", "ABCDEFGH", 227, 0).encode("cp949").replace(b"CD", b"\xff\xff")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("code.mst", text + b"\r\n")

    (listing,) = listings_in(target.getvalue(), KOSPI)

    assert listing.value == 71_000.0 * 1_200_345


def test_products_that_no_one_can_ask_for_are_left_out() -> None:
    lines = [line("Q500001", "어느 ETN", 227, 0), line("F70100026", "펀드", 227, 0)]

    assert listings_in(packed(*lines), KOSPI) == []


def test_the_market_is_that_of_the_file() -> None:
    (listing,) = listings_in(packed(line("035720", "카카오", 221, 1)), KOSDAQ)

    assert listing.market is Market.KOSDAQ


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"<html>not here</html>", "not a sound zip file"),
        (b"", "not a sound zip file"),
        (packed("005930   short"), "line 1 is not of the layout of kospi_code"),
        (packed(line("035720", "카카오", 221, 1)), "line 1 is not of the layout of kospi_code"),
        (packed_files("one", "two"), "holds one of 0 bytes, two of 0 bytes: want one"),
    ],
)
def test_a_file_that_is_none_says_what_of_it(data: bytes, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        listings_in(data, KOSPI)


def test_a_cut_zip_file_is_refused() -> None:
    data = packed(*(line(f"{number:05}0", "이름", 227, 0) for number in range(200)))

    with pytest.raises(ValueError, match="not a sound zip file"):
        listings_in(data[:-100], KOSPI)
