"""Every error in one shape: RFC 9457, ``application/problem+json``."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.exceptions import (
    RequestValidationError,
    ValidationException,
    WebSocketRequestValidationError,
)
from pydantic import BaseModel, Field
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException

from app.database import DatabaseUnavailable
from app.limiter import LimiterError
from app.market.csv_file import CsvError
from app.queues import QueuesUnavailable

MEDIA_TYPE = "application/problem+json"
AWAY = (CsvError, DatabaseUnavailable, LimiterError, QueuesUnavailable, RedisError)

log = logging.getLogger(__name__)


class Fault(BaseModel):
    """One part of a request that cannot be used."""

    where: str = Field(examples=["query.limit"])
    what: str = Field(examples=["Input should be less than or equal to 500"])


class Problem(BaseModel):
    """What went wrong. ``detail`` says what would be right; ``errors`` lists each fault."""

    type: str = "about:blank"
    title: str = Field(examples=["Unprocessable Entity"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["limit: 900 is more than 500"])
    errors: list[Fault] = []


class Refusal(Exception):
    """A request that is not carried out, and the answer to it."""

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.headers = headers


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return these statuses for a route's ``responses``, beside those that every route may give."""
    always = (400, 403, 421, 422, 429, 500, 503)
    reference = {"$ref": "#/components/schemas/Problem"}
    content = {MEDIA_TYPE: {"schema": reference}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted({*always, *statuses})
    }


def answer(
    status: int,
    detail: str,
    *,
    errors: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the answer that says what went wrong."""
    problem = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors)
    )
    return Response(problem.model_dump_json(), status, headers, MEDIA_TYPE)


def handle_all(app: FastAPI) -> None:
    """Have ``app`` answer every error in this shape."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        return _unusable(error)

    @app.exception_handler(WebSocketRequestValidationError)
    async def invalid_socket(socket: WebSocket, error: WebSocketRequestValidationError) -> None:
        await socket.send_denial_response(_unusable(error))

    @app.exception_handler(UnicodeEncodeError)
    async def unwritable(_request: Request, _error: UnicodeEncodeError) -> Response:
        return answer(422, r"body: half a letter, like \ud800, is none")

    @app.exception_handler(HTTPException)
    async def unanswerable(request: Request, error: HTTPException) -> Response:
        detail = error.detail
        if error.status_code in (404, 405):
            asked = f"{request.method} {request.url.path}"
            detail = f"there is no {asked:.80}: /api/openapi.json lists what there is"
        return answer(error.status_code, detail, headers=error.headers)

    @app.exception_handler(Refusal)
    async def refused(_request: Request, error: Refusal) -> Response:
        return answer(error.status, error.detail, headers=error.headers)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, _error: Exception) -> Response:
        return answer(
            500, f"{request.method} {request.url.path} failed; the gateway's log says why"
        )

    async def away(_request: Request, error: Exception) -> Response:
        log.warning("%s", error)
        return answer(503, _public(error), headers={"Retry-After": "5"})

    for kind in AWAY:
        app.add_exception_handler(kind, away)


def _unusable(error: ValidationException) -> Response:
    faults = [_fault(each) for each in error.errors()]
    detail = "; ".join(f"{fault.where}: {fault.what}" for fault in faults[:3])
    return answer(422, detail, errors=faults)


def _fault(error: Mapping[str, Any]) -> Fault:
    where = ".".join(map(str, error["loc"]))
    match error["type"], error["loc"]:
        case "json_invalid", _:
            return Fault(where=where, what=f"no JSON: {error['ctx']['error']}")
        case "model_attributes_type", ("body",):
            return Fault(where=where, what="want a JSON object, as Content-Type: application/json")
    return Fault(where=where, what=error["msg"].removeprefix("Value error, "))


def _public(error: Exception) -> str:
    """Return what may be told: Redis' own words can name its host and user."""
    if isinstance(error, CsvError | DatabaseUnavailable):
        return str(error)
    return "Redis does not answer: no scan can be started, and the limit cannot be seen"
