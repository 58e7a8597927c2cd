"""The documentation that can be tried: a page at /docs, examples in /openapi.json.

The page comes from this server alone, so it works without the internet.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from tests.mock_servers.kiwoom.older import BASIC, CHART, DAILY, INFO
from tests.mock_servers.kiwoom.services import Service

_PAGE = Path(__file__).with_name("docs.html")


def docs_routes(calls: Mapping[str, Service]) -> APIRouter:
    """Return the page, which lists every call with a body to send."""
    listed: list[dict[str, object]] = [
        {"id": call.api_id, "path": call.path, "title": call.title, "body": dict(call.example)}
        for call in calls.values()
    ]
    chart = calls["ka10081"].example
    listed += _without_id(chart["stk_cd"], chart["base_dt"])
    in_page = json.dumps(listed, ensure_ascii=False).replace("</", "<\\/")
    page = _PAGE.read_text(encoding="utf-8").replace("[/* calls */]", in_page)
    routes = APIRouter(include_in_schema=False)

    @routes.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(page)

    return routes


def documented(calls: Iterable[Service]) -> dict[str, Any]:
    """Return what the schema says of one path: the api-ids that it takes, a body for each."""
    examples = {call.api_id: {"summary": call.title, "value": dict(call.example)} for call in calls}
    header = {"name": "api-id", "in": "header", "schema": {"enum": list(examples)}}
    body = {"content": {"application/json": {"schema": {"type": "object"}, "examples": examples}}}
    return {"parameters": [header], "requestBody": body} if examples else {}


def _without_id(ticker: str, day: str) -> list[dict[str, object]]:
    """Return the calls that need no api-id: the token's, and those of the older mock."""
    pair = {"appkey": "another", "secretkey": "secret"}
    t0414 = {"t0414InBlock": {"shcode": ticker}}
    calls: list[tuple[str, str, dict[str, object]]] = [
        ("/oauth2/token", "a token", {"grant_type": "client_credentials", **pair}),
        ("/oauth2/revoke", "the end of a token", {**pair, "token": ""}),
        (BASIC, "older: t0414", {"jsonrpc": "2.0", "method": "t0414", "params": t0414, "id": 1}),
        (DAILY, "older: daily bars", {"stk_cd": ticker, "base_dt": day}),
        (DAILY, "older: five days", {"stk_cd": "KS11", "base_dt": day, "isu_cd_tp": "02"}),
        (CHART, "older: investors", {"stk_cd": ticker, "dt": day}),
        (INFO, "older: list of a market", {"mrkt_tp": "0"}),
    ]
    return [{"id": "", "path": path, "title": title, "body": body} for path, title, body in calls]
