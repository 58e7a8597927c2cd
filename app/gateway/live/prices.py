"""Live prices of watched tickers: one stream of the account, shared by all pages and gateways.

A gateway whose pages watch something says what in Redis. One of them holds the stream, by a lock
there, and publishes every price to all. When nobody watches any more, the stream is closed.
"""

import asyncio
import json
import logging
import uuid
from contextlib import suppress
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import LockError, RedisError

from app.bootstrap import Services
from app.brokers.errors import BrokerError, BrokerRefused
from app.brokers.stream import Stream
from app.domain import Ticker
from app.gateway.directory import Directory
from app.gateway.live.hub import Hub
from app.gateway.live.messages import of_tick, tick_fields
from app.gateway.live.slots import chosen, needed
from app.gateway.live.tasks import ended
from app.limiter import LimiterError
from app.settings import SettingsError

EVERY_SECONDS = 1.0
GONE_SECONDS = 10  # after which a gateway that says nothing is not there any more
PAUSE_SECONDS = 30.0  # before the next try, when the broker has ended the stream

log = logging.getLogger(__name__)


class Prices:
    """This gateway's part in it. ``live``: what is streamed now, by whichever gateway."""

    def __init__(self, services: Services, redis: Redis, hub: Hub, names: Directory) -> None:
        self.live: frozenset[Ticker] = frozenset()
        self.reason = _impossible(services)
        self._services = services
        self._redis = redis
        self._hub = hub
        self._names = names
        self._key = f"stream:{services.settings.credential}"
        self._own = f"{self._key}:wants:{uuid.uuid4().hex}"
        self._lock = redis.lock(f"{self._key}:lock", timeout=GONE_SECONDS, blocking=False)
        self._holds = False
        self._wanted: frozenset[Ticker] = frozenset()  # of the stream that we hold
        self._changed = asyncio.Event()
        self._refused: set[Ticker] = set()
        self._carrying: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._not_before = 0.0

    @property
    def slots(self) -> int:
        """Return how many tickers the account can stream at once; 0: none, ``reason`` says why."""
        return 0 if self.reason else self._services.settings.profile.stream_tickers

    async def run(self) -> None:
        """See to it for ever that what is watched is streamed."""
        try:
            while True:
                if self.slots:
                    try:
                        await self._turn()
                    except (RedisError, OSError) as error:
                        log.warning("no live prices: %s", error)
                        await self._let_go()
                await asyncio.sleep(EVERY_SECONDS)
        finally:
            await self._let_go()
            await self._stop_listening()

    async def _turn(self) -> None:
        mine = needed(client.tickers for client in self._hub.clients)
        if not mine and not self._holds:
            await self._stop_listening()
            self.live = frozenset()
            return
        await self._say(mine)
        needs = {
            ticker: rank
            for ticker, rank in (await self._needs()).items()
            if ticker not in self._refused
        }
        if not needs:
            await self._let_go()
        elif await self._hold():
            await self._carry_on(chosen(needs, self.live, most=self.slots))
        else:
            self.live = await self._told_live()

    async def _say(self, mine: dict[Ticker, int]) -> None:
        """Tell the holder what is watched here, and listen."""
        if not mine:
            await self._redis.delete(self._own)
            await self._stop_listening()
            return
        await self._redis.set(self._own, json.dumps(mine), ex=GONE_SECONDS)
        await asyncio.to_thread(self._names.listings)  # prices are told with their names
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())

    async def _needs(self) -> dict[Ticker, int]:
        """Return what is watched anywhere."""
        keys = [key async for key in self._redis.scan_iter(f"{self._key}:wants:*", count=1000)]
        told = await self._redis.mget(keys) if keys else []
        return needed(json.loads(each) for each in told if each)

    async def _hold(self) -> bool:
        """Say whether the stream is ours to carry."""
        if self._holds:
            with suppress(LockError):
                await self._lock.extend(GONE_SECONDS, replace_ttl=True)
                return True
            await self._let_go()  # we were away for too long: another may have it
            return False
        self._holds = bool(await self._lock.acquire())
        return self._holds

    async def _carry_on(self, wanted: frozenset[Ticker]) -> None:
        loop = asyncio.get_running_loop()
        if wanted != self._wanted:
            self._wanted = wanted
            self._changed.set()
        if self._carrying is None or self._carrying.done():
            if loop.time() < self._not_before:
                return
            self._changed.set()
            self._carrying = asyncio.create_task(self._carry())
        await self._redis.set(f"{self._key}:live", json.dumps(sorted(self.live)), ex=GONE_SECONDS)

    async def _carry(self) -> None:
        """Hold the stream until it ends, with what is wanted of it."""
        self._refused.clear()
        try:
            async with self._services.open_stream() as stream:
                reading = asyncio.create_task(self._publish(stream))
                following = asyncio.create_task(self._follow_wishes(stream))
                try:
                    both = {reading, following}
                    done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        task.result()
                finally:
                    await ended(reading, following)
        except (BrokerError, LimiterError, RedisError, OSError) as error:
            log.warning("the stream of prices has ended: %s", error)
            self._not_before = asyncio.get_running_loop().time() + PAUSE_SECONDS
        finally:
            self.live = frozenset()

    async def _publish(self, stream: Stream) -> None:
        async for tick in stream:
            told = json.dumps(tick_fields(tick))
            await self._redis.publish(f"{self._key}:prices", told)

    async def _follow_wishes(self, stream: Stream) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            wanted = self._wanted
            await stream.unsubscribe(stream.tickers - wanted)
            try:
                await stream.subscribe(wanted - stream.tickers)
            except BrokerRefused:
                await self._subscribe_each(stream, wanted - stream.tickers)
            self.live = stream.tickers

    async def _subscribe_each(self, stream: Stream, tickers: frozenset[Ticker]) -> None:
        """Subscribe one by one: only what the broker does not take is left out from now on."""
        for ticker in sorted(tickers):
            try:
                await stream.subscribe([ticker])
            except BrokerRefused as error:
                log.warning("%s has no live price: %s", ticker, error)
                self._refused.add(ticker)

    async def _listen(self) -> None:
        """Hand on the prices that the holder publishes."""
        with suppress(RedisError, OSError):  # the next turn listens again
            async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
                await channel.subscribe(f"{self._key}:prices")
                async for told in channel.listen():
                    tick = json.loads(told["data"])
                    self._hub.send(of_tick(tick, self._names.name(tick["ticker"])))

    async def _told_live(self) -> frozenset[Ticker]:
        told = cast("Any", await self._redis.get(f"{self._key}:live"))
        return frozenset(json.loads(told)) if told else frozenset()

    async def _stop_listening(self) -> None:
        if self._listening is not None:
            await ended(self._listening)
        self._listening = None

    async def _let_go(self) -> None:
        """Close the stream and let another gateway have it."""
        if self._carrying is not None:
            await ended(self._carrying)
        self._carrying = None
        self._wanted = frozenset()
        if self._holds:
            self._holds = False
            with suppress(LockError, RedisError, OSError):
                await self._lock.release()


def _impossible(services: Services) -> str:
    """Return why the account has no stream; empty when it has one."""
    settings = services.settings
    if not settings.has_credentials:
        return f"{settings.variables.key} is not set"
    if not settings.profile.stream_tickers:
        return f"{settings.profile.name} has no stream"
    try:
        _ = settings.stream_url
    except SettingsError:
        return f"{settings.variables.stream_url} is not set"
    return ""
