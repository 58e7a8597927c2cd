"""Answers that no sound Kiwoom gives: none of them passes for data."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.brokers.errors import BrokerRefused, BrokerUnavailable
from app.brokers.kiwoom import Kiwoom
from tests.integration.brokers.kiwoom_rig import KiwoomRig
from tests.integration.brokers.rig import TODAY

TOKEN = {"token": "AbC123", "expires_dt": "20991231235959", "return_code": 0}
FLOW = {"acc_trde_prica": "850", "ind_invsr": "0", "orgn": "0"}


class Odd(ThreadingHTTPServer):
    """Gives a token, and to every other call the same answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b""
        self.calls = 0

    def answers(self, **fields: Any) -> None:
        self.body = json.dumps({**fields, "return_code": 0, "return_msg": ""}).encode()


class _Desk(BaseHTTPRequestHandler):
    server: Odd

    def do_POST(self) -> None:
        odd = self.server
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/oauth2/token":
            self._answer(200, {}, json.dumps(TOKEN).encode())
        else:
            odd.calls += 1
            self._answer(odd.status, odd.headers, odd.body)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Stay silent."""


@contextmanager
def running_odd() -> Iterator[Odd]:
    with Odd() as odd:
        thread = threading.Thread(target=odd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield odd
        odd.shutdown()
        thread.join()


@pytest.fixture
def odd() -> Iterator[Odd]:
    with running_odd() as odd:
        yield odd


@pytest.fixture
def client(kiwoom_rig: KiwoomRig, odd: Odd) -> Kiwoom:
    return kiwoom_rig.open(kiwoom_api_url=odd.url)


def test_pages_that_lead_in_a_circle_are_not_followed(odd: Odd, client: Kiwoom) -> None:
    odd.headers = {"cont-yn": "Y", "next-key": "again"}
    odd.answers(stk_dt_pole_chart_qry=[bar("20250228")])

    with pytest.raises(BrokerUnavailable, match="daily bars of 005930: page 3 is one that came"):
        list(client.fetch_bars("005930", TODAY.replace(year=2000), TODAY))

    assert odd.calls == 2


@pytest.mark.parametrize("key", ["", "a\x01b"])
def test_a_page_that_does_not_say_where_it_goes_on_is_not_the_last(
    odd: Odd, client: Kiwoom, key: str
) -> None:
    odd.headers = {"cont-yn": "Y", "next-key": key}
    odd.answers(stk_dt_pole_chart_qry=[bar("20250228")])

    with pytest.raises(BrokerUnavailable, match="daily bars of 005930"):
        next(client.fetch_bars("005930", TODAY.replace(year=2000), TODAY))


def test_a_page_in_the_other_order_is_put_right(odd: Odd, client: Kiwoom) -> None:
    odd.answers(stk_dt_pole_chart_qry=[bar("20250226"), bar("20250227"), bar("20250228")])

    (page,) = client.fetch_bars("005930", TODAY.replace(day=27), TODAY)

    assert [each.session.day for each in page] == [27, 28]


def test_a_board_without_a_share_is_not_an_empty_board(odd: Odd, client: Kiwoom) -> None:
    odd.answers(list=[])

    with pytest.raises(BrokerUnavailable, match="kiwoom:main: list of KOSPI: it is empty"):
        client.fetch_listings()


def test_flows_beyond_what_was_traded_are_of_another_unit(odd: Odd, client: Kiwoom) -> None:
    rows = [{**FLOW, "dt": f"202502{day}", "frgnr_invsr": "-61779000"} for day in (24, 25, 26)]
    odd.answers(stk_invsr_orgn_chart=rows)
    with pytest.raises(BrokerRefused, match="not in million won"):
        client.fetch_flows("005930")

    one_odd_day = [rows[0], *({**row, "frgnr_invsr": "-61"} for row in rows[1:])]
    odd.answers(stk_invsr_orgn_chart=one_odd_day)
    assert [flow.foreign for flow in client.fetch_flows("005930")[1:]] == [-61e6, -61e6]


def test_quotes_of_others_than_were_asked_for_are_not_taken(odd: Odd, client: Kiwoom) -> None:
    row = dict.fromkeys(("cur_prc", "base_pric", "open_pric", "high_pric", "low_pric"), "71000")
    rows = [{**row, "stk_cd": code, "trde_qty": "1"} for code in ("000660", "005930")]
    odd.answers(atn_stk_infr=rows)

    assert [quote.ticker for quote in client.fetch_quotes(["005930", "035420"])] == ["005930"]


def test_a_firewall_is_named_as_such(odd: Odd, client: Kiwoom) -> None:
    odd.status, odd.body = 400, b"<html><body>Request Blocked</body></html>"

    with pytest.raises(BrokerRefused, match=r"price of 005930: HTTP 400 with a page of HTML"):
        client.fetch_quote("005930")

    assert odd.calls == 1


def bar(day: str) -> dict[str, str]:
    prices = dict.fromkeys(("cur_prc", "open_pric", "high_pric", "low_pric"), "71000")
    return {**prices, "dt": day, "trde_qty": "10", "trde_prica": "1"}
