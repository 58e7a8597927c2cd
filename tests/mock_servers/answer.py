"""A whole answer, held back so that it can be delayed, broken or cut."""

from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Self

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Real gateways spell these with capitals and their own headers without; clients depend on both.
SPELLING = {name.lower(): name for name in (b"Content-Type", b"Content-Length", b"Connection")}
ANSWERED_BY_SERVER = b"content-length"


@dataclass(frozen=True)
class Answer:
    """Status, headers without the length, and body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @classmethod
    def of(cls, response: Response) -> Self:
        """Return what ``response`` would send."""
        return cls(response.status_code, response.raw_headers, bytes(response.body))

    def halved(self) -> Self:
        """Return the answer with the first half of its body only."""
        return replace(self, body=self.body[: len(self.body) // 2])

    async def send(self, send: Send, *, only: int | None = None) -> None:
        """Send it; ``only`` so many bytes of the body, although its length promises all."""
        headers = [
            (SPELLING.get(name, name), value)
            for name, value in self.headers
            if name != ANSWERED_BY_SERVER
        ]
        headers.append((b"Content-Length", str(len(self.body)).encode()))
        headers.append((b"Date", formatdate(usegmt=True).encode()))
        start: Message = {
            "type": "http.response.start",
            "status": self.status,
            "headers": headers,
        }
        await send(start)
        part = self.body if only is None else self.body[:only]
        more = only is not None
        await send({"type": "http.response.body", "body": part, "more_body": more})


async def read_body(receive: Receive) -> bytes:
    """Return the request's whole body; what came of it if the client has gone."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def answer_of(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    """Return the answer of ``app`` to the request with ``body``."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    start, *parts = messages
    return Answer(start["status"], start["headers"], b"".join(part["body"] for part in parts))
