"""Mock servers of these tests, over real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import Any

import pytest
import requests

from tests.conftest import PATIENCE_SECONDS
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.seeded import LEAST_SESSIONS, seeded_issues
from tests.mock_servers.kis.app import create_app
from tests.mock_servers.kiwoom.app import create_app as create_kiwoom
from tests.mock_servers.kiwoom.wire import Variant
from tests.mock_servers.latency import Latency
from tests.mock_servers.referee import SECOND_NS, Limit, Referee
from tests.mock_servers.serve import serving

KEY, SECRET = "key", "secret"
TODAY = date(2025, 2, 28)
QUOTATIONS = "/uapi/domestic-stock/v1/quotations/"
TRADING = "/uapi/domestic-stock/v1/trading/"
HOUR_SECONDS = 3600


def an_hour(calls: int) -> Limit:
    """Return a limit that the next call breaks, however slow this machine is."""
    return Limit(calls, HOUR_SECONDS * SECOND_NS)


@cache
def exchange() -> Exchange:
    return Exchange(seeded_issues(40, 1, TODAY, LEAST_SESSIONS), TODAY, 1)


class MockServer:
    """A running mock and its control paths."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON answer of a control path."""
        answer = requests.request(method, self.url + path, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def referee(self) -> Any:
        return self.control("GET", "/_referee")

    def add_fault(self, kind: str, **how: object) -> None:
        self.control("POST", "/_faults", {"kind": kind, **how})

    def reset(self) -> None:
        for path in ("/_referee", "/_faults", "/_tokens", "/_orders"):
            self.control("DELETE", path)


@contextmanager
def kis(
    *,
    limit: Limit | None = None,
    latency_ms: float = 0,
    environment: str = "both",
    app_keys: dict[str, str] | None = None,
) -> Iterator[MockServer]:
    """Serve a mock KIS in a thread for the length of the block."""
    app = create_app(
        exchange(),
        Referee(limit or Limit()),
        Latency(latency_ms),
        environment=environment,
        app_keys=app_keys,
    )
    with serving(app) as url:
        yield MockServer(url)


@pytest.fixture(scope="session")
def unlimited() -> Iterator[MockServer]:
    with kis() as server:
        yield server


@pytest.fixture
def mock(unlimited: MockServer) -> MockServer:
    """Return a mock without a rate limit, as good as new."""
    unlimited.reset()
    return unlimited


class Customer:
    """Speaks to a mock as a plain HTTP client would, with one app key."""

    def __init__(self, server: MockServer, key: str = KEY, secret: str = SECRET) -> None:
        self.url = server.url
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers.update({"appkey": key, "appsecret": secret})
        body = {"grant_type": "client_credentials", "appkey": key, "appsecret": secret}
        self.login = self.post("/oauth2/tokenP", json=body)
        if self.login.ok:
            access_token = self.login.json()["access_token"]
            self.http.headers["authorization"] = f"Bearer {access_token}"

    def get(self, path: str, tr_id: str, **query: str) -> requests.Response:
        return self.http.get(
            self.url + path, params=query, headers={"tr_id": tr_id}, timeout=PATIENCE_SECONDS
        )

    def post(self, path: str, tr_id: str = "", json: object = None) -> requests.Response:
        return self.http.post(
            self.url + path, json=json, headers={"tr_id": tr_id}, timeout=PATIENCE_SECONDS
        )

    def price(self, ticker: str = "005930") -> requests.Response:
        return self.get(
            QUOTATIONS + "inquire-price",
            "FHKST01010100",
            FID_COND_MRKT_DIV_CODE="J",
            FID_INPUT_ISCD=ticker,
        )

    def chart(
        self, ticker: str = "005930", first: str = "00000101", last: str = "20250228", **more: str
    ) -> requests.Response:
        query = {
            "FID_COND_MRKT_DIV_CODE": "J",
            "FID_INPUT_ISCD": ticker,
            "FID_INPUT_DATE_1": first,
            "FID_INPUT_DATE_2": last,
            "FID_PERIOD_DIV_CODE": "D",
            "FID_ORG_ADJ_PRC": "0",
        }
        path = QUOTATIONS + "inquire-daily-itemchartprice"
        return self.get(path, "FHKST03010100", **(query | more))


@pytest.fixture
def customer(mock: MockServer) -> Iterator[Customer]:
    """Return a customer of ``mock`` with a fresh token; its calls so far are forgotten."""
    customer = Customer(mock)
    mock.control("DELETE", "/_referee")
    with customer.http:
        yield customer


@contextmanager
def kiwoom(
    *,
    limit: Limit | None = None,
    api_limit: Limit | None = None,
    environment: str = "paper",
    variant: Variant | None = None,
    **more: Any,
) -> Iterator[MockServer]:
    """Serve a mock Kiwoom in a thread for the length of the block."""
    referee = Referee(limit or Limit(), api_limit)
    app = create_kiwoom(
        exchange(), referee, Latency(), environment=environment, variant=variant, **more
    )
    with serving(app) as url:
        yield MockServer(url)


class KiwoomCustomer:
    """Speaks to a mock Kiwoom as a plain HTTP client would, with one app key."""

    def __init__(self, server: MockServer, key: str = KEY, secret: str = SECRET) -> None:
        self.url = server.url
        self.http = requests.Session()
        self.http.trust_env = False
        body = {"grant_type": "client_credentials", "appkey": key, "secretkey": secret}
        self.login = self.post("/oauth2/token", body)
        self.access_token = str(self.login.json().get("token", ""))
        self.http.headers["authorization"] = f"Bearer {self.access_token}"

    def post(self, path: str, body: object, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(self.url + path, json=body, headers=named, timeout=60)

    def ask(self, api_id: str, category: str, next_key: str = "", **body: str) -> requests.Response:
        paging = {"cont_yn": "Y" if next_key else "N", "next_key": next_key}
        return self.post(f"/api/dostk/{category}", body, api_id=api_id, **paging)

    def asked(self, api_id: str, category: str, **body: str) -> Any:
        """Return the body of an answer that must be a success."""
        answer = self.ask(api_id, category, **body)
        told = answer.json()
        assert (answer.status_code, told.get("return_code")) == (200, 0), told
        return told

    def chart(self, ticker: str = "005930", base_dt: str = "20250228", **more: str) -> Any:
        body = {"stk_cd": ticker, "base_dt": base_dt, "upd_stkpc_tp": "1", **more}
        return self.asked("ka10081", "chart", **body)["stk_dt_pole_chart_qry"]


@pytest.fixture(scope="session")
def unlimited_kiwoom() -> Iterator[MockServer]:
    with kiwoom() as server:
        yield server


@pytest.fixture
def kiwoom_mock(unlimited_kiwoom: MockServer) -> MockServer:
    """Return a mock Kiwoom without a rate limit, as good as new."""
    unlimited_kiwoom.reset()
    return unlimited_kiwoom


@pytest.fixture
def kiwoom_customer(kiwoom_mock: MockServer) -> Iterator[KiwoomCustomer]:
    """Return a customer of ``kiwoom_mock`` with a fresh token; its calls so far are forgotten."""
    customer = KiwoomCustomer(kiwoom_mock)
    kiwoom_mock.control("DELETE", "/_referee")
    with customer.http:
        yield customer
