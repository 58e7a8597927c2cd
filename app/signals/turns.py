"""What an outcome does to the signals of its ticker: pure functions of what is known and seen.

A signal is moved by final bars (``life``), and seen anew where a scan finds its pattern again. An
older look moves nothing back: neither one at an earlier session than it was seen or judged at, nor
one at a running session after its close.

- *Provisional*: found while its session ran. It is new until that session's close; found again at
  the close it is *confirmed*, not found it is *withdrawn*. A scan says nothing about a strategy
  that it did not run, or that could not look. Where nobody looked at the close, the later bars move
  it all the same, and it stays provisional.
- A signal found at a close and seen again while a later session runs shows what that session says
  so far; its levels stay, and what the close does not find again is taken back.
- Until its entry is reached, the levels of the newest finding at a close count; then they stay.
- When the bars of its ticker were adjusted since, its prices are brought to their scale: the close
  of the last session it was judged by says the factor.
"""

import math
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from app.domain import Bars, Life, Outcome, Signal, Status
from app.signals import life
from app.signals.course import Course
from app.signals.tracked import Tracked, key_of, levels_of, rescaled

# A change of one of these is worth telling; a score that moved alone is not.
TOLD = ("state", "grade", "actionable", "entry", "target", "stop")
LEVELS = ("entry", "target", "stop", "quantity")
_UNFOUND = {"provisional": False, "actionable": False, "pattern_detected": False}


@dataclass(frozen=True)
class Turn:
    """A change of a signal, for its history. ``told``: worth an announcement."""

    kind: str
    now: Tracked
    told: bool = True


@dataclass(frozen=True)
class Moved:
    """A signal as it is now, and how it came there, oldest first; no turn: nothing to tell."""

    now: Tracked
    turns: tuple[Turn, ...] = ()


def found_first(view: Signal) -> Moved:
    """Return a signal that nobody knew."""
    tracked = Tracked.first(view)
    if not view.provisional:
        tracked = replace(tracked, course=life.begin(levels_of(view)))
    return Moved(tracked, (Turn("new", tracked),))


def moved(known: Tracked, seen: Outcome, bars: Bars) -> Moved:
    """Return what ``seen`` makes of a signal of its ticker.

    ``bars``: final ones as they are stored now, oldest first, none after the outcome's last; from
    the bar it was judged by last on, or that it was found on.
    """
    view = next((each for each in seen.signals if key_of(each) == key_of(known.signal)), None)
    if known.course.life is Life.WITHDRAWN and view and view.last_bar > known.signal.last_bar:
        return found_first(view)
    if known.course.over or seen.last_bar is None:
        return Moved(known)
    gone = view is None and _judged_at_close(known, seen)
    if gone and not _stood_before(known, seen):
        return _withdrawn(known, seen)
    now, turns = _in_their_scale(known, bars)
    again = view if view and not view.provisional and _newer(view, now) else None
    now, walked = _walked(now, bars, again, seen.last_bar)
    changed: list[Turn] = []
    if view and _newer(view, now):
        now, changed = _seen_again(now, view)
    elif gone:
        now, changed = _taken_back(now, seen)
    if any(turn.told for turn in walked):  # that message shows how it looks now, too
        changed = []
    return Moved(now, _last_told(turns + walked + changed, now))


def _newer(view: Signal, known: Tracked) -> bool:
    """Say whether ``view`` knows more: a later bar, or the same one now final."""
    if _judged_after(known, view.last_bar):
        return False
    if view.last_bar != known.signal.last_bar:
        return view.last_bar > known.signal.last_bar
    if view.provisional:
        return known.signal.provisional and view.as_of >= known.signal.as_of
    return True


def _in_their_scale(known: Tracked, bars: Bars) -> tuple[Tracked, list[Turn]]:
    """Return it with prices of the same scale as ``bars``."""
    judged = known.course.seen
    close = judged and _close_on(judged.session, bars)
    if not judged or not close or math.isclose(close, judged.price):
        return known, []
    now = rescaled(known, close / judged.price)
    return now, [Turn("adjusted", now)]


def _walked(
    known: Tracked, bars: Bars, again: Signal | None, last_bar: date
) -> tuple[Tracked, list[Turn]]:
    """Return it moved by the bars behind those that it was judged by.

    Not without the bar that it was judged by last: it says the scale, and that none is left out.
    """
    start = known.course if known.course.seen else _begun(known, bars, last_bar)
    if start is None or start.seen is None or _close_on(start.seen.session, bars) is None:
        return known, []
    later = bars[bars.session > np.datetime64(start.seen.session)]
    found = {again.last_bar: levels_of(again)} if again else {}
    reached, turned = life.turns(start, later, found)
    if start.life is not known.course.life:
        turned.insert(0, start)
    turns = [_turn(replace(known, course=each)) for each in turned]
    return replace(known, course=reached), turns


