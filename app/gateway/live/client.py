"""One who follows: what it wants, and what waits to be sent to it."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from types import MappingProxyType

from app.domain import Ticker
from app.gateway.live.messages import EVERY_SCAN, EVERY_STRATEGY, QUOTA, Message

MOST_WAITING = 2_000  # messages; a burst fits, an hour of a reader that sleeps does not
MOST_TOPICS = 500
AT_FIRST = frozenset({EVERY_STRATEGY, EVERY_SCAN, QUOTA})


class Rank(IntEnum):
    """How much somebody needs the price of a ticker: there are few of them to be had."""

    OPEN = 0
    WATCHED = 1
    VIEW = 2


class TooManyTopics(ValueError):
    """A client wants more than is kept for one."""


class Client:
    """A reader of the feed. One that reads too slowly is *lost*: it gets no more."""

    def __init__(self, wants: Iterable[str] = AT_FIRST) -> None:
        self.wants = frozenset(wants)
        self.lost = False
        self._ranks: dict[Ticker, Rank] = {}
        self._waiting: deque[Message] = deque()
        self._news = asyncio.Event()

    @property
    def tickers(self) -> Mapping[Ticker, Rank]:
        """Return the tickers whose prices it wants, and how much."""
        return MappingProxyType(self._ranks)

    def follow(self, topic: str, rank: Rank = Rank.WATCHED) -> None:
        """Send it messages about ``topic`` too; one strategy or scan stands in for all of them.

        Raises:
            TooManyTopics: it follows as many as it may.
        """
        if len(self.wants) >= MOST_TOPICS and topic not in self.wants:
            raise TooManyTopics(f"{MOST_TOPICS} subscriptions are the most of one connection")
        kind, _, name = topic.partition(":")
        if kind == "ticker":
            self._ranks[name] = rank
        elif name != "*":
            self.wants -= {f"{kind}:*"}
        self.wants |= {topic}

    def leave(self, topic: str) -> None:
        """Send it no more messages about ``topic``."""
        self.wants -= {topic}
        self._ranks.pop(topic.removeprefix("ticker:"), None)

    def put(self, messages: Sequence[Message]) -> None:
        """Have messages wait for it."""
        if self.lost:
            return
        if len(self._waiting) + len(messages) > MOST_WAITING:
            self.give_up()
            return
        self._waiting.extend(messages)
        self._news.set()

    def give_up(self) -> None:
        """Let it have no more: it is too slow."""
        self.lost = True
        self._waiting.clear()
        self._news.set()

    async def take(self) -> list[Message]:
        """Return all that waits, in its order, when there is something; nothing when lost."""
        while not self._waiting and not self.lost:
            self._news.clear()
            await self._news.wait()
        taken = list(self._waiting)
        self._waiting.clear()
        return taken
