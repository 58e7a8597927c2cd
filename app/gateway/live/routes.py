"""The two ways to follow: a WebSocket, and server-sent events for those who only listen.

Both begin with all signals, all scans and the limit. A message of the feed has its place there as
``id``: ``?after=ID`` or ``Last-Event-ID`` begins with what came behind it; a ``gap`` says when
some of that is lost. Who reads too slowly is sent away (close code 1013), and comes back so.

    {"type": "subscribe", "ticker": "005930", "rank": "open"}     its price and signals as well
    {"type": "subscribe", "strategy": "vcp"}                      this one instead of all; "*": all
    {"type": "subscribe", "scan": "6f1d..."}                      this one instead of all; "*": all
    {"type": "unsubscribe", "quota": true}
    {"type": "ping"}

``?strategy=`` and ``?ticker=`` begin with signals of these alone. A frame is one message.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Header, Query, WebSocket, WebSocketDisconnect
from pydantic import Field
from starlette.responses import StreamingResponse
from starlette.types import Message as AsgiMessage
from starlette.types import Send

from app.bootstrap import Services
from app.gateway.allowance import Allowance
from app.gateway.api.words import Asked, StrategyName, TickerName
from app.gateway.live.client import AT_FIRST, Client
from app.gateway.live.frames import frames_of
from app.gateway.live.hub import Full, Hub
from app.gateway.live.messages import EVERY_STRATEGY, Message
from app.gateway.live.tasks import ended
from app.gateway.live.words import answered, greeting
from app.gateway.parts import Live, Served
from app.gateway.problems import documented

SEND_SECONDS = 10.0  # a reader that takes nothing for so long is away
CLOSE_SECONDS = 1.0
AT_ONCE = 100  # messages, some 150 kB: what it may take so long for
IDLE_SECONDS = 15.0  # between two signs of life in a stream of events
TOO_SLOW, TOO_MUCH = 1013, 1008

Place = Annotated[str, Field(pattern=r"^(\d{1,15}(-\d{1,15})?)?$")]

router = APIRouter(tags=["live"])


class FeedQuery(Asked):
    """Where to begin and what to follow; all signals and scans when nothing is named."""

    after: Place | None = Field(None, description="begin behind the message of this id")
    strategy: list[StrategyName] = Field([], max_length=10)
    ticker: list[TickerName] = Field([], max_length=100)


@router.websocket("/ws")
async def follow(
    socket: WebSocket, asked: Annotated[FeedQuery, Query()], served: Served, live: Live
) -> None:
    """Serve one client until it leaves, or is sent away."""
    await socket.accept()
    client = _client(asked)
    try:
        with live.hub.joined(client):
            missed = None if asked.after is None else live.hub.missed(asked.after)
            hello = greeting(live.hub.place, served.clock(), up=live.hub.up)
            talking = [
                asyncio.create_task(_send(socket, client, _before(hello, missed))),
                asyncio.create_task(_hear(socket, client, served)),
            ]
            try:
                done, _ = await asyncio.wait(talking, return_when=asyncio.FIRST_COMPLETED)
                code = next(iter(done)).result()
            finally:
                await ended(*talking)
    except Full:
        code = TOO_SLOW
    except WebSocketDisconnect:
        return
    with suppress(TimeoutError, WebSocketDisconnect):
        async with asyncio.timeout(CLOSE_SECONDS):
            await socket.close(code)


async def _before(hello: Message, missed: AsyncIterator[Message] | None) -> AsyncIterator[Message]:
    """Yield what comes before all that is new."""
    yield hello
    if missed:
        async for message in missed:
            yield message


async def _send(socket: WebSocket, client: Client, first: AsyncIterator[Message]) -> int:
    """Send ``first``, then what comes; return the code to close with."""
    try:
        async for message in first:
            if message.is_for(client.wants):
                await _send_all(socket, [message])
        while messages := await client.take():
            for start in range(0, len(messages), AT_ONCE):
                await _send_all(socket, messages[start : start + AT_ONCE])
    except TimeoutError:
        client.give_up()
    return TOO_SLOW


async def _send_all(socket: WebSocket, messages: Sequence[Message]) -> None:
    await _within(socket.send(frames_of([each.frame for each in messages])))


async def _hear(socket: WebSocket, client: Client, served: Services) -> int:
    """Do what the client says; return the code to close with."""
    patience = Allowance(rate=20, burst=600)
    while True:
        said = await socket.receive()
        if said["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(said["code"])
        if patience.take(""):
            return TOO_MUCH
        if answer := answered(said.get("text") or "", client, served.clock()):
            client.put([answer])


class _Events(StreamingResponse):
    """A stream that ends when nobody takes it."""

    media_type = "text/event-stream"

    async def stream_response(self, send: Send) -> None:
        async def sending(message: AsgiMessage) -> None:
            await _within(send(message))

        with suppress(TimeoutError):
            await super().stream_response(sending)


@router.get(
    "/events",
    response_class=_Events,
    responses={
        **documented(),
        200: {
            "description": "Messages as they come",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'id: 1740733800000-0\nevent: signal\ndata: {"type": "signal"}\n\n',
                }
            },
        },
    },
)
async def events(
    live: Live,
    asked: Annotated[FeedQuery, Query()],
    last_event_id: Annotated[Place | None, Header()] = None,
) -> StreamingResponse:
    """Send the messages of the feed as server-sent events, for as long as the client listens."""
    after = last_event_id or asked.after  # an empty header is none
    return _Events(_lines(live.hub, _client(asked), after), headers={"X-Accel-Buffering": "no"})


async def _lines(hub: Hub, client: Client, after: str | None) -> AsyncIterator[bytes]:
    try:
        with hub.joined(client):
            missed = None if after is None else hub.missed(after)
            yield b"retry: 2000\n\n"
            if missed:
                async for message in missed:
                    if message.is_for(client.wants):
                        yield message.event
            while not client.lost:
                try:
                    async with asyncio.timeout(IDLE_SECONDS):
                        messages = await client.take()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                yield b"".join(each.event for each in messages)
    except Full as error:
        yield f": {error}\n\n".encode()


def _client(asked: FeedQuery) -> Client:
    narrowed = asked.strategy or asked.ticker
    client = Client(AT_FIRST - {EVERY_STRATEGY} if narrowed else AT_FIRST)
    for strategy in asked.strategy:
        client.follow(f"strategy:{strategy}")
    for ticker in asked.ticker:
        client.follow(f"ticker:{ticker}")
    return client


async def _within(sending: Awaitable[None]) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await sending
