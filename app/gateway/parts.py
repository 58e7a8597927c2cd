"""What the routes are handed: the process's services, and the right to write."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from app.bootstrap import Services
from app.gateway.directory import Directory
from app.gateway.live.hub import Hub
from app.gateway.live.prices import Prices
from app.gateway.pace import Pace
from app.gateway.problems import Refusal


def _services(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


@dataclass(frozen=True)
class Following:
    """What serves those who follow."""

    hub: Hub
    prices: Prices
    pace: Pace


def _following(connection: HTTPConnection) -> Following:
    following: Following = connection.app.state.following
    return following


def _directory(connection: HTTPConnection) -> Directory:
    directory: Directory = connection.app.state.directory
    return directory


Served = Annotated[Services, Depends(_services)]
Names = Annotated[Directory, Depends(_directory)]
Live = Annotated[Following, Depends(_following)]

_bearer = HTTPBearer(
    auto_error=False, description="GATEWAY_TOKEN, where one is set; else none is asked for"
)


def may_write(
    services: Served,
    given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> None:
    """Let whoever has the token pass; without one set, whoever reaches this machine's address."""
    token = services.settings.gateway_token
    if token is None:
        return
    shown = given.credentials if given else ""
    if not hmac.compare_digest(shown.encode(), token.get_secret_value().encode()):
        raise Refusal(
            401,
            "this wants the header `Authorization: Bearer TOKEN` with the GATEWAY_TOKEN",
            headers={"WWW-Authenticate": "Bearer"},
        )


def tagged(request: Request, body: BaseModel) -> Response:
    """Answer with ``body`` and its ETag, or that it is what the client has already."""
    text = body.model_dump_json().encode()
    tag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    known = request.headers.get("if-none-match", "")
    if known == "*" or tag in [each.strip().removeprefix("W/") for each in known.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(text, headers=headers, media_type="application/json")
