"""What KIS sends as text becomes won, shares and dates, or is refused."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from app.brokers import kis_wire as wire

ROW = {
    "stck_bsop_date": "20260302",
    "stck_clpr": "71000",
    "stck_oprc": "70500",
    "stck_hgpr": "71400",
    "stck_lwpr": "70200",
    "acml_vol": "1200345",
    "acml_tr_pbmn": "85000000000",
    "mod_yn": "N",
}


def bars_of(*rows: dict[str, str]) -> list[wire.DailyBar]:
    return wire.DailyBarsAnswer.model_validate({"output1": {}, "output2": list(rows)}).output2


def test_a_daily_row_becomes_a_bar_in_won_and_shares() -> None:
    (row,) = bars_of(ROW)

    bar = (date(2026, 3, 2), 70500.0, 71400.0, 70200.0, 71000.0, 1200345.0, 85e9)
    assert row.bar() == bar


def test_a_row_of_an_index_becomes_a_bar_in_points() -> None:
    row = {
        "stck_bsop_date": "20260302",
        "bstp_nmix_prpr": "2641.09",
        "bstp_nmix_oprc": "2630.50",
        "bstp_nmix_hgpr": "2655.00",
        "bstp_nmix_lwpr": "2612.37",
        "acml_vol": "412345",
        "acml_tr_pbmn": "9876543",
        "mod_yn": "N",
    }

    answer = wire.IndexBarsAnswer.model_validate({"output1": {}, "output2": [row, {}]})

    (bar,) = (each.bar() for each in answer.output2)
    assert bar == (date(2026, 3, 2), 2630.5, 2655.0, 2612.37, 2641.09, 412345.0, None)


def test_empty_objects_are_no_bars() -> None:
    assert bars_of({}, {}) == []
    assert bars_of() == []
    assert len(bars_of(ROW, {})) == 1


def test_a_halted_row_keeps_its_zeros() -> None:
    halted = {"stck_oprc": "0", "stck_hgpr": "0", "stck_lwpr": "0", "acml_vol": "0"}

    (row,) = bars_of({**ROW, **halted})

    assert (row.open, row.volume, row.close) == (0.0, 0.0, 71000.0)


@pytest.mark.parametrize("text", ["71,000", " 71000 ", "+71000", "71000.00"])
def test_commas_blanks_and_plus_signs_are_no_part_of_a_number(text: str) -> None:
    assert bars_of({**ROW, "stck_clpr": text})[0].close == 71000.0


@pytest.mark.parametrize("text", ["", " ", "-71000", "NaN", "inf", "1e5", "71_000", "7" * 400, "a"])
def test_a_price_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        bars_of({**ROW, "stck_clpr": text})


@pytest.mark.parametrize("text", ["", "2026030", "20261301", "오늘"])
def test_a_session_that_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        bars_of({**ROW, "stck_bsop_date": text})


def test_a_value_that_was_not_sent_is_missing_not_zero() -> None:
    assert bars_of({**ROW, "acml_tr_pbmn": ""})[0].value is None


def test_the_price_of_an_unknown_ticker_is_zero_and_means_none() -> None:
    answer = wire.PriceAnswer.model_validate({"output": {"stck_prpr": "0", "stck_oprc": "0"}})

    assert answer.output is None


def test_flows_are_million_won_and_a_blank_is_not_a_zero() -> None:
    counted = {"frgn_ntby_tr_pbmn": "-1,250", "orgn_ntby_tr_pbmn": "3", "prsn_ntby_tr_pbmn": "0"}
    rows = [
        {"stck_bsop_date": "20260303", **dict.fromkeys(counted, "")},
        {"stck_bsop_date": "20260302", **counted},
    ]

    today, yesterday = wire.DailyFlowsAnswer.model_validate({"output": rows}).output

    assert today.flow() is None
    assert yesterday.flow() == (date(2026, 3, 2), -1.25e9, 3e6, 0.0)


def test_an_order_book_without_levels_is_of_an_unknown_ticker() -> None:
    unknown = {"output1": {"aspr_acpt_hour": ""}}

    assert wire.OrderBookAnswer.model_validate(unknown).output1 is None


def test_a_token_ends_by_the_clock_on_a_korean_wall() -> None:
    answer = wire.TokenAnswer.model_validate(
        {"access_token": "eyJ", "access_token_token_expired": "2026-03-03 00:30:00"}
    )

    assert answer.expires_at == datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    assert "eyJ" not in repr(answer)
