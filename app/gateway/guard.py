"""What every request passes before it is looked at: who asks, from which page, how much, how often.

A page of another site can make a browser send requests here, but not hide where they come from:
``Sec-Fetch-Site`` and ``Origin`` tell. Without a token the gateway answers only to names of this
machine, so that no foreign name can be made to point at it (DNS rebinding).
"""

import asyncio
import math
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from app.gateway.allowance import Allowance
from app.gateway.problems import Refusal, answer

MOST_BODY = 64 * 1024  # bytes
BODY_SECONDS = 10.0
READS = ("GET", "HEAD", "OPTIONS")

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'; img-src 'self' data:",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Refuses what must not pass, and gives every answer its headers.

    ``open_to_all``: whether any host name may be asked for; else only those of this machine.
    """

    def __init__(self, app: ASGIApp, *, open_to_all: bool) -> None:
        self._app = app
        self._open_to_all = open_to_all
        self._reads = Allowance(rate=100, burst=500)
        self._writes = Allowance(rate=0.5, burst=20)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope)
            if scope["type"] == "websocket":
                await self._app(scope, receive, send)
                return
            receive = await _bounded(scope, receive)
        except Refusal as refusal:
            await _refuse(refusal, scope, receive, send)
            return
        if scope["method"] == "HEAD":  # as GET; the server leaves the body out
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, _with_headers(send))

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._open_to_all and not _of_this_machine(host):
            detail = f"Host {host!r:.80}: without GATEWAY_TOKEN only names of this machine do"
            raise Refusal(421, detail)
        _check_origin(headers, scope, host)
        writes = scope["type"] == "http" and scope["method"] not in READS
        client = scope["client"][0] if scope.get("client") else ""
        if wait := (self._writes if writes else self._reads).take(client):
            seconds = math.ceil(wait)
            detail = f"too many requests: the next in {seconds} s"
            raise Refusal(429, detail, headers={"Retry-After": str(seconds)})


def _of_this_machine(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _check_origin(headers: Headers, scope: Scope, host: str) -> None:
    """Refuse what another site's page has asked for; a link that leads here is let in."""
    site = headers.get("sec-fetch-site", "none")
    followed = headers.get("sec-fetch-mode") == "navigate" and scope.get("method") == "GET"
    if site not in ("none", "same-origin") and not followed:
        raise Refusal(403, f"a page of another site asks ({site}): only our own page may")
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        raise Refusal(403, f"Origin {origin!r:.80} is not {host!r:.80}: only our own page may ask")


async def _bounded(scope: Scope, receive: Receive) -> Receive:
    """Return a ``receive`` that hands out the whole body, which was read and is not too long."""
    length = Headers(scope=scope).get("content-length", "0")
    if length.isdecimal() and int(length) > MOST_BODY:
        raise Refusal(413, f"the body has {length} bytes, {MOST_BODY} may")
    if scope["method"] in READS:
        return receive
    body, more = b"", True
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refusal(400, "the request was broken off")
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > MOST_BODY:
                    raise Refusal(413, f"the body has more than {MOST_BODY} bytes")
    except TimeoutError:
        raise Refusal(408, f"the body did not come within {BODY_SECONDS:g} s") from None
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return whole.pop() if whole else await receive()

    return replayed


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    response = answer(refusal.status, refusal.detail, headers=refusal.headers)
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(response)
        return
    await response(scope, receive, _with_headers(send))
