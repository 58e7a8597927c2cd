"""Workers that share a limiter, in a time of their own: real scripts, no sleeping.

The network between a worker and its broker delays each call and each answer as drawn; a wake-up
is late now and then, as on a machine that others use too.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from statistics import fmean
from typing import TypeAlias

from app.limiter import Limiter, Quota, Waiter
from tests.unit.limiter.conftest import T0

REDIS_SECONDS = 0.0002  # there and back
WAKE_UP_SECONDS = 0.0003  # mean lateness of a sleep
THINK_SECONDS = 0.002  # between an answer and the next ask

Draw: TypeAlias = Callable[[random.Random], tuple[float, float]]
Event: TypeAlias = Callable[[float, int], None]


def evenly(low: float, high: float) -> Draw:
    """Return a network whose two ways take between ``low`` and ``high`` seconds each."""
    return lambda chance: (chance.uniform(low, high), chance.uniform(low, high))


def long_tail(chance: random.Random) -> tuple[float, float]:
    """Return two ways of 40 ms in the mean, 200 ms at the most."""
    return (
        min(0.2, chance.lognormvariate(-3.5, 0.9)),
        min(0.2, chance.lognormvariate(-3.5, 0.9)),
    )


@dataclass
class Simulation:
    """Workers that call whenever they may; run it, then ask what happened."""

    limiter: Limiter
    workers: int
    network: Draw
    quota: Quota = field(default_factory=Quota)
    name: str = "kis:main"
    overslept: float = 0.0  # share of the wake-ups that come 0.3 s late
    chance: random.Random = field(default_factory=lambda: random.Random(20250228))
    arrivals: list[float] = field(default_factory=list)
    trips: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    calls_of: Counter[int] = field(default_factory=Counter)
    commands: int = 0
    holding: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._events: list[tuple[float, int, int, Event]] = []
        self._numbers = count()
        for worker in range(self.workers):
            self._at(T0 + worker * 0.001, worker, self._begin)

    def run(self, until: float) -> None:
        """Let happen what happens before ``until`` seconds have passed."""
        while self._events and self._events[0][0] < T0 + until:
            time, _, worker, event = heapq.heappop(self._events)
            if worker not in self.gone:
                event(time, worker)

    def violations(self) -> int:
        """Return how many arrivals were one too many in a sliding window."""
        stamps = sorted(self.arrivals)
        later = stamps[self.quota.calls :]
        return sum(
            late - early < self.quota.window_seconds
            for early, late in zip(stamps, later, strict=False)
        )

    def use(self) -> float:
        """Return the share of the budget that was used from the first to the last arrival."""
        stamps = sorted(self.arrivals)
        windows = (stamps[-1] - stamps[0]) / self.quota.window_seconds
        return (len(stamps) - self.quota.calls) / (self.quota.calls * windows)

    def best_use(self) -> float:
        """Return what can be used when each permit waits for its answer and then a window."""
        return 1 / (1 + fmean(self.trips) / self.quota.window_seconds)

    def _at(self, time: float, worker: int, event: Event) -> None:
        heapq.heappush(self._events, (time, next(self._numbers), worker, event))

    def _begin(self, time: float, worker: int) -> None:
        waiter = self.limiter.ask(self.name, self.quota, now=time + REDIS_SECONDS / 2)
        self._told(time, worker, waiter, time)

    def _ask_again(self, time: float, worker: int, waiter: Waiter, began: float) -> None:
        waiter = self.limiter.ask_again(waiter, now=time + REDIS_SECONDS / 2)
        self._told(time, worker, waiter, began)

    def _told(self, time: float, worker: int, waiter: Waiter, began: float) -> None:
        self.commands += 1
        then = time + REDIS_SECONDS
        if seconds := waiter.delay_seconds if waiter.granted else waiter.ask_again_seconds:
            then += seconds + self.chance.expovariate(1 / WAKE_UP_SECONDS)
            then += 0.3 if self.chance.random() < self.overslept else 0.0
        if waiter.granted:
            self.holding.add(worker)
        step = self._call if waiter.granted else self._ask_again
        self._at(then, worker, partial(step, waiter=waiter, began=began))

    def _call(self, time: float, worker: int, waiter: Waiter, began: float) -> None:
        there, back = self.network(self.chance)
        self.arrivals.append(time + there)
        self.trips.append(there + back)
        self.waits.append(time - began)
        self.calls_of[worker] += 1
        self._at(time + there + back, worker, partial(self._answer, waiter=waiter))

    def _answer(self, time: float, worker: int, waiter: Waiter) -> None:
        self.commands += 1
        self.holding.discard(worker)
        self.limiter.give_back(waiter, now=time + REDIS_SECONDS / 2)
        self._at(time + REDIS_SECONDS + THINK_SECONDS, worker, self._begin)
