"""Any sequence of events against a small model that only knows what must never happen."""

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis

from app.limiter import Limiter, Quota, Waiter
from tests.unit.limiter.conftest import T0, warm

WINDOW = 1.0
LEASE = 5.0
AHEAD = 0.1  # the longest that a permit is granted before it is free
LATE = 0.1  # a waiter so long after its time may be passed over
TINY = 2e-6  # times are whole microseconds


@dataclass
class Call:
    """A permit as the broker may see it: a call may arrive from ``start`` to its answer."""

    waiter: Waiter
    start: float
    counts_until: float  # no other call may take its place before
    answered: bool = False


@dataclass
class Place:
    """One in the queue, and until when it may not be passed over."""

    waiter: Waiter
    not_late_until: float

    @property
    def order(self) -> tuple[int, int]:
        return self.waiter.priority, self.waiter.place


class Crowd(RuleBasedStateMachine):
    """Everything that callers, Redis and its clock may do, in any order.

    ``now`` is the true time; the server's clock differs from it by ``skew``.
    """

    def __init__(self, redis: Redis) -> None:
        super().__init__()
        self.redis = redis

    @initialize(calls=st.integers(1, 3))
    def open(self, calls: int) -> None:
        self.redis.flushall()
        self.limiter = Limiter(self.redis, lease_seconds=LEASE)
        warm(self.limiter, "kis:main")
        self.quota = Quota(calls, WINDOW)
        self.now = T0
        self.skew = 0.0
        self.no_grant_before = T0
        self.calls: list[Call] = []
        self.queue: list[Place] = []
        self.died = 0

    @rule(seconds=st.floats(0, 2.5))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(priority=st.sampled_from([0, 6]))
    def someone_asks(self, priority: int) -> None:
        waiter = self.limiter.ask("kis:main", self.quota, priority=priority, now=self.clock())
        self.told(waiter)

    @precondition(lambda self: self.queue)
    @rule(data=st.data())
    def someone_asks_again_at_any_time(self, data: st.DataObject) -> None:
        self.ask_again(data.draw(st.sampled_from(self.queue)))

    @precondition(lambda self: self.queue)
    @rule()
    def the_next_comes_when_told(self) -> None:
        place = min(self.queue, key=lambda each: each.not_late_until)
        self.now = max(self.now, place.not_late_until - LATE)
        self.ask_again(place)

    @precondition(lambda self: self.on_their_way())
    @rule(data=st.data(), outcome=st.sampled_from(["answered", "answered", "rejected", "timeout"]))
    def an_answer_comes(self, data: st.DataObject, outcome: str) -> None:
        self.answer(data.draw(st.sampled_from(self.on_their_way())), outcome)

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def a_give_back_is_repeated(self, data: st.DataObject) -> None:
        call = data.draw(st.sampled_from(self.calls))
        if call.answered:
            self.limiter.give_back(call.waiter, now=self.clock())

    @precondition(lambda self: self.queue)
    @rule(data=st.data(), says_so=st.booleans())
    def someone_leaves(self, data: st.DataObject, says_so: bool) -> None:
        place = data.draw(st.sampled_from(self.queue))
        self.queue.remove(place)
        if says_so:
            self.limiter.cancel(place.waiter, now=self.clock())
        else:
            self.died += 1

    @precondition(lambda self: self.on_their_way())
    @rule(data=st.data())
    def a_permit_is_returned_unused(self, data: st.DataObject) -> None:
        call = data.draw(st.sampled_from(self.on_their_way()))
        self.limiter.cancel(call.waiter, now=self.clock())
        self.calls.remove(call)

    @rule()
    def redis_loses_its_memory(self) -> None:
        self.redis.flushall()
        self.calls.clear()  # what the pause below is for
        for place in self.queue:
            place.not_late_until = self.now  # unknown until it asks again
        self.no_grant_before = self.now + WINDOW + 0.5

    @rule(step=st.sampled_from([0.0005, 0.3, 4.0, 3600.0]))
    def the_clock_is_set_back(self, step: float) -> None:
        self.skew -= step

    def teardown(self) -> None:
        """Whatever happened, all who still wait are served, and soon."""
        if not hasattr(self, "queue"):
            return
        for call in self.on_their_way():
            self.now = max(self.now, call.start)
            self.answer(call, "answered")
        rounds = (len(self.queue) + self.died) // self.quota.calls + 1
        give_up = self.now + LEASE + 1.5 + rounds * 2 * WINDOW
        while self.queue:
            self.the_next_comes_when_told()
            for call in self.on_their_way():
                self.now = max(self.now, call.start)
                self.answer(call, "answered")
            assert self.now < give_up, "somebody waits for ever"
        self.limiter.close()

    def clock(self) -> float:
        return self.now + self.skew

    def on_their_way(self) -> list[Call]:
        return [call for call in self.calls if not call.answered and call.start <= self.now]

    def ask_again(self, place: Place) -> None:
        self.queue.remove(place)
        self.told(self.limiter.ask_again(place.waiter, now=self.clock()))

    def told(self, waiter: Waiter) -> None:
        if waiter.granted:
            self.granted(waiter)
        else:
            assert waiter.ask_again_seconds > 0
            again = self.now + waiter.ask_again_seconds
            self.queue.append(Place(waiter, again + LATE))

    def granted(self, waiter: Waiter) -> None:
        start = self.now + waiter.delay_seconds
        assert 0 <= waiter.delay_seconds <= AHEAD + TINY
        assert start >= self.no_grant_before - TINY
        beside = [call for call in self.calls if call.start <= start < call.counts_until - TINY]
        assert len(beside) < self.quota.calls, "one call too many"

        order = (waiter.priority, waiter.place)
        first = [
            each for each in self.queue if each.order < order and self.now < each.not_late_until
        ]
        taken = [call for call in self.calls if call.counts_until > self.now + AHEAD + TINY]
        assert len(first) <= self.quota.calls - 1 - len(taken), "somebody was passed over"

        self.calls.append(Call(waiter, start, counts_until=start + LEASE))

    def answer(self, call: Call, outcome: str) -> None:
        self.limiter.give_back(
            call.waiter,
            rejected=outcome == "rejected",
            unanswered=outcome == "timeout",
            now=self.clock(),
        )
        call.answered = True
        call.counts_until = self.now + WINDOW
        if outcome == "rejected":
            self.no_grant_before = max(self.no_grant_before, self.now + WINDOW)


def test_no_sequence_of_events_breaks_the_limit_or_the_order(redis: Redis) -> None:
    class CrowdHere(Crowd):
        def __init__(self) -> None:
            super().__init__(redis)

    run_state_machine_as_test(
        CrowdHere,
        settings=settings(max_examples=60, stateful_step_count=40, deadline=None),
    )
