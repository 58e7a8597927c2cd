"""What of Kiwoom's lists is scanned, and in which words the rest is not."""

import pytest

from app.brokers.kiwoom_listings import listing_of
from app.brokers.kiwoom_wire import ListedStock, ListedStocksPage
from app.domain import Listing, Market

ROW = {
    "code": "005930",
    "name": "가나전자",
    "listCount": "0000000123456789",
    "auditInfo": "정상",
    "regDay": "19750611",
    "lastPrice": "00071300",
    "state": "증거금20%|담보대출|신용가능",
    "marketCode": "0",
    "marketName": "거래소",
    "upName": "전기/전자",
    "upSizeName": "대형주",
    "companyClassName": "",
    "orderWarning": "0",
    "nxtEnable": "Y",
}


def row_of(**changes: str) -> ListedStock:
    (row,) = ListedStocksPage.model_validate({"list": [{**ROW, **changes}]}).rows
    return row


def test_a_share_is_scanned_on_the_board_of_its_list() -> None:
    assert listing_of(row_of(), Market.KOSPI) == Listing("005930", "가나전자", Market.KOSPI)
    kosdaq = listing_of(row_of(marketCode="10"), Market.KOSDAQ)
    assert kosdaq is not None
    assert (kosdaq.market, kosdaq.excluded) == (Market.KOSDAQ, None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"marketCode": "8", "code": "069500"}, "ETF"),
        ({"marketCode": "60"}, "ETN"),
        ({"marketCode": "6"}, "REIT"),
        ({"marketCode": "10"}, "product of market code 10"),
        ({"marketCode": ""}, "product of market code "),
        ({"code": "005935"}, "preferred share"),
        ({"code": "00593K"}, "preferred share"),
        ({"orderWarning": "2"}, "liquidation trading"),
        ({"state": "증거금100%|정리매매"}, "liquidation trading"),
        ({"state": "증거금100%|관리종목"}, "administrative issue"),
        ({"auditInfo": "관리종목"}, "administrative issue"),
        ({"orderWarning": "4"}, "investment risk"),
    ],
)
def test_what_is_no_common_share_or_is_in_trouble_is_not_scanned(
    changes: dict[str, str], words: str
) -> None:
    listing = listing_of(row_of(**changes), Market.KOSPI)

    assert listing is not None
    assert listing.excluded == words


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "증거금100%"},
        {"state": "증거금100%|거래정지", "auditInfo": "거래정지"},
        {"orderWarning": "3", "auditInfo": "단기과열"},
        {"orderWarning": "5", "auditInfo": "투자경고"},
        {"auditInfo": "투자주의환기종목"},
        {"code": "0126Z0", "name": "라마바스팩1호"},
    ],
    ids=["margin", "a halt", "overheated", "a warning", "a caution", "a SPAC with letters"],
)
def test_neither_a_margin_class_nor_a_halt_keeps_a_share_out(changes: dict[str, str]) -> None:
    listing = listing_of(row_of(**changes), Market.KOSPI)

    assert listing is not None
    assert listing.excluded is None


@pytest.mark.parametrize(
    "changes", [{"marketCode": "30"}, {"marketCode": "50"}, {"code": "Q500001"}, {"code": "5930"}]
)
def test_what_nobody_here_can_ask_for_is_left_out(changes: dict[str, str]) -> None:
    assert listing_of(row_of(**changes), Market.KOSPI) is None
