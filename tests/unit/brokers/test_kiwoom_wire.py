"""What Kiwoom sends as text becomes won, shares, points and dates, or is refused."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from app.brokers import kiwoom_wire as wire

BAR = {
    "cur_prc": "71000",
    "trde_qty": "1200345",
    "trde_prica": "85000",
    "dt": "20260302",
    "open_pric": "70500",
    "high_pric": "71400",
    "low_pric": "70200",
    "pred_pre": "-300",
    "pred_pre_sig": "5",
    "trde_tern_rt": "-0.02",
}
STOCK = {
    "stk_cd": "005930",
    "stk_nm": "가나전자",
    "cur_prc": "-71000",
    "base_pric": "71300",
    "open_pric": "-70500",
    "high_pric": "+71400",
    "low_pric": "-70200",
    "trde_qty": "1200345",
    "trde_prica": "85000",
}
FLOW = {
    "dt": "20260302",
    "cur_prc": "-71000",
    "acc_trde_prica": "85000",
    "ind_invsr": "+1253",
    "frgnr_invsr": "--1250",
    "orgn": "-3",
}


def bars_of(*rows: dict[str, Any]) -> list[wire.DailyBar]:
    answer = {"stk_cd": "005930", "stk_dt_pole_chart_qry": list(rows), "return_code": 0}
    return wire.DailyBarsPage.model_validate(answer).rows


def flow_of(**changes: str) -> wire.DailyFlow:
    answer = {"stk_invsr_orgn_chart": [{**FLOW, **changes}]}
    (row,) = wire.DailyFlowsPage.model_validate(answer).rows
    return row


def test_a_daily_row_becomes_a_bar_in_won_and_shares() -> None:
    (row,) = bars_of(BAR)

    bar = (date(2026, 3, 2), 70500.0, 71400.0, 70200.0, 71000.0, 1200345.0, 85e9)
    assert row.bar() == bar


def test_a_blank_row_says_that_there_is_no_data() -> None:
    blank = dict.fromkeys(BAR, "")

    assert bars_of(blank) == bars_of({}) == bars_of() == []
    assert len(bars_of(BAR, blank)) == 1


def test_a_halted_row_keeps_its_zeros() -> None:
    halted = dict.fromkeys(["open_pric", "high_pric", "low_pric", "trde_qty", "trde_prica"], "0")

    bar = bars_of({**BAR, **halted})[0].bar()

    assert (bar.open, bar.volume, bar.value, bar.close) == (0.0, 0.0, 0.0, 71000.0)


@pytest.mark.parametrize("text", ["71000", " 71000 ", "+71000", "-71000", "--71000", "00071000"])
def test_signs_blanks_and_zeros_in_front_are_no_part_of_a_price(text: str) -> None:
    assert bars_of({**BAR, "cur_prc": text})[0].close == 71000.0


@pytest.mark.parametrize("text", ["NaN", "inf", "1e5", "71_000", "7" * 400, "a", "-", "+-7", "--"])
@pytest.mark.parametrize("field", ["cur_prc", "open_pric", "trde_qty"])
def test_a_price_or_volume_that_is_none_is_refused(field: str, text: str) -> None:
    with pytest.raises(ValidationError):
        bars_of({**BAR, field: text})


@pytest.mark.parametrize("field", ["open_pric", "high_pric", "low_pric", "trde_qty", "dt"])
def test_a_blank_in_a_row_with_a_price_is_not_a_zero(field: str) -> None:
    with pytest.raises(ValidationError):
        bars_of({**BAR, field: ""})


def test_a_volume_below_zero_is_refused() -> None:
    with pytest.raises(ValidationError):
        bars_of({**BAR, "trde_qty": "-1200345"})


@pytest.mark.parametrize("text", ["2026030", "20261301", "2026-03-02", "오늘"])
def test_a_session_that_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        bars_of({**BAR, "dt": text})


def test_a_value_that_was_not_sent_is_missing_not_zero() -> None:
    assert bars_of({**BAR, "trde_prica": ""})[0].bar().value is None


def test_a_page_says_in_its_headers_where_it_goes_on() -> None:
    rows: dict[str, Any] = {"stk_dt_pole_chart_qry": []}
    last = wire.DailyBarsPage.model_validate({**rows, "cont-yn": "N", "next-key": ""})
    first = wire.DailyBarsPage.model_validate({**rows, "cont-yn": "Y", "next-key": "A1"})

    assert (last.more, first.more, first.next_key) == (False, True, "A1")
    for nowhere in ("", "  ", " A1", "다음", "a\nb"):
        with pytest.raises(ValidationError):
            wire.DailyBarsPage.model_validate({**rows, "cont-yn": "Y", "next-key": nowhere})


def test_an_index_chart_is_in_hundredths_of_a_point() -> None:
    row = {
        "cur_prc": "252127",
        "open_pric": "250800",
        "high_pric": "252500",
        "low_pric": "250001",
        "trde_qty": "393564",
        "trde_prica": "8730000",
        "dt": "20260302",
    }

    (bar,) = wire.IndexBarsPage.model_validate({"inds_dt_pole_qry": [row]}).rows

    assert bar.bar() == (date(2026, 3, 2), 2508.0, 2525.0, 2500.01, 2521.27, 393564.0, None)


def test_an_index_now_has_its_decimals_and_a_sign_that_is_a_direction() -> None:
    row = {**STOCK, "cur_prc": "-2394.49", "pred_pre": "-29.41", "trde_qty": "393564"}

    now = wire.IndexNow.model_validate(row)

    assert (now.price, now.change) == (2394.49, -29.41)


def test_the_sign_of_a_quote_is_a_direction_not_a_minus() -> None:
    now = wire.StockNow.model_validate(STOCK)

    assert (now.price, now.open, now.high, now.low) == (71000.0, 70500.0, 71400.0, 70200.0)
    assert (now.base_price, now.volume, now.value_in_won) == (71300.0, 1200345.0, 85e9)


def test_before_the_first_trade_a_quote_has_zeros() -> None:
    blanks = dict.fromkeys(["open_pric", "high_pric", "low_pric", "trde_qty", "trde_prica"], "")

    now = wire.StockNow.model_validate({**STOCK, **blanks})

    assert (now.open, now.volume, now.value_in_won, now.price) == (0.0, 0.0, None, 71000.0)
    assert now.known


@pytest.mark.parametrize("field", ["cur_prc", "base_pric"])
@pytest.mark.parametrize("text", ["", "0"])
def test_a_quote_without_its_price_or_base_price_is_of_no_ticker(field: str, text: str) -> None:
    assert not wire.StockNow.model_validate({**STOCK, field: text}).known


def test_a_row_without_a_price_is_of_a_ticker_that_is_not_known() -> None:
    blank = {**dict.fromkeys(STOCK, ""), "stk_cd": "999990"}

    assert [row.ticker for row in quotes_of(STOCK, blank)] == ["005930"]


def quotes_of(*rows: dict[str, str]) -> list[wire.StockNow]:
    return wire.StocksNow.model_validate({"atn_stk_infr": list(rows)}).rows


def test_flows_are_million_won_and_two_minus_signs_are_one() -> None:
    assert flow_of().flow() == (date(2026, 3, 2), -1250e6, -3e6, 1253e6)


def test_a_flow_that_is_not_complete_is_missing_not_zero() -> None:
    assert flow_of(orgn="").flow() is None


@pytest.mark.parametrize(
    ("changes", "beyond"),
    [
        ({}, False),
        ({"frgnr_invsr": "-85001"}, False),  # both are rounded to a million
        ({"frgnr_invsr": "-85002"}, True),
        ({"orgn": "+1250000"}, True),
        ({"frgnr_invsr": "-85002", "acc_trde_prica": ""}, False),
    ],
)
def test_more_bought_than_traded_shows_another_unit(
    changes: dict[str, str], *, beyond: bool
) -> None:
    assert flow_of(**changes).beyond_what_was_traded is beyond


def test_the_best_level_of_a_book_has_names_of_its_own() -> None:
    answer = {
        "bid_req_base_tm": "162000",
        "sel_fpr_bid": "+71100",
        "sel_fpr_req": "1200",
        "buy_fpr_bid": "-71000",
        "buy_fpr_req": "900",
        "sel_2th_pre_bid": "+71200",
        "sel_2th_pre_req": "700",
        "buy_10th_pre_bid": "-70100",
        "buy_10th_pre_req": "3",
    }

    book = wire.Book.model_validate(answer)

    assert book.told
    assert [(level.price, level.size) for level in book.asks[:3]] == [
        (71100.0, 1200.0),
        (71200.0, 700.0),
        (0.0, 0.0),
    ]
    assert len(book.asks) == len(book.bids) == 10
    assert (book.bids[9].price, book.bids[9].size) == (70100.0, 3.0)


def test_a_book_without_a_single_price_is_of_no_ticker() -> None:
    assert not wire.Book.model_validate({"bid_req_base_tm": "", "sel_fpr_bid": " "}).told
    assert wire.Book.model_validate({"sel_fpr_bid": "0", "buy_fpr_bid": "0"}).told


def test_the_end_of_a_token_is_korean_wall_clock() -> None:
    answer = {"token": "AbC123", "token_type": "bearer", "expires_dt": "20260303090000"}

    token = wire.TokenAnswer.model_validate(answer)

    assert token.expires_at == datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
    assert "AbC123" not in repr(token)


@pytest.mark.parametrize("changes", [{"token": ""}, {"token": "a b"}, {"expires_dt": "tomorrow"}])
def test_a_token_that_cannot_be_sent_or_has_no_end_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        wire.TokenAnswer.model_validate({"token": "A", "expires_dt": "20260303090000", **changes})
