"""One reader of the stream for all who follow: each message is read and written once a process."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.gateway.live.client import Client
from app.gateway.live.messages import Message, feed_state, gap, of_feed
from app.signals.feed import STREAM

WAIT_MS = 5_000
AT_ONCE = 200  # entries of the stream
BURST = 2  # messages that came at once; more of them are sent together, not one by one
GATHER_SECONDS = 0.025
MOST_CLIENTS = 1_000
NOTHING = "0-0"  # before every place of a stream

log = logging.getLogger(__name__)


class Full(Exception):
    """As many follow as this process serves."""


class Hub:
    """Hands the messages of the stream, and those of this process, to everyone who follows."""

    def __init__(self, redis: Redis) -> None:
        self.up = False
        self.looked = asyncio.Event()  # for Redis, whether or not it was there
        self._redis = redis
        self._last: str | None = None  # the place up to which everyone was served
        self._clients: set[Client] = set()

    @property
    def clients(self) -> frozenset[Client]:
        """Return who follows now."""
        return frozenset(self._clients)

    @property
    def place(self) -> str:
        """Return the place of the newest message; empty while Redis was never seen."""
        return self._last or ""

    @contextmanager
    def joined(self, client: Client) -> Iterator[None]:
        """Have ``client`` served for the length of the block.

        Raises:
            Full: there are too many.
        """
        if len(self._clients) >= MOST_CLIENTS:
            raise Full(f"{MOST_CLIENTS} follow already")
        self._clients.add(client)
        try:
            yield
        finally:
            self._clients.discard(client)

    def send(self, *messages: Message) -> None:
        """Hand messages to everyone whom they are for; those who want the same get the same."""
        chosen: dict[frozenset[str], list[Message]] = {}
        for client in self._clients:
            wants = client.wants
            if wants not in chosen:
                chosen[wants] = [each for each in messages if each.is_for(wants)]
            if chosen[wants]:
                client.put(chosen[wants])

    def end(self) -> None:
        """Send everyone away."""
        for client in self._clients:
            client.give_up()

    def missed(self, after: str) -> AsyncIterator[Message]:
        """Return what came behind the place ``after``, up to what those who follow now have seen.

        First a ``gap`` when something of it is not kept any more, or cannot be read; also when
        nobody knows the place: a Redis that lost its memory begins anew.
        """
        return self._missed(after, self._last)  # the place of now, not that of the first look

    async def _missed(self, after: str, until: str | None) -> AsyncIterator[Message]:
        if not after:  # of a connection that never saw Redis
            yield gap(after)
            return
        if until is not None and _order(after) == _order(until):
            return
        try:
            if until is None or not await self._keeps(after):
                yield gap(after)
            while entries := await self._redis.xrange(
                STREAM, f"({after}", until or after, count=AT_ONCE
            ):
                for place, fields in cast("Any", entries):
                    after = place.decode()
                    for message in of_feed(after, fields.get(b"json", b"")):
                        yield message
        except RedisError:
            yield gap(after)

    async def run(self) -> None:
        """Read the stream for ever; while Redis is away everyone is told so once."""
        while True:
            try:
                await self._read()
            except (RedisError, OSError) as error:
                self.looked.set()
                if self.up:
                    log.warning("the feed stands still: %s", error)
                    self.send(feed_state(up=False))
                self.up = False
                await asyncio.sleep(1.0)

    async def _read(self) -> None:
        if self._last is None:
            self._last = await self._newest()
        elif not self.up and self._last != NOTHING and not await self._keeps(self._last):
            self.send(gap(self._last))  # Redis came back without its memory
            self._last = NOTHING
        if not self.up:
            self.up = True
            self.looked.set()
            self.send(feed_state(up=True))
        answer = await self._redis.xread({STREAM: self._last}, count=AT_ONCE, block=WAIT_MS)
        came: list[Message] = []
        for place, fields in cast("Any", answer)[0][1] if answer else ():
            self._last = place.decode()
            came += of_feed(self._last, fields.get(b"json", b""))
        self.send(*came)
        if len(came) > BURST:
            await asyncio.sleep(GATHER_SECONDS)

    async def _newest(self) -> str:
        entries = cast("Any", await self._redis.xrevrange(STREAM, count=1))
        return entries[0][0].decode() if entries else NOTHING

    async def _keeps(self, place: str) -> bool:
        """Say whether the message at ``place`` is kept: then so are all behind it."""
        return _order(place) == (0, 0) or bool(
            await self._redis.xrange(STREAM, place, place, count=1)
        )


def _order(place: str) -> tuple[int, int]:
    milliseconds, _, number = place.partition("-")
    return int(milliseconds), int(number or 0)
