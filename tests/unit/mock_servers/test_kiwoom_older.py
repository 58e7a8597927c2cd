"""The calls of an older mock of Kiwoom, served beside the real ones."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from tests.conftest import PATIENCE_SECONDS
from tests.mock_servers.kiwoom.wire import Variant
from tests.unit.mock_servers.conftest import TODAY, MockServer, an_hour, exchange, kiwoom

FLOW_PATH, LIST_PATH = "/api/dostk/chart", "/api/dostk/stkinfo"
BASIC_PATH, DAILY_PATH = "/api/dostk/ka10001", "/api/dostk/ka10081"


def t0414(ticker: str) -> dict[str, object]:
    block = {"t0414InBlock": {"shcode": ticker}}
    return {"jsonrpc": "2.0", "method": "t0414", "params": block, "id": 1}


class OlderCustomer:
    """Speaks as clients of the older mock do: any Authorization, no api-id."""

    def __init__(self, server: MockServer) -> None:
        self.url = server.url
        self.http = requests.Session()
        self.http.headers["Authorization"] = "anything"

    def post(self, path: str, body: object) -> requests.Response:
        return self.http.post(self.url + path, json=body, timeout=60)

    def asked(self, path: str, body: object) -> Any:
        answer = self.post(path, body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["return_code"] == 0
        return answer.json()


@pytest.fixture
def older(kiwoom_mock: MockServer) -> Iterator[OlderCustomer]:
    customer = OlderCustomer(kiwoom_mock)
    with customer.http:
        yield customer


def test_the_front_page_says_that_it_runs(kiwoom_mock: MockServer) -> None:
    told = kiwoom_mock.control("GET", "/")

    assert (told["service"], told["status"]) == ("Mock Kiwoom REST API", "running")
    assert "T" in told["timestamp"]


@pytest.mark.parametrize("grant", ["client_credentials", "refresh_token"])
def test_a_token_is_given_with_the_seconds_of_its_life(kiwoom_mock: MockServer, grant: str) -> None:
    body = {"grant_type": grant, "appkey": "k", "secretkey": "s", "refresh_token": "r"}
    told = requests.post(
        kiwoom_mock.url + "/oauth2/token", json=body, timeout=PATIENCE_SECONDS
    ).json()

    assert told["token"]
    assert told["token_type"].lower() == "bearer"
    assert told["expires_in"] > 80_000
    assert len(told["expires_dt"]) == 14


def test_t0414_is_eight_texts_of_the_exchange(older: OlderCustomer) -> None:
    row = older.asked(BASIC_PATH, t0414("000660"))["result"]["t0414"]
    issue = exchange().issue("000660")
    assert issue is not None
    quote = exchange().quote(issue)

    assert row == [
        *("000660", "SK하이닉스", str(quote.price), str(quote.change), f"{quote.rate:.2f}"),
        *(str(quote.price - 100), str(quote.price + 100), str(quote.volume)),
    ]


def test_json_rpc_is_understood_on_a_shared_path_too(older: OlderCustomer) -> None:
    told = older.asked(LIST_PATH, t0414("005930"))

    assert told["result"]["t0414"][0] == "005930"
    assert told["id"] == 1


@pytest.mark.parametrize("body", [t0414(""), t0414("999999"), {"stk_cd": "005930"}, {}])
def test_t0414_without_a_ticker_is_http_400(older: OlderCustomer, body: object) -> None:
    refused = older.post(BASIC_PATH, body)

    assert (refused.status_code, refused.json()) == (400, {"detail": "Invalid ticker"})


def test_investors_are_ten_rows_with_the_older_names_beside(older: OlderCustomer) -> None:
    body = {"dt": "20250228", "stk_cd": "005930", "amt_qty_tp": "1", "trde_tp": "0"}
    told = older.asked(FLOW_PATH, body)
    rows = told["stk_invsr_orgn_chart"]

    assert len(rows) == 10
    assert rows[0]["dt"] == "20250228"
    assert (told["cont-yn"], told["next-key"]) == ("N", "")
    for row in rows:
        assert row["cur_prc"].isdecimal()
        assert row["pred_pre"][0] in "+-0"
        assert row["acc_trde_prica"].isdecimal()
        assert row["trde_qty"].isdecimal()
        assert {row[name] for name in ("trst", "pens", "fin", "ins", "etc_fin")} == {"0"}
        assert {"flu_rt", "ind_invsr", "frgnr_invsr", "orgn"} <= row.keys()


def test_a_chart_by_base_day_is_the_real_one(older: OlderCustomer) -> None:
    rows = older.asked(FLOW_PATH, {"stk_cd": "005930", "base_dt": "20250228"})

    assert rows["stk_dt_pole_chart_qry"][0]["dt"] == "20250228"
    assert rows["stk_dt_pole_chart_qry"][1]["dt"] == "20250227"


@pytest.mark.parametrize("body", [{}, {"mrkt_tp": "0"}, {"mrkt_tp": ""}])
def test_the_list_of_the_kospi_stands_first_and_is_not_padded(
    older: OlderCustomer, body: dict[str, str]
) -> None:
    told = older.asked(LIST_PATH, body)
    rows = told["list"]

    first = [row["code"] for row in rows[:5]]
    assert first == ["005930", "000660", "035420", "051910", "006400"]
    assert (rows[0]["marketName"], rows[0]["state"]) == ("KOSPI", "01")
    assert not rows[0]["lastPrice"].startswith("0")
    assert (told["cont-yn"], told["next-key"]) == ("N", "")


def test_the_list_of_the_kosdaq_holds_the_kosdaq(older: OlderCustomer) -> None:
    rows = older.asked(LIST_PATH, {"mrkt_tp": "10"})["list"]

    assert "086520" in {row["code"] for row in rows}
    assert {row["marketName"] for row in rows} == {"KOSDAQ"}


@pytest.mark.parametrize("index", ["KS11", "KQ11"])
def test_an_index_at_the_path_of_the_list_is_the_list(older: OlderCustomer, index: str) -> None:
    told = older.asked(LIST_PATH, {"stk_cd": index})

    assert told["list"] == older.asked(LIST_PATH, {})["list"]


def test_the_message_of_an_older_call_is_the_older_one(older: OlderCustomer) -> None:
    told = older.asked(BASIC_PATH, t0414("005930"))

    assert told["return_msg"] == "정상처리되었습니다"


def test_a_ticker_at_the_path_of_the_list_is_its_basic_information(older: OlderCustomer) -> None:
    assert older.asked(LIST_PATH, {"stk_cd": "005930"})["stk_nm"] == "삼성전자"


def test_daily_bars_are_the_weekdays_of_sixty_days_oldest_first(older: OlderCustomer) -> None:
    told = older.asked(DAILY_PATH, {"stk_cd": "005930", "base_dt": "20250228"})
    rows = {row["dt"]: row for row in told["stk_dt_pole_chart_qry"]}
    days = [TODAY - timedelta(days=back) for back in range(60, 0, -1)]
    issue = exchange().issue("005930")
    assert issue is not None
    span = issue.bars.span(f"{days[0]:%Y%m%d}", f"{days[-1]:%Y%m%d}")
    closes = {issue.bars.sessions[at]: issue.bars.close[at] for at in span}

    assert list(rows) == [f"{day:%Y%m%d}" for day in days if day.weekday() < 5]
    assert {session: int(rows[session]["cur_prc"]) for session in closes} == closes
    assert {row["pred_pre_sig"] for row in rows.values()} <= {"+", "-"}
    assert not any(row["pred_pre"].startswith("+") for row in rows.values())
    for row in rows.values():
        assert int(row["low_pric"]) <= int(row["cur_prc"]) <= int(row["high_pric"])
        assert {"open_pric", "trde_qty", "trde_prica", "trde_tern_rt"} <= row.keys()


def test_on_a_holiday_the_older_daily_bar_stands_still(older: OlderCustomer) -> None:
    told = older.asked(DAILY_PATH, {"stk_cd": "005930", "base_dt": "20250228"})
    rows = {row["dt"]: row for row in told["stk_dt_pole_chart_qry"]}

    lunar_new_year = rows["20250129"]
    names = ("open_pric", "high_pric", "low_pric", "cur_prc")
    assert {lunar_new_year[name] for name in names} == {rows["20250124"]["cur_prc"]}
    assert (lunar_new_year["trde_qty"], lunar_new_year["pred_pre"]) == ("0", "0")


@pytest.mark.parametrize(("ticker", "level"), [("KS11", 2500), ("KQ11", 800)])
def test_five_days_of_an_index_end_before_today(
    older: OlderCustomer, ticker: str, level: int
) -> None:
    body = {"stk_cd": ticker, "base_dt": "20250228", "isu_cd_tp": "02"}
    rows = older.asked(DAILY_PATH, body)["dtal_1"]

    assert [row["dt"] for row in rows] == ["20250224", "20250225", "20250226", "20250227"]
    assert all(abs(float(row["cls_prc"]) / level - 1) < 0.2 for row in rows)
    assert {"dt", "opn_prc", "hgh_prc", "lw_prc", "cls_prc", "trde_qty"} == rows[0].keys()


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (DAILY_PATH, {"stk_cd": "005930"}, "base_dt"),
        (DAILY_PATH, {"base_dt": "20250228"}, "stk_cd"),
        (DAILY_PATH, {"stk_cd": "005930", "base_dt": "yesterday"}, "base_dt"),
        (FLOW_PATH, {"stk_cd": "005930"}, "dt"),
        (FLOW_PATH, {"dt": "20250228"}, "stk_cd"),
        (FLOW_PATH, {"dt": "2025", "stk_cd": "005930"}, "dt"),
    ],
)
def test_a_field_that_is_missing_or_wrong_is_http_422(
    older: OlderCustomer, path: str, body: dict[str, str], field: str
) -> None:
    refused = older.post(path, body)

    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["body", field]


@pytest.mark.parametrize("path", [BASIC_PATH, DAILY_PATH, FLOW_PATH, LIST_PATH])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "json_invalid"),
        (b"\xff", "json_invalid"),
        (b"[" * 100_000, "json_invalid"),
        (b"[]", "dict_type"),
    ],
)
def test_a_body_that_is_no_json_object_is_http_422(
    older: OlderCustomer, path: str, body: bytes, kind: str
) -> None:
    refused = older.http.post(older.url + path, data=body, timeout=PATIENCE_SECONDS)

    (detail,) = refused.json()["detail"]
    assert (refused.status_code, detail["type"], detail["loc"]) == (422, kind, ["body"])


def test_an_empty_body_asks_for_the_list(older: OlderCustomer) -> None:
    told = older.http.post(older.url + LIST_PATH, timeout=PATIENCE_SECONDS).json()

    assert told["list"] == older.asked(LIST_PATH, {})["list"]


@pytest.mark.parametrize("path", [BASIC_PATH, DAILY_PATH, FLOW_PATH, LIST_PATH])
@pytest.mark.parametrize("body", [b"{", b"[]", json.dumps(t0414("005930")).encode()])
def test_who_asks_is_checked_before_what_is_asked(
    kiwoom_mock: MockServer, path: str, body: bytes
) -> None:
    refused = requests.post(kiwoom_mock.url + path, data=body, timeout=PATIENCE_SECONDS)

    assert (refused.status_code, refused.json()) == (401, {"detail": "Unauthorized"})


def test_an_unknown_path_is_http_404(older: OlderCustomer) -> None:
    refused = older.post("/api/dostk/t1102", {})

    assert (refused.status_code, refused.json()["detail"]) == (404, "Not Found")


def test_trouble_is_told_with_its_code_on_the_older_paths(
    kiwoom_mock: MockServer, older: OlderCustomer
) -> None:
    kiwoom_mock.add_fault("error_5xx", status=500)

    troubled = older.post(BASIC_PATH, t0414("005930"))
    assert (troubled.status_code, troubled.json()["return_code"]) == (500, "-1")


def test_older_calls_are_limited_and_counted_like_the_real_ones() -> None:
    with kiwoom(limit=an_hour(1)) as server:
        customer = OlderCustomer(server)
        answers = [customer.post(BASIC_PATH, t0414("005930")) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 429]
        assert server.referee()["by_ticker"] == {"005930": 2}


def test_the_return_code_can_be_the_older_text() -> None:
    with kiwoom(variant=Variant(text_codes=True)) as server:
        told = OlderCustomer(server).post(BASIC_PATH, t0414("005930")).json()

        assert told["return_code"] == "0"


def test_a_day_far_away_has_no_rows(older: OlderCustomer) -> None:
    body = {"stk_cd": "005930", "base_dt": f"{date(1999, 1, 4):%Y%m%d}"}

    assert older.asked(DAILY_PATH, body)["stk_dt_pole_chart_qry"] == []
