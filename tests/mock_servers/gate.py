"""What a call passes before and after the broker's own code.

It travels, is stamped and judged, perhaps meets a fault, is answered, and travels back. The
server's own paths (``/_…``, ``/health``, the documentation) pass freely.
"""

import asyncio
import time
from typing import Protocol

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.mock_servers.answer import Answer, answer_of, read_body
from tests.mock_servers.call import Call
from tests.mock_servers.faults import Fault, Faults
from tests.mock_servers.latency import Latency
from tests.mock_servers.referee import Referee

FREE_PATHS = ("/_", "/health", "/docs", "/openapi.json")
FIREWALL_PAGE = b"<html><head><title>Request Rejected</title></head><body>Rejected</body></html>"
# Stamps are steady nanoseconds counted from 1970, so that calendar seconds fall where they do.
_START_NS = time.time_ns() - time.monotonic_ns()


def steady_ns() -> int:
    """Return nanoseconds since 1970 by a clock that nobody sets."""
    return _START_NS + time.monotonic_ns()


class Dialect(Protocol):
    """What the gate must know of a broker's way of speaking."""

    def read(self, scope: Scope, body: bytes) -> Call:
        """Say which call a request is."""
        ...

    def rate_refusal(self, scope: Scope) -> Response:
        """Return the broker's answer to one call too many."""
        ...

    def trouble(self, scope: Scope, status: int) -> Response:
        """Return the broker's answer, with this HTTP status, when it is itself in trouble."""
        ...

    def expire(self, scope: Scope) -> Response:
        """End the access token of this request; return the broker's answer to an expired one."""
        ...


class Gate:
    """The outermost layer of a mock broker."""

    def __init__(
        self, app: ASGIApp, dialect: Dialect, referee: Referee, faults: Faults, latency: Latency
    ) -> None:
        self._app = app
        self._dialect = dialect
        self._referee = referee
        self._faults = faults
        self._latency = latency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        while "//" in scope["path"]:  # published clients send //uapi/…
            scope["path"] = scope["path"].replace("//", "/")
        if scope["path"] == "/" or scope["path"].startswith(FREE_PATHS):
            await self._app(scope, receive, send)
            return

        read_ns = steady_ns()
        one_way_seconds = self._latency.one_way_seconds()
        await _pause(one_way_seconds)
        arrived_ns = steady_ns()
        body = await read_body(receive)
        call = self._dialect.read(scope, body)
        if self._referee.admit(call, arrived_ns):
            fault = self._faults.strike(call)
            answer = await self._answer(scope, body, fault)
        else:
            fault = None
            answer = Answer.of(self._dialect.rate_refusal(scope))
        await _pause(one_way_seconds)
        self._referee.note_answer(steady_ns() - read_ns)
        await _deliver(answer, fault, scope, send)

    async def _answer(self, scope: Scope, body: bytes, fault: Fault | None) -> Answer | None:
        """Return the answer, or the fault's instead; None when the connection ends before."""
        match fault:
            case Fault(kind="rate_refusal"):
                self._referee.note_fault_refusal()
                return Answer.of(self._dialect.rate_refusal(scope))
            case Fault(kind="error_5xx", status=status):
                return Answer.of(self._dialect.trouble(scope, status))
            case Fault(kind="expired_token"):
                return Answer.of(self._dialect.expire(scope))
            case Fault(kind="firewall"):
                return Answer.of(Response(FIREWALL_PAGE, 400, media_type="text/html"))
            case Fault(kind="cut", where="before"):
                return None
            case _:
                return await answer_of(self._app, scope, body)


async def _deliver(answer: Answer | None, fault: Fault | None, scope: Scope, send: Send) -> None:
    """Send ``answer`` as whole and as soon as ``fault`` lets it."""
    transport: asyncio.Transport = scope["state"]["connection"].transport
    match fault:
        case _ if answer is None:
            transport.abort()
            await asyncio.sleep(0)  # the server learns of it before we return without an answer
        case Fault(kind="cut"):
            await answer.send(send, only=len(answer.body) // 2)
            transport.close()
        case Fault(kind="broken_json"):
            await answer.halved().send(send)
        case Fault(kind="timeout", seconds=seconds):
            await asyncio.sleep(seconds)
            await answer.send(send)
        case _:
            await answer.send(send)


async def _pause(seconds: float) -> None:
    """Sleep; without a delay go on at once, for the order of arrivals."""
    if seconds > 0:
        await asyncio.sleep(seconds)
