"""The KIS quotation calls, over real HTTP."""

import io
import zipfile
from typing import Any

import pytest

from tests.unit.mock_servers.conftest import QUOTATIONS, Customer, MockServer, exchange, kis

LIVE_ONLY = {
    "intstock-multprice": "FHKST11300006",
    "search-info": "CTPF1604R",
    "search-stock-info": "CTPF1002R",
    "inquire-index-price": "FHPUP02100000",
    "chk-holiday": "CTCA0903R",
}
HALTED, SPLIT, ETF, PREFERRED = "005380", "068270", "069500", "005935"


def test_a_price_is_all_strings_and_is_that_of_the_last_bar(customer: Customer) -> None:
    answer = customer.price("005930").json()
    output = answer["output"]

    assert (answer["rt_cd"], answer["msg_cd"]) == ("0", "MCA00000")
    assert {type(value) for value in output.values()} == {str}
    row = customer.chart("005930").json()["output2"][0]
    assert output["stck_prpr"] == row["stck_clpr"]
    assert output["stck_sdpr"] == str(int(row["stck_clpr"]) - int(row["prdy_vrss"]))
    assert int(output["stck_llam"]) < int(output["stck_prpr"]) < int(output["stck_mxpr"])


def test_an_unknown_ticker_has_zero_prices_in_the_same_fields(customer: Customer) -> None:
    known, unknown = customer.price("005930").json(), customer.price("999999").json()

    assert unknown["rt_cd"] == "0"
    assert unknown["output"].keys() == known["output"].keys()
    assert unknown["output"]["stck_prpr"] == "0"
    assert unknown["output"]["stck_oprc"] == "0"


def test_a_halted_ticker_says_so(customer: Customer) -> None:
    output = customer.price(HALTED).json()["output"]

    assert (output["iscd_stat_cls_code"], output["acml_vol"]) == ("58", "0")
    assert int(output["stck_prpr"]) > 0
    assert customer.chart(HALTED).json()["output2"][0]["mod_yn"] == "Y"


def test_names_are_case_blind_and_double_slashes_are_taken(customer: Customer) -> None:
    path = "/" + QUOTATIONS + "inquire-price"
    query = {"fid_cond_mrkt_div_code": "J", "fid_input_iscd": "005930"}
    answer = customer.get(path, "FHKST01010100", **query)

    assert answer.json()["output"]["stck_shrn_iscd"] == "005930"


def test_the_chart_gives_the_newest_hundred_rows_newest_first(customer: Customer) -> None:
    rows = customer.chart().json()["output2"]
    sessions = [row["stck_bsop_date"] for row in rows]

    assert len(rows) == 100
    assert sessions[0] == "20250228"
    assert sessions == sorted(sessions, reverse=True)


def test_paging_by_date_gives_every_bar_once(customer: Customer) -> None:
    found: list[str] = []
    last = "20250228"
    while rows := customer.chart(last=last).json()["output2"]:
        found += [row["stck_bsop_date"] for row in rows]
        last = str(int(rows[-1]["stck_bsop_date"]) - 1)

    issue = exchange().issue("005930")
    assert issue is not None
    assert found[::-1] == issue.bars.sessions


def test_the_chart_is_adjusted_by_0_and_raw_by_1_and_the_price_list_the_reverse(
    customer: Customer,
) -> None:
    def early_close(adjusted: str) -> int:
        rows = customer.chart(SPLIT, last="20241130", FID_ORG_ADJ_PRC=adjusted).json()["output2"]
        return int(rows[0]["stck_clpr"])

    assert early_close("1") == pytest.approx(5 * early_close("0"), abs=5)
    query = {"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": SPLIT, "FID_PERIOD_DIV_CODE": "M"}
    lists = [
        customer.get(
            QUOTATIONS + "inquire-daily-price", "FHKST01010400", **query, FID_ORG_ADJ_PRC=adjusted
        ).json()["output"]
        for adjusted in ("0", "0000000001")
    ]
    raw, adjusted = (int(rows[-1]["stck_clpr"]) for rows in lists)
    assert raw == pytest.approx(5 * adjusted, abs=5)


@pytest.mark.parametrize("period", ["W", "M", "Y"])
def test_longer_periods_have_fewer_rows(customer: Customer, period: str) -> None:
    rows = customer.chart(FID_PERIOD_DIV_CODE=period).json()["output2"]

    assert 0 < len(rows) < 100
    assert rows[0]["stck_bsop_date"] == "20250228"


