"""A signal as it was seen last, with what has become of it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, Self

from pydantic import JsonValue

from app import ticks
from app.domain import Life, Message, Signal, Ticker
from app.signals.course import Course, Found

NEXT_OPEN = ("gap_take", "gap_cut")  # facts that are levels


class Key(NamedTuple):
    """What makes a signal the same one."""

    strategy: str
    ticker: Ticker
    pattern: date


class Standing(Message):
    """What has become of a signal, for those who are told: prices in won.

    ``sessions``: traded ones since the session it was found on, or since that of its entry.
    ``seen_on``: the newest session whose final bar it was judged by.
    ``gain``: of the price it was left at over that of the entry, as a share of it.
    """

    life: Life
    life_reason: str = ""
    found_on: date
    sessions: int = 0
    seen_on: date | None = None
    entered_on: date | None = None
    entered_price: float | None = None
    left_on: date | None = None
    left_price: float | None = None
    gain: float | None = None


@dataclass(frozen=True)
class Tracked:
    """A signal as it was seen last, the session it was found on first, and its course since.

    All its prices are of one scale; ``course.seen`` says of which.
    """

    signal: Signal
    found_on: date
    course: Course

    @classmethod
    def first(cls, view: Signal) -> Self:
        """Return a signal that is seen for the first time, before any bar has judged it."""
        return cls(view, view.last_bar, Course(levels_of(view)))

    @property
    def standing(self) -> Standing:
        """Return what has become of it."""
        entered, left = self.course.entered, self.course.left
        return Standing(
            life=self.course.life,
            life_reason=self.course.reason,
            found_on=self.found_on,
            sessions=self.course.sessions,
            seen_on=self.course.seen and self.course.seen.session,
            entered_on=entered and entered.session,
            entered_price=entered and entered.price,
            left_on=left and left.session,
            left_price=left and left.price,
            gain=left.price / entered.price - 1 if left and entered else None,
        )


def key_of(signal: Signal) -> Key:
    """Return what makes ``signal`` the same one."""
    return Key(signal.strategy, signal.ticker, signal.pattern)


def levels_of(view: Signal) -> Found:
    """Return what counts of a signal for its course."""
    return Found.of(view, session=view.last_bar, close=view.price, terms=view.terms)


def rescaled(tracked: Tracked, factor: float) -> Tracked:
    """Return it with its prices times ``factor``: the bars of its ticker have been adjusted.

    Levels go back to the price ladder: the entry up, the others down. The rest of its facts stay
    as they were found, which the flag ADJUSTED says.
    """
    signal, course = tracked.signal, tracked.course
    facts: dict[str, JsonValue] = {
        name: ticks.down(fact * factor)
        for name in NEXT_OPEN
        if isinstance(fact := signal.facts.get(name), int | float)
    }
    scaled = signal.model_copy(
        update={
            "price": signal.price * factor,
            "entry": None if signal.entry is None else ticks.up(signal.entry * factor),
            "target": None if signal.target is None else ticks.down(signal.target * factor),
            "stop": None if signal.stop is None else ticks.down(signal.stop * factor),
            "quantity": None if signal.quantity is None else int(signal.quantity / factor),
            "facts": signal.facts | facts,
            "flags": [*(flag for flag in signal.flags if flag != "ADJUSTED"), "ADJUSTED"],
        }
    )
    moved = replace(
        course,
        found=levels_of(scaled),
        entered=course.entered and course.entered.times(factor),
        left=course.left and course.left.times(factor),
        seen=course.seen and course.seen.times(factor),
    )
    return replace(tracked, signal=scaled, course=moved)
