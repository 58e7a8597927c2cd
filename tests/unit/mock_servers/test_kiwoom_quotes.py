"""What the mock Kiwoom tells of tickers and of the market now: signs, paddings, lists."""

from typing import Any

import pytest

from tests.mock_servers.kiwoom.numbers import change, million, padded, rate, signed
from tests.unit.mock_servers.conftest import KiwoomCustomer, exchange

HALTED, FUND, NOTE, ADMINISTERED, SMALL = "005380", "069500", "Q500001", "001000", "900010"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (signed(71_000, 71_300), "-71000"),
        (signed(71_600, 71_300), "+71600"),
        (signed(71_300, 71_300), "71300"),
        (signed(0, 71_300), "0"),
        (change(600), "+600"),
        (change(-61_779), "-61779"),
        (change(0), "0"),
        (rate(-5.137), "-5.14"),
        (rate(0.001), "0.00"),
        (padded(71_300, 8), "00071300"),
        (padded(-71_300, 8), "-0071300"),
        (million(648_525_400_000), "648525"),
    ],
)
def test_numbers_are_written_with_their_own_signs_and_paddings(written: str, expected: str) -> None:
    assert written == expected


def test_basic_information_signs_its_prices_by_their_direction(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    told = kiwoom_customer.asked("ka10001", "stkinfo", stk_cd="005930")
    issue = exchange().issue("005930")
    assert issue is not None
    quote = exchange().quote(issue)

    assert told["stk_nm"] == "삼성전자"
    assert told["cur_prc"] == f"{'+' if quote.change > 0 else '-'}{quote.price}"
    assert told["base_pric"] == str(quote.base)
    assert int(told["pred_pre"]) == quote.price - quote.base
    assert float(told["flu_rt"]) == pytest.approx(quote.rate, abs=0.005)
    assert told["upl_pric"] == f"+{quote.upper}"
    assert told["lst_pric"] == f"-{quote.lower}"
    assert abs(int(told["250hgst"])) == issue.bars.high[-250:].max()
    assert abs(int(told["250lwst"])) == issue.bars.low[-250:].min()
    assert told["pre_sig"] == quote.sign


def test_what_is_halted_has_its_last_price_and_no_trade(kiwoom_customer: KiwoomCustomer) -> None:
    told = kiwoom_customer.asked("ka10001", "stkinfo", stk_cd=HALTED)

    assert (told["open_pric"], told["trde_qty"], told["pre_sig"]) == ("0", "0", "3")
    assert told["cur_prc"] == told["base_pric"]


@pytest.mark.parametrize("api_id", ["ka10001", "ka10100"])
def test_a_ticker_that_is_not_listed_is_refused_by_name(
    kiwoom_customer: KiwoomCustomer, api_id: str
) -> None:
    refused = kiwoom_customer.ask(api_id, "stkinfo", stk_cd="999999").json()

    assert refused["return_code"] == 2
    assert "[1902:" in refused["return_msg"]
    assert "999999" in refused["return_msg"]


@pytest.mark.parametrize("ticker", ["005930_AL", "005930_NX", "A005930"])
def test_a_ticker_may_carry_its_place_and_kind(
    kiwoom_customer: KiwoomCustomer, ticker: str
) -> None:
    told = kiwoom_customer.asked("ka10001", "stkinfo", stk_cd=ticker)

    assert (told["stk_cd"], told["stk_nm"]) == (ticker, "삼성전자")


def test_up_to_a_hundred_quotes_come_at_once_and_one_more_is_refused_for_good(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    tickers = [issue.listing.ticker for issue in exchange()]
    rows = kiwoom_customer.asked("ka10095", "stkinfo", stk_cd="|".join([*tickers, "999999"]))
    hundred = "|".join(tickers[:1] * 100)

    assert [row["stk_cd"] for row in rows["atn_stk_infr"]] == tickers
    assert len(kiwoom_customer.asked("ka10095", "stkinfo", stk_cd=hundred)["atn_stk_infr"]) == 100
    refused = kiwoom_customer.ask("ka10095", "stkinfo", stk_cd=f"{hundred}|005930").json()
    assert refused["return_code"] == 5
    assert "[1634:" in refused["return_msg"]


def test_a_quote_in_a_batch_is_the_one_told_alone(kiwoom_customer: KiwoomCustomer) -> None:
    alone = kiwoom_customer.asked("ka10001", "stkinfo", stk_cd="000660")
    (row,) = kiwoom_customer.asked("ka10095", "stkinfo", stk_cd="000660")["atn_stk_infr"]

    for name in ("cur_prc", "base_pric", "open_pric", "high_pric", "low_pric", "trde_qty", "mac"):
        assert row[name] == alone[name]
    assert row["dt"] == exchange().last_session
    assert int(row["trde_prica"]) > 0


def listed(customer: KiwoomCustomer, market: str) -> dict[str, dict[str, str]]:
    rows: list[dict[str, Any]] = customer.asked("ka10099", "stkinfo", mrkt_tp=market)["list"]
    return {row["code"]: row for row in rows}


def test_a_list_pads_its_numbers_and_names_the_market_of_each_row(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    rows = listed(kiwoom_customer, "0")
    samsung = rows["005930"]

    assert len(samsung) == 14
    assert (len(samsung["listCount"]), len(samsung["lastPrice"])) == (16, 8)
    assert (samsung["marketCode"], samsung["marketName"]) == ("0", "거래소")
    assert samsung["nxtEnable"] == "Y"
    assert (rows[FUND]["marketCode"], rows[NOTE]["marketCode"]) == ("8", "60")
    assert listed(kiwoom_customer, "8").keys() <= rows.keys()
    assert set(listed(kiwoom_customer, "50")) == {SMALL}


def test_a_list_flags_what_is_halted_or_under_administration(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    halted, administered = (
        listed(kiwoom_customer, market)[ticker]
        for market, ticker in (("0", HALTED), ("10", ADMINISTERED))
    )

    assert (halted["auditInfo"], halted["state"]) == ("거래정지", "증거금100%|거래정지")
    assert (administered["auditInfo"], administered["state"]) == ("관리종목", "증거금100%|관리종목")


def test_one_listing_is_its_row_of_the_list(kiwoom_customer: KiwoomCustomer) -> None:
    told = kiwoom_customer.asked("ka10100", "stkinfo", stk_cd="247540")
    row = listed(kiwoom_customer, "10")["247540"]

    assert {name: told[name] for name in row} == row


def test_an_unknown_market_is_refused(kiwoom_customer: KiwoomCustomer) -> None:
    refused = kiwoom_customer.ask("ka10099", "stkinfo", mrkt_tp="KOSPI").json()

    assert "[1517:" in refused["return_msg"]
    assert "mrkt_tp" in refused["return_msg"]


def test_an_order_book_has_ten_levels_and_spells_the_best_in_its_own_way(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    book = kiwoom_customer.asked("ka10004", "mrkcond", stk_cd="005930")
    asks = [book["sel_fpr_bid"], *(book[f"sel_{level}th_pre_bid"] for level in range(2, 11))]
    bids = [book["buy_fpr_bid"], *(book[f"buy_{level}th_pre_bid"] for level in range(2, 11))]
    sizes = [book["sel_fpr_req"], *(book[f"sel_{level}th_pre_req"] for level in range(2, 11))]
    quote = kiwoom_customer.asked("ka10001", "stkinfo", stk_cd="005930")

    assert bids[0] == quote["cur_prc"]
    assert "cur_prc" not in book
    assert "sel_1th_pre_bid" not in book
    prices = [abs(int(price)) for price in [*asks[::-1], *bids]]
    assert prices == sorted(prices, reverse=True)
    assert int(book["tot_sel_req"]) == sum(map(int, sizes))


def test_an_index_has_points_with_decimals_and_counts_its_board(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    told = kiwoom_customer.asked("ka20001", "sect", mrkt_tp="0", inds_cd="001")
    counted = sum(int(told[name]) for name in ("upl", "rising", "stdns", "fall", "lst"))

    assert told["cur_prc"].lstrip("+-") == "2500.00"
    assert counted == sum(issue.listing.market == "KOSPI" for issue in exchange())
    (tick,) = told["inds_cur_prc_tm"]
    assert tick["cur_prc_n"] == told["cur_prc"]
    unknown = kiwoom_customer.ask("ka20001", "sect", mrkt_tp="0", inds_cd="999").json()
    assert "inds_cd" in unknown["return_msg"]


def leaders(customer: KiwoomCustomer, api_id: str, name: str, **more: str) -> list[dict[str, str]]:
    body = {"mrkt_tp": "000", "mang_stk_incls": "1", "stex_tp": "1", **more}
    rows: list[dict[str, str]] = customer.asked(api_id, "rkinfo", **body)[name]
    return rows


def test_leaders_are_ranked_by_what_is_asked(kiwoom_customer: KiwoomCustomer) -> None:
    volume = leaders(kiwoom_customer, "ka10030", "tdy_trde_qty_upper", sort_tp="1")
    value = leaders(kiwoom_customer, "ka10032", "trde_prica_upper")
    risen = leaders(kiwoom_customer, "ka10027", "pred_pre_flu_rt_upper", sort_tp="1")
    fallen = leaders(kiwoom_customer, "ka10027", "pred_pre_flu_rt_upper", sort_tp="3")

    volumes = [int(row["trde_qty"]) for row in volume]
    values = [int(row["trde_prica"]) for row in value]
    assert volumes == sorted(volumes, reverse=True)
    assert values == sorted(values, reverse=True)
    assert [row["now_rank"] for row in value[:3]] == ["1", "2", "3"]
    rates = [float(row["flu_rt"]) for row in risen]
    assert rates == sorted(rates, reverse=True)
    assert min(rates) > 0
    assert max(float(row["flu_rt"]) for row in fallen) < 0


def test_the_two_rankings_mean_the_opposite_by_their_flag_of_administration(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    def holds(api_id: str, name: str, flag: str) -> bool:
        rows = leaders(kiwoom_customer, api_id, name, sort_tp="1", mang_stk_incls=flag)
        return ADMINISTERED in {row["stk_cd"] for row in rows}

    assert holds("ka10030", "tdy_trde_qty_upper", "0")
    assert not holds("ka10030", "tdy_trde_qty_upper", "1")
    assert holds("ka10032", "trde_prica_upper", "1")
    assert not holds("ka10032", "trde_prica_upper", "0")


@pytest.mark.parametrize(
    ("market", "codes"), [("0", ["001"]), ("1", ["101"]), ("2", ["201"]), ("4", []), ("7", [])]
)
def test_the_sectors_of_a_market_are_the_indices_that_can_be_asked_for(
    kiwoom_customer: KiwoomCustomer, market: str, codes: list[str]
) -> None:
    told = kiwoom_customer.asked("ka10101", "stkinfo", mrkt_tp=market)["list"]

    assert [row["code"] for row in told] == codes
    assert all(row.keys() == {"marketCode", "code", "name", "group"} for row in told)
    for row in told:
        index = {"mrkt_tp": row["marketCode"], "inds_cd": row["code"]}
        assert kiwoom_customer.asked("ka20001", "sect", **index)["cur_prc"]
