"""The API keeps to its own document, whatever it is asked: no 5xx, no undocumented answer.

The requests are drawn from the document, the same in every run.
"""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.gateway.conftest import Gateway
from tests.unit.cli.conftest import signal_of

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ENDLESS = "/events"
NEEDS_PARTS = "/ready"  # 503 is its answer here: no worker runs
OPERATIONS = (
    ("GET", "/api/signals"),
    ("GET", "/api/signals/{signal_id}"),
    ("GET", "/api/scans"),
    ("POST", "/api/scans"),
    ("GET", "/api/scans/estimate"),
    ("GET", "/api/scans/{scan_id}"),
    ("GET", "/api/tickers"),
    ("GET", "/api/tickers/{ticker}"),
    ("GET", "/api/tickers/{ticker}/bars"),
    ("GET", "/api/tickers/{ticker}/history"),
    ("GET", "/api/system"),
    ("GET", "/api/quota"),
    ("GET", "/health"),
)


@pytest.fixture
def told_gateway(gateway: Gateway) -> Gateway:
    """Return a gateway with something to tell."""
    gateway.list_shares()
    gateway.find(signal_of(""), signal_of("", "000660", strategy="closing_bet", state="AT_CLOSE"))
    return gateway


def test_every_operation_is_tried(gateway: Gateway) -> None:
    document = gateway.get("/api/openapi.json")

    documented = {
        (method.upper(), path) for path, routes in document["paths"].items() for method in routes
    }
    assert documented - {("GET", ENDLESS), ("GET", NEEDS_PARTS)} == set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_it_answers_as_documented(told_gateway: Gateway, method: str, path: str) -> None:
    document = schemathesis.openapi.from_dict(told_gateway.get("/api/openapi.json"))
    operation = document[path][method]

    @given(case=operation.as_strategy())
    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def asked(case: Any) -> None:
        case.call_and_validate(base_url=told_gateway.url, checks=CHECKS)

    asked()


def test_not_being_ready_is_documented(gateway: Gateway) -> None:
    document = schemathesis.openapi.from_dict(gateway.get("/api/openapi.json"))
    answer = gateway.http.get(NEEDS_PARTS)

    assert answer.status_code == 503
    document[NEEDS_PARTS]["GET"].validate_response(answer)