def _begun(known: Tracked, bars: Bars, last_bar: date) -> Course | None:
    """Return the course at the close of the session it was found in, when that has passed."""
    close = _close_on(known.found_on, bars)
    if close is None or last_bar <= known.found_on:
        return None
    return life.begin(replace(known.course.found, session=known.found_on, close=close))


def _seen_again(known: Tracked, view: Signal) -> tuple[Tracked, list[Turn]]:
    """Return it as ``view`` shows it."""
    if known.course.seen is None:  # found while a session ran, and not judged since
        if view.provisional:
            now = replace(known, signal=view, course=Course(levels_of(view)))
            return now, _changed(known, now)
        now = replace(known, signal=view, course=life.begin(levels_of(view)))
        return now, [Turn("confirmed", now)]
    if view.provisional or known.course.entered:
        kept = {name: getattr(known.signal, name) for name in LEVELS}
        now = replace(known, signal=view.model_copy(update=kept))
    else:
        now = replace(known, signal=view, course=replace(known.course, found=levels_of(view)))
    return now, _changed(known, now)


def _judged_at_close(known: Tracked, seen: Outcome) -> bool:
    """Say whether ``seen`` is the look at the close of the session that it shows still running."""
    same = known.signal.provisional and known.signal.last_bar == seen.last_bar
    result = seen.results.get(known.signal.strategy)
    looked = result is not None and result.status is Status.OK
    return same and not seen.provisional and looked and not _judged_after(known, seen.last_bar)


def _judged_after(known: Tracked, session: date | None) -> bool:
    """Say whether a bar of a later session than ``session`` has judged it."""
    judged = known.course.seen
    return judged is not None and session is not None and judged.session > session


def _stood_before(known: Tracked, seen: Outcome) -> bool:
    """Say whether it was there at a close before that of ``seen``."""
    return known.course.seen is not None and known.found_on != seen.last_bar


def _withdrawn(known: Tracked, seen: Outcome) -> Moved:
    """Return a signal that was found in no session but one, and is not there at its close."""
    gone = replace(known.course, life=Life.WITHDRAWN, reason=_not_found(seen))
    signal = known.signal.model_copy(update=_UNFOUND)
    now = replace(known, signal=signal, course=gone)
    return Moved(now, (Turn("withdrawn", now),))


def _taken_back(known: Tracked, seen: Outcome) -> tuple[Tracked, list[Turn]]:
    """Return a signal of an earlier close with what the running session showed taken back."""
    result = seen.results[known.signal.strategy]
    said = {"state": result.state, "score": result.score, "grade": result.grade}
    update = {name: each for name, each in said.items() if each is not None}
    signal = known.signal.model_copy(update=update | _UNFOUND | {"reason": _not_found(seen)})
    now = replace(known, signal=signal)
    return now, _changed(known, now)


def _not_found(seen: Outcome) -> str:
    return f"not found at the close of {seen.last_bar}"


def _changed(before: Tracked, now: Tracked) -> list[Turn]:
    """Return the turn of a signal that looks different from before, as far as that is told."""
    one, other = before.signal, now.signal
    same = all(getattr(one, name) == getattr(other, name) for name in TOLD)
    return [] if same else [Turn("changed", now)]


def _turn(now: Tracked) -> Turn:
    """Return the turn to another life: told, unless it waits on, or has no level to act on."""
    told = now.course.life is not Life.ACTIVE and now.signal.entry is not None
    return Turn(now.course.life, now, told=told)


def _last_told(turns: list[Turn], now: Tracked) -> tuple[Turn, ...]:
    """Return ``turns``, of which only the last one that is worth it is told: it says all.

    It is told as the signal is ``now``: what moved it and what it looks like are one message.
    """
    told = [at for at, turn in enumerate(turns) if turn.told]
    for at in told[:-1]:
        turns[at] = replace(turns[at], told=False)
    if told:
        turns[told[-1]] = replace(turns[told[-1]], now=now)
    return tuple(turns)


def _close_on(session: date, bars: Bars) -> float | None:
    """Return the close of ``session``; None when it has no bar."""
    (at,) = np.nonzero(bars.session == np.datetime64(session))
    return float(bars.close[at[0]]) if len(at) else None