def test_an_empty_range_and_an_unknown_ticker_are_no_errors(customer: Customer) -> None:
    empty = customer.chart(first="20250301", last="20250302").json()
    unknown = customer.chart("999999").json()

    assert (empty["rt_cd"], empty["output2"]) == ("0", [])
    assert empty["output1"]["hts_kor_isnm"] == "삼성전자"
    assert (unknown["output1"]["stck_prpr"], unknown["output2"]) == ("0", [])


@pytest.mark.parametrize(
    ("missing", "value"),
    [
        ("FID_COND_MRKT_DIV_CODE", ""),
        ("FID_INPUT_ISCD", ""),
        ("FID_INPUT_DATE_2", "2025-02"),
        ("FID_PERIOD_DIV_CODE", "H"),
        ("FID_ORG_ADJ_PRC", "2"),
    ],
)
def test_a_missing_or_unreadable_field_is_named(
    customer: Customer, missing: str, value: str
) -> None:
    refused = customer.chart(**{missing: value})

    assert refused.status_code == 200
    assert refused.json() == {
        "rt_cd": "2",
        "msg_cd": "OPSQ2001",
        "msg1": f"ERROR INPUT FIELD NOT FOUND [{missing}]",
    }


def test_the_order_book_has_ten_levels_a_side_and_none_for_an_unknown_ticker(
    customer: Customer,
) -> None:
    def book(ticker: str) -> dict[str, str]:
        path, tr_id = QUOTATIONS + "inquire-asking-price-exp-ccn", "FHKST01010200"
        answer = customer.get(path, tr_id, FID_COND_MRKT_DIV_CODE="J", FID_INPUT_ISCD=ticker)
        levels: dict[str, str] = answer.json()["output1"]
        return levels

    known = book("005930")
    assert int(known["bidp10"]) < int(known["bidp1"]) < int(known["askp1"]) < int(known["askp10"])
    assert int(known["total_askp_rsqn"]) == sum(int(known[f"askp_rsqn{n}"]) for n in range(1, 11))
    assert "askp1" not in book("999999")


def test_investors_sum_to_nothing_and_amounts_are_in_million_won(customer: Customer) -> None:
    path, tr_id = QUOTATIONS + "inquire-investor", "FHKST01010900"
    query = {"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": "005930"}
    rows = customer.get(path, tr_id, **query).json()["output"]
    newest = rows[0]

    assert len(rows) == 30
    assert newest["stck_bsop_date"] == "20250228"
    assert sum(int(newest[f"{who}_ntby_qty"]) for who in ("prsn", "frgn", "orgn")) == 0
    in_million = int(newest["frgn_ntby_qty"]) * int(newest["stck_clpr"]) / 1e6
    assert int(newest["frgn_ntby_tr_pbmn"]) == pytest.approx(in_million, rel=0.1)


def test_thirty_tickers_are_quoted_in_one_call(customer: Customer) -> None:
    tickers = [*[issue.listing.ticker for issue in exchange()][:29], "999999"]
    query = {f"FID_INPUT_ISCD_{place}": ticker for place, ticker in enumerate(tickers, 1)}
    rows = customer.get(
        QUOTATIONS + "intstock-multprice", LIVE_ONLY["intstock-multprice"], **query
    ).json()["output"]

    assert [row["inter_shrn_iscd"] for row in rows] == tickers
    assert rows[0]["inter2_prpr"] == customer.price(tickers[0]).json()["output"]["stck_prpr"]
    assert rows[29]["inter2_prpr"] == "0"


def test_products_say_what_a_ticker_is(customer: Customer) -> None:
    def info(name: str, ticker: str) -> Any:
        path = QUOTATIONS + name
        return customer.get(path, LIVE_ONLY[name], PDNO=ticker, PRDT_TYPE_CD="300").json()

    assert info("search-info", "005930")["output"]["prdt_name"] == "삼성전자"
    assert info("search-info", ETF)["output"]["prdt_clsf_name"] == "ETF"
    assert info("search-stock-info", PREFERRED)["output"]["stck_kind_cd"] == "201"
    assert info("search-info", "999999")["rt_cd"] == "7"


