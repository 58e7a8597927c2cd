"""The two ways to follow: a WebSocket, and server-sent events for those who only listen.

Both begin with all signals, all scans and the limit. A message of the feed has its place there as
``id``: ``?after=ID`` or ``Last-Event-ID`` begins with what came behind it; a ``gap`` says when
some of that is lost. Who reads too slowly is sent away (close code 1013), and comes back so.

    {"type": "subscribe", "ticker": "005930", "rank": "open"}     its price and signals as well
    {"type": "subscribe", "strategy": "vcp"}                      this one instead of all; "*": all
    {"type": "subscribe", "scan": "6f1d..."}                      this one instead of all; "*": all
    {"type": "unsubscribe", "quota": true}
    {"type": "ping"}

``?strategy=`` and ``?ticker=`` begin with signals of these alone. A frame is one message; with
``?batch=true`` every frame is a list of those that came together.
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
from app.gateway.live.hub import Full, Hub
from app.gateway.live.messages import EVERY_STRATEGY, Bundle, Message
from app.gateway.live.words import answered, greeting
from app.gateway.parts import Live, Served
from app.gateway.problems import documented

SEND_SECONDS = 10.0  # a reader that takes nothing for so long is away
CLOSE_SECONDS = 1.0
IDLE_SECONDS = 15.0  # between two signs of life in a stream of events
TOO_SLOW, TOO_MUCH = 1013, 1008

Place = Annotated[str, Field(pattern=r"^\d{1,15}(-\d{1,15})?$")]

router = APIRouter(tags=["live"])


class FeedQuery(Asked):
    """Where to begin and what to follow; all signals and scans when nothing is named."""

    after: Place | None = Field(None, description="begin behind the message of this id")
    strategy: list[StrategyName] = Field([], max_length=10)
    ticker: list[TickerName] = Field([], max_length=100)


class SocketQuery(FeedQuery):
    """The same, and whether waiting messages may come as one list."""

    batch: bool = False


@router.websocket("/ws")
async def follow(
    socket: WebSocket, asked: Annotated[SocketQuery, Query()], served: Served, live: Live
) -> None:
    """Serve one client until it leaves, or is sent away."""
    await socket.accept()
    client = _client(asked)
    try:
        with live.hub.joined(client):
            missed = live.hub.missed(asked.after) if asked.after else None
            hello = greeting(live.hub.place, served.clock(), up=live.hub.up)
            talking = [
                asyncio.create_task(
                    _send(socket, client, _before(hello, missed), batch=asked.batch)
                ),
                asyncio.create_task(_hear(socket, client, served)),
            ]
            try:
                done, _ = await asyncio.wait(talking, return_when=asyncio.FIRST_COMPLETED)
                code = next(iter(done)).result()
            finally:
                for task in talking:
                    task.cancel()
                await asyncio.gather(*talking, return_exceptions=True)
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


async def _send(
    socket: WebSocket, client: Client, first: AsyncIterator[Message], *, batch: bool
) -> int:
    """Send ``first``, then what comes; return the code to close with."""
    try:
        async for message in first:
            if message.is_for(client.wants):
                await _send_all(socket, [Bundle((message,))], batch=batch)
        while bundles := await client.take():
            await _send_all(socket, bundles, batch=batch)
    except TimeoutError:
        client.give_up()
    return TOO_SLOW


async def _send_all(socket: WebSocket, bundles: Sequence[Bundle], *, batch: bool) -> None:
    if batch:
        await _within(socket.send_text(f"[{','.join(bundle.text for bundle in bundles)}]"))
        return
    for bundle in bundles:
        for message in bundle.messages:
            await _within(socket.send_text(message.text))


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
            client.put(Bundle((answer,)))


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
    after = last_event_id or asked.after
    return _Events(_lines(live.hub, _client(asked), after), headers={"X-Accel-Buffering": "no"})


async def _lines(hub: Hub, client: Client, after: str | None) -> AsyncIterator[str]:
    try:
        with hub.joined(client):
            missed = hub.missed(after) if after else None
            yield "retry: 2000\n\n"
            if missed:
                async for message in missed:
                    if message.is_for(client.wants):
                        yield _event(message)
            while not client.lost:
                try:
                    async with asyncio.timeout(IDLE_SECONDS):
                        bundles = await client.take()
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                yield "".join(_event(each) for bundle in bundles for each in bundle.messages)
    except Full as error:
        yield f": {error}\n\n"


def _event(message: Message) -> str:
    place = f"id: {message.id}\n" if message.id else ""
    return f"{place}event: {message.kind}\ndata: {message.text}\n\n"


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
