"""What the page at /docs and the schema at /openapi.json say of Kiwoom's calls."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.mock_servers.docs import CONTROL, Example, Login
from tests.mock_servers.kiwoom.older import BASIC, CHART, DAILY, INFO
from tests.mock_servers.kiwoom.services import Service

ABOUT = """Every call is a POST with a JSON body. The header api-id chooses it, the path names its
 category. A new token ends the key's earlier one, so this page has a key of its own."""
LOGIN = Login("/oauth2/token", secret="secretkey", token="token")


def examples(calls: Mapping[str, Service]) -> list[Example]:
    """Return every call with a body that it answers."""
    real = [
        Example(
            *(call.path, call.title, call.example),
            id=call.api_id,
            headers={"api-id": call.api_id},
            with_token=True,
        )
        for call in calls.values()
    ]
    chart = calls["ka10081"].example
    return [*real, *_without_id(chart["stk_cd"], chart["base_dt"]), *CONTROL]


def documented(calls: Iterable[Service]) -> dict[str, Any]:
    """Return what the schema says of one path: the api-ids that it takes, a body for each."""
    bodies = {call.api_id: {"summary": call.title, "value": dict(call.example)} for call in calls}
    header = {"name": "api-id", "in": "header", "schema": {"enum": list(bodies)}}
    body = {"content": {"application/json": {"schema": {"type": "object"}, "examples": bodies}}}
    return {"parameters": [header], "requestBody": body} if bodies else {}


def _without_id(ticker: str, day: str) -> list[Example]:
    """Return the calls that need no api-id: the token's, and those of the older mock."""
    pair = {"appkey": "another", "secretkey": "secret"}
    t0414 = {"t0414InBlock": {"shcode": ticker}}
    rpc = {"jsonrpc": "2.0", "method": "t0414", "params": t0414, "id": 1}
    index = {"stk_cd": "KS11", "base_dt": day, "isu_cd_tp": "02"}
    investors = {"stk_cd": ticker, "dt": day}
    return [
        Example("/oauth2/token", "a token", {"grant_type": "client_credentials", **pair}),
        Example("/oauth2/revoke", "the end of a token", {**pair, "token": ""}),
        Example(BASIC, "older: t0414", rpc, with_token=True),
        Example(DAILY, "older: daily bars", {"stk_cd": ticker, "base_dt": day}, with_token=True),
        Example(DAILY, "older: five days", index, with_token=True),
        Example(CHART, "older: investors", investors, with_token=True),
        Example(INFO, "older: list of a market", {"mrkt_tp": "0"}, with_token=True),
    ]
