"""The mock KIS server as an ASGI application."""

import time
from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from tests.mock_servers.control import control_routes, state_routes
from tests.mock_servers.docs import docs_routes
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.faults import Faults
from tests.mock_servers.gate import Gate
from tests.mock_servers.kis.dialect import KisDialect, answer_to
from tests.mock_servers.kis.docs import ABOUT, LOGIN, examples
from tests.mock_servers.kis.master_files import master_files
from tests.mock_servers.kis.services import Service, services
from tests.mock_servers.kis.token_routes import token_routes
from tests.mock_servers.kis.tokens import Tokens
from tests.mock_servers.kis.wire import Asked, Refusal, gateway_refusal, json_object, response
from tests.mock_servers.latency import Latency
from tests.mock_servers.ledger import Ledger
from tests.mock_servers.referee import Referee


def create_app(
    exchange: Exchange,
    referee: Referee,
    latency: Latency,
    *,
    environment: str = "both",
    app_keys: Mapping[str, str] | None = None,
) -> ASGIApp:
    """Return the server; ``environment`` is live, paper or both, ``app_keys`` key: secret."""
    tokens = Tokens(app_keys or {}, time.time)
    ledger = Ledger(exchange, time.time, digits=10)
    faults = Faults()
    app = FastAPI(
        title="Mock KIS Open API",
        summary="The wire format of KIS, with a referee",
        docs_url=None,  # it would load scripts from elsewhere
        redoc_url=None,
    )
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _unknown_path)
    app.include_router(control_routes(app.title, referee, faults, exchange))
    app.include_router(state_routes(ledger, tokens.forget))
    app.include_router(token_routes(tokens))
    calls = services(exchange, ledger)
    shown = examples(calls, exchange, environment)
    app.include_router(docs_routes(app.title, ABOUT, shown, LOGIN))
    for service in calls:
        app.add_api_route(
            service.path,
            _endpoint(service, tokens, environment),
            methods=[service.method],
            name=service.path.rpartition("/")[2],
            tags=["KIS"],
        )
    for name, content in master_files(exchange).items():
        app.add_api_route(f"/common/master/{name}", _file(content), name=name, tags=["files"])
    return Gate(app, KisDialect(tokens), referee, faults, latency)


def _endpoint(
    service: Service, tokens: Tokens, environment: str
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a service: who asks is checked before what is asked."""

    async def endpoint(request: Request) -> Response:
        headers = request.headers
        tokens.check(
            headers.get("authorization", ""),
            headers.get("appkey", ""),
            headers.get("appsecret", ""),
        )
        tr_id = headers.get("tr_id", "")
        refusal = service.refusal_of(tr_id, environment)
        if refusal:
            raise refusal
        given = dict(request.query_params) or json_object(await request.body()) or {}
        fields = {name.upper(): str(value) for name, value in given.items()}
        reply = service.answer(Asked(tr_id, fields, headers.get("tr_cont") == "N"))
        return response({**reply.outputs, **reply.envelope}, tr_id=tr_id, tr_cont=reply.tr_cont)

    return endpoint


def _file(content: bytes) -> Callable[[], Awaitable[Response]]:
    async def endpoint() -> Response:
        return Response(content, media_type="application/zip")

    return endpoint


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return answer_to(request.scope, error)


async def _unknown_path(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return answer_to(request.scope, gateway_refusal("EGW00203", status=error.status_code))