def test_the_index_chart_ends_at_the_index(customer: Customer) -> None:
    index = {"FID_COND_MRKT_DIV_CODE": "U", "FID_INPUT_ISCD": "0001"}
    path = QUOTATIONS + "inquire-index-price"
    now = customer.get(path, "FHPUP02100000", **index).json()["output"]
    chart = customer.get(
        QUOTATIONS + "inquire-daily-indexchartprice",
        "FHKUP03500100",
        **index,
        FID_INPUT_DATE_1="20240101",
        FID_INPUT_DATE_2="20250228",
        FID_PERIOD_DIV_CODE="D",
    ).json()

    assert len(chart["output2"]) == 50
    assert now["bstp_nmix_prpr"] == chart["output2"][0]["bstp_nmix_prpr"] == "2500.00"


def test_holidays_are_told_for_24_days(customer: Customer) -> None:
    path, tr_id = QUOTATIONS + "chk-holiday", LIVE_ONLY["chk-holiday"]
    days = customer.get(path, tr_id, BASS_DT="20250228").json()["output"]
    opened = {day["bass_dt"]: day["opnd_yn"] for day in days}

    assert len(days) == 24
    assert (opened["20250228"], opened["20250301"], opened["20250303"]) == ("Y", "N", "N")
    assert days[2]["wday_dvsn_cd"] == "01"  # 2 March 2025 was a Sunday


def test_calls_for_live_accounts_are_refused_on_paper() -> None:
    with kis(environment="paper") as server:
        customer = Customer(server)

        for name, tr_id in LIVE_ONLY.items():
            refused = customer.get(QUOTATIONS + name, tr_id)
            assert (refused.status_code, refused.json()["msg_cd"]) == (500, "EGW02006")
        assert customer.price().status_code == 200


def test_a_tr_id_that_does_not_belong_to_the_path_is_refused(customer: Customer) -> None:
    for tr_id in ("FHKST03010100", ""):
        refused = customer.get(QUOTATIONS + "inquire-price", tr_id, FID_INPUT_ISCD="005930")
        assert (refused.status_code, refused.json()["msg_cd"]) == (500, "EGW00356")


def test_every_data_answer_carries_the_three_headers(customer: Customer) -> None:
    headers = customer.price().headers

    assert headers["tr_id"] == "FHKST01010100"
    assert headers["tr_cont"] == ""
    assert len(headers["gt_uid"]) == 32


def master(mock: MockServer, customer: Customer, market: str) -> list[bytes]:
    content = customer.get(f"/common/master/{market}_code.mst.zip", "").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(f"{market}_code.mst").splitlines()


def test_master_files_hold_every_listing_in_lines_of_fixed_width(
    mock: MockServer, customer: Customer
) -> None:
    tails = {"kospi": 227, "kosdaq": 221, "konex": 184}
    lines = {market: master(mock, customer, market) for market in tails}

    assert sum(map(len, lines.values())) == len(exchange())
    for market, width in tails.items():
        assert {len(line) for line in lines[market]} == {9 + 12 + 40 + width}
        assert all(line.decode("cp949")[-width:].isascii() for line in lines[market])


def test_a_master_line_says_what_may_be_scanned(mock: MockServer, customer: Customer) -> None:
    kospi = {
        line[:9].decode().strip(): line.decode("cp949") for line in master(mock, customer, "kospi")
    }
    tails = {ticker: line[-227:] for ticker, line in kospi.items()}

    assert kospi["005930"][9:21] == "KR7005930003"
    assert kospi["005930"][21:-227].strip() == "삼성전자"
    assert [tails[ticker][:2] for ticker in ("005930", ETF, "Q500001")] == ["ST", "EF", "EN"]
    assert [tails[ticker][158] for ticker in ("005930", PREFERRED)] == ["0", "1"]
    assert [tails[ticker][60] for ticker in ("005930", HALTED)] == ["N", "Y"]
    price = customer.price("005930").json()["output"]
    assert int(tails["005930"][41:50]) == int(price["stck_sdpr"])
    assert int(tails["005930"][113:128]) == int(price["lstn_stcn"]) // 1000


def test_an_issue_under_administration_is_marked(mock: MockServer, customer: Customer) -> None:
    tails = {line[:6]: line[-221:] for line in master(mock, customer, "kosdaq")}

    assert tails[b"001000"][57:58] == b"Y"
    assert tails[b"247540"][57:58] == b"N"
