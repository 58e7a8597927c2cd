"""The mock Kiwoom server as an ASGI application."""

import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from fractions import Fraction

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from tests.mock_servers.control import control_routes, state_routes
from tests.mock_servers.docs import docs_routes
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.faults import Faults
from tests.mock_servers.gate import Gate
from tests.mock_servers.kiwoom.dialect import KiwoomDialect, trouble
from tests.mock_servers.kiwoom.docs import ABOUT, LOGIN, documented, examples
from tests.mock_servers.kiwoom.older import OLDER_PATHS, OlderCalls
from tests.mock_servers.kiwoom.services import Service, services
from tests.mock_servers.kiwoom.tokens import Tokens, account_of
from tests.mock_servers.kiwoom.wire import (
    DONE,
    Asked,
    Refusal,
    Variant,
    as_texts,
    json_object,
    refusal,
    response,
)
from tests.mock_servers.latency import Latency
from tests.mock_servers.ledger import Ledger
from tests.mock_servers.referee import Referee

API_RATES = {"live": Fraction(5), "paper": Fraction(1)}  # calls a second of one key and api-id
Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    exchange: Exchange,
    referee: Referee,
    latency: Latency,
    *,
    environment: str = "paper",
    app_keys: Mapping[str, str] | None = None,
    other_keys: Collection[str] = (),
    variant: Variant | None = None,
    now: Callable[[], float] = time.time,
) -> ASGIApp:
    """Return the server; ``environment`` is live or paper, ``app_keys`` key: secret.

    ``other_keys`` belong to the other environment; ``now`` returns seconds since 1970.
    """
    variant = variant or Variant()
    tokens = Tokens(app_keys or {}, now, other_keys)
    ledger = Ledger(exchange, now, digits=7)
    faults = Faults()
    calls = services(exchange, ledger, environment, now)
    older = OlderCalls(exchange, calls)
    dialect = KiwoomDialect(tokens, variant, referee)
    app = FastAPI(
        title="Mock Kiwoom REST API",
        summary="The wire format of Kiwoom, with a referee",
        docs_url=None,
        redoc_url=None,
    )

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return dialect.answer_to(request.scope, error)

    async def unknown_path(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return dialect.answer_to(request.scope, trouble(request.url.path, error.status_code))

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(HTTPException, unknown_path)
    app.include_router(control_routes(app.title, referee, faults, exchange))
    app.include_router(state_routes(ledger, tokens.forget))
    app.include_router(docs_routes(app.title, ABOUT, examples(calls), LOGIN))
    app.include_router(_token_routes(tokens, variant))
    endpoint = _endpoint(calls, older, tokens, variant)
    for path in sorted({*OLDER_PATHS, *(call.path for call in calls.values())}):
        app.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            name=path.rpartition("/")[2],
            tags=["Kiwoom"],
            openapi_extra=documented([call for call in calls.values() if call.path == path]),
        )
    return Gate(app, dialect, referee, faults, latency)


def _endpoint(
    calls: Mapping[str, Service], older: OlderCalls, tokens: Tokens, variant: Variant
) -> Endpoint:
    """Return the endpoint of every call: who asks is checked before what is asked."""

    async def endpoint(request: Request) -> Response:
        path, api_id = request.scope["path"], request.headers.get("api-id", "").strip()
        authorization = request.headers.get("authorization", "")
        body = await request.body()
        fields = json_object(body)
        if older.is_meant(path, api_id, fields):
            reply = older.answer(path, authorization, body)
        else:
            tokens.check(authorization)
            call = _call(calls, api_id, path)
            reply = call.answer(_asked(request, api_id, as_texts(fields), authorization))
        # Headers tell the next page; an older client looks for it in the body.
        paging = {"cont-yn": "Y" if reply.next_key else "N", "next-key": reply.next_key}
        envelope = {**DONE, "return_msg": reply.message}
        return response(
            {**reply.outputs, **paging, **envelope},
            variant,
            api_id=api_id,
            next_key=reply.next_key,
        )

    return endpoint


def _call(calls: Mapping[str, Service], api_id: str, path: str) -> Service:
    if not api_id:
        raise refusal("1501")
    call = calls.get(api_id)
    if call is None:
        raise refusal("1505", api_id=api_id)
    if call.path != path:
        raise refusal("1504", api_id=api_id, path=path)
    return call


def _asked(request: Request, api_id: str, fields: Mapping[str, str], authorization: str) -> Asked:
    """Return what is asked for; the page by headers, or by fields of the same names."""
    more, key = (
        request.headers.get(name) or fields.get(name, "") for name in ("cont-yn", "next-key")
    )
    next_key = key if more.upper() == "Y" else ""
    return Asked(api_id, fields, next_key, account_of(authorization) or "")


def _token_routes(tokens: Tokens, variant: Variant) -> APIRouter:
    """Return the two calls about tokens; they need no api-id."""
    routes = APIRouter(tags=["keys"])

    @routes.post("/oauth2/token")
    async def issue(request: Request) -> Response:
        answer = tokens.issue(as_texts(json_object(await request.body())))
        return response({**answer, **DONE}, variant, api_id="au10001")

    @routes.post("/oauth2/revoke")
    async def revoke(request: Request) -> Response:
        tokens.revoke(as_texts(json_object(await request.body())))
        return response(DONE, variant, api_id="au10002")

    return routes
