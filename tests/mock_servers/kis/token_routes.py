"""The calls about keys: token, revocation, websocket key, hash key."""

import hashlib
import time

from fastapi import APIRouter, Request
from starlette.responses import Response

from tests.mock_servers.kis.approval import new_approval_key
from tests.mock_servers.kis.tokens import Tokens
from tests.mock_servers.kis.wire import gateway_refusal, issue_refusal, json_object, response


def token_routes(tokens: Tokens) -> APIRouter:
    """Return the routes; their answers carry no rt_cd."""
    routes = APIRouter(tags=["keys"])

    @routes.post("/oauth2/tokenP")
    async def issue(request: Request) -> Response:
        asked = await _asked(request, "appsecret")
        _check_grant(asked)
        return response(tokens.issue(asked["appkey"], asked["appsecret"]))

    @routes.post("/oauth2/revokeP")
    async def revoke(request: Request) -> Response:
        asked = await _asked(request, "appsecret")
        tokens.revoke(asked.get("token", ""), asked["appkey"], asked["appsecret"])
        return response({"code": 200, "message": "접근토큰 폐기에 성공하였습니다"})

    @routes.post("/oauth2/Approval")
    async def approve(request: Request) -> Response:
        asked = await _asked(request, "secretkey")
        _check_grant(asked)
        tokens.check_issue(asked["appkey"], asked["secretkey"])
        return response({"approval_key": new_approval_key(asked["appkey"], time.time())})

    @routes.post("/uapi/hashkey")
    async def hash_key(request: Request) -> Response:
        tokens.check_pair(request.headers.get("appkey", ""), request.headers.get("appsecret", ""))
        body = await request.body()
        order = json_object(body)
        if order is None:
            raise gateway_refusal("EGW00101")
        return response({"BODY": order, "HASH": hashlib.sha256(body).hexdigest()})

    return routes


async def _asked(request: Request, secret_name: str) -> dict[str, str]:
    """Return the fields of a call for a token; a key or a secret that is missing is refused."""
    fields = json_object(await request.body())
    if fields is None:
        raise issue_refusal("EGW00101")
    asked = {name: str(value) for name, value in fields.items()}
    if not asked.get("appkey"):
        raise issue_refusal("EGW00102")
    if not asked.get(secret_name):
        raise issue_refusal("EGW00104")
    return asked


def _check_grant(asked: dict[str, str]) -> None:
    grant = asked.get("grant_type")
    if not grant:
        raise issue_refusal("EGW00115")
    if grant != "client_credentials":
        raise issue_refusal("EGW00116")
