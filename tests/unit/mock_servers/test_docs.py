"""The pages that document the mocks: whole without the internet, and every example answers."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.conftest import PATIENCE_SECONDS
from tests.streams import stream_server
from tests.unit.mock_servers.conftest import Customer, KiwoomCustomer, MockServer, kis


class Visitor:
    """Looks at the pages of a mock, and sends what they show."""

    def __init__(self, url: str, http: requests.Session) -> None:
        self._url = url
        self._http = http

    def page(self) -> str:
        answer = self._http.get(self._url + "/docs", timeout=PATIENCE_SECONDS)
        assert answer.headers["content-type"].startswith("text/html")
        return answer.text

    def calls(self) -> list[dict[str, Any]]:
        found = re.search(r"const page = (\{.*\});", self.page())
        assert found
        calls: list[dict[str, Any]] = json.loads(found[1])["calls"]
        return calls

    def send(self, call: dict[str, Any]) -> requests.Response:
        way = "params" if call["method"] == "GET" else "json"
        return self._http.request(
            call["method"],
            self._url + call["path"],
            headers=call["headers"],
            timeout=PATIENCE_SECONDS,
            **{way: call["fields"]},
        )


@pytest.fixture
def at_kiwoom(kiwoom_customer: KiwoomCustomer) -> Visitor:
    return Visitor(kiwoom_customer.url, kiwoom_customer.http)


@pytest.fixture
def at_kis(customer: Customer) -> Visitor:
    return Visitor(customer.url, customer.http)


@pytest.fixture(scope="module")
def at_stream() -> Iterator[Visitor]:
    with stream_server() as server, requests.Session() as http:
        yield Visitor(server.url, http)


@pytest.mark.parametrize("visitor", ["at_kis", "at_kiwoom", "at_stream"])
def test_a_page_loads_nothing_from_elsewhere(visitor: str, request: pytest.FixtureRequest) -> None:
    page = request.getfixturevalue(visitor).page()

    assert re.findall(r"(?:https?:)?//\w[\w.-]*", page) == []
    assert re.findall(r'(?:src|href)="(?!/openapi.json")', page) == []


def test_every_example_of_kiwoom_answers(at_kiwoom: Visitor, kiwoom_mock: MockServer) -> None:
    codes = {}
    for call in at_kiwoom.calls():
        if not call["path"].startswith("/_"):
            codes[call["id"] or call["title"]] = at_kiwoom.send(call).json()["return_code"]

    filled_already = {"kt10002": 20, "kt10003": 20}
    no_token = {"the end of a token": 2}
    assert {name: code for name, code in codes.items() if code} == filled_already | no_token
    assert len(codes) > 30


def test_every_example_of_kis_answers(at_kis: Visitor) -> None:
    calls = [call for call in at_kis.calls() if call["with_token"]]

    answers = {call["path"]: at_kis.send(call).json() for call in calls}

    assert {
        path: told for path, told in answers.items() if told.get("rt_cd") not in {"0", None}
    } == {}
    assert len(answers) > 15


@pytest.mark.parametrize(("environment", "served"), [("paper", "VTTC8434R"), ("live", "TTTC8434R")])
def test_the_page_of_kis_shows_what_its_host_takes(environment: str, served: str) -> None:
    with kis(environment=environment) as server, requests.Session() as http:
        shown = {call["id"] for call in Visitor(server.url, http).calls()}

    assert served in shown
    assert ("CTCA0903R" in shown) == (environment == "live")


@pytest.mark.parametrize("visitor", ["at_kis", "at_kiwoom", "at_stream"])
def test_every_page_for_tests_answers(visitor: str, request: pytest.FixtureRequest) -> None:
    server: Visitor = request.getfixturevalue(visitor)
    calls = [call for call in server.calls() if call["path"].startswith("/_")]

    assert {call["title"] for call in calls if not server.send(call).ok} == set()
    assert len(calls) > 3


def test_the_schema_of_kiwoom_holds_the_examples(
    at_kiwoom: Visitor, kiwoom_mock: MockServer
) -> None:
    schema = kiwoom_mock.control("GET", "/openapi.json")

    examples = schema["paths"]["/api/dostk/chart"]["post"]["requestBody"]["content"]
    assert examples["application/json"]["examples"]["ka10081"]["value"]["stk_cd"] == "005930"


def test_the_pages_are_no_calls(at_kis: Visitor, mock: MockServer) -> None:
    at_kis.page()

    assert mock.referee()["total"] == 0
