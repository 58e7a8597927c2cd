"""What becomes of a signal: from what was found and the later final bars to its course.

Pure functions that the store and the replay run. Daily bars do not tell in which order a session
saw its high and its low; where that matters the worse order counts.

- It is *new* on the session it was found on, *active* from the next traded one on. A session
  without trading is none, for any count.
- Its entry is reached by a later bar's high, and filled there, or at the open if that lies higher
  (*triggered*). Found with its close at the entry or over it: entered at that close. With ``waits``
  of 0: entered at its entry, in its own session.
- From then on its target ends it (*target hit*) or its stop (*stopped*), filled there, or at an
  open beyond; the first open after the entry ends it already at ``take`` or ``cut``. A bar that
  reaches both stop and target counts as stopped, unless it opened at the target. So does a low at
  the stop on the bar of the entry, though it may have come before the entry.
- Entered and left in its own session (``waits`` and ``holds`` of 0), it is judged by its close
  alone: at the stop or under it, it was stopped there, else left at the close. Its target does not
  count.
- It has *expired* at the close of the last session of ``holds`` after its entry, or of ``waits``
  without an entry; at a close under its stop before the entry, for then its pattern is broken
  (unless the strategy finds it again at that close); or where it would be entered at its target or
  over it. Without an entry level it expires after ``waits`` and ``holds``.

What has ended stays as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from app.domain import Bar, Bars, Life
from app.signals.course import Course, Found, Mark

_NOT_AGAIN: Mapping[date, Found] = {}


def course(found: Found, later: Bars, again: Mapping[date, Found] = _NOT_AGAIN) -> Course:
    """Return where the bars after that of ``found``, oldest first, have led it; see ``courses``."""
    start = begin(found)
    return [start, *courses(start, later, again)][-1]


def courses(
    reached: Course, later: Bars, again: Mapping[date, Found] = _NOT_AGAIN
) -> Iterator[Course]:
    """Yield the course after each traded bar of ``later``, oldest first, until it is over.

    ``again``: the same pattern as it was found on later sessions. Until the entry is reached, the
    levels of the newest finding count, from the session after it on.
    """
    for bar in _traded(later):
        if reached.over:
            return
        reached = _after(reached, bar, again.get(bar.session))
        yield reached


def turns(
    reached: Course, later: Bars, again: Mapping[date, Found] = _NOT_AGAIN
) -> tuple[Course, list[Course]]:
    """Return the last of ``courses``, and those of them with another life than the one before."""
    turned = []
    for now in courses(reached, later, again):
        if now.life is not reached.life:
            turned.append(now)
        reached = now
    return reached, turned


def begin(found: Found) -> Course:
    """Return the course at the close of the session that it was found on."""
    here = Course(found, seen=Mark(found.session, found.close))
    if found.entry is None or found.terms.waits:
        return _at_its_close(here)
    bought = _entered(here, Mark(found.session, found.entry), "entered in its own session")
    if found.terms.holds:
        return bought
    if found.stop is not None and found.close <= found.stop:
        return _ended(bought, Life.STOPPED, found.stop, f"closed at {found.close:,.0f}")
    return _ended(bought, Life.EXPIRED, found.close, "left at the close of its own session")


def _at_its_close(reached: Course) -> Course:
    """Enter at the close of the finding when that lies at the entry already, or over it."""
    found = reached.found
    if reached.over or found.entry is None or found.close < found.entry:
        return reached
    if found.target is not None and found.close >= found.target:
        return _missed(reached, f"found at {found.close:,.0f}, over its target already")
    reason = f"found at {found.close:,.0f}, over its entry already"
    return _entered(reached, Mark(found.session, found.close), reason)


def _after(reached: Course, bar: Bar, again: Found | None) -> Course:
    """Return the course after one more bar, at whose close it was found ``again``, or not."""
    reached = replace(reached, sessions=reached.sessions + 1, seen=Mark(bar.session, bar.close))
    if reached.entered is not None:
        return _held(reached, bar)
    entry = reached.found.entry
    if entry is not None and bar.high >= entry:
        return _triggered(reached, bar, entry)
    reached = _waiting(reached, bar, found_again=again is not None)
    return _at_its_close(replace(reached, found=again)) if again else reached


def _waiting(reached: Course, bar: Bar, *, found_again: bool) -> Course:
    """Return the course after a bar that did not reach the entry."""
    stop, terms = reached.found.stop, reached.found.terms
    if reached.found.entry is None:
        if reached.sessions >= terms.waits + terms.holds:
            return _missed(reached, f"found {reached.sessions} sessions ago")
    elif stop is not None and bar.close < stop and not found_again:
        return _missed(reached, f"broken: closed at {bar.close:,.0f}, under the stop, not entered")
    elif reached.sessions >= terms.waits:
        return _missed(reached, f"not entered within {reached.sessions} sessions")
    return replace(reached, life=Life.ACTIVE)


def _triggered(reached: Course, bar: Bar, entry: float) -> Course:
    """Return the course after the bar whose high reached the entry."""
    target, stop = reached.found.target, reached.found.stop
    price = max(bar.open, entry)
    if target is not None and price >= target:
        return _missed(reached, f"opened at {bar.open:,.0f}, over its entry and target")
    how = f"opened at {bar.open:,.0f}" if bar.open > entry else f"high {bar.high:,.0f}"
    reached = _entered(reached, Mark(bar.session, price), how)
    if stop is not None and bar.low <= stop:
        return _ended(reached, Life.STOPPED, stop, f"low {bar.low:,.0f} on the bar of the entry")
    if target is not None and bar.high >= target:
        reason = f"high {bar.high:,.0f} on the bar of the entry"
        return _ended(reached, Life.TARGET_HIT, target, reason)
    if not reached.found.terms.holds:
        return _ended(reached, Life.EXPIRED, bar.close, "left at the close of its entry's session")
    return reached


def _held(reached: Course, bar: Bar) -> Course:
    """Return the course after a bar that follows the entry's."""
    found, first = reached.found, reached.sessions == 1
    cut = found.cut if first and found.cut is not None else found.stop
    take = found.take if first and found.take is not None else found.target
    if cut is not None and bar.open <= cut:
        return _ended(reached, Life.STOPPED, bar.open, f"opened at {bar.open:,.0f}")
    if take is not None and bar.open >= take:
        return _ended(reached, Life.TARGET_HIT, bar.open, f"opened at {bar.open:,.0f}")
    if found.stop is not None and bar.low <= found.stop:
        return _ended(reached, Life.STOPPED, found.stop, f"low {bar.low:,.0f}")
    if found.target is not None and bar.high >= found.target:
        return _ended(reached, Life.TARGET_HIT, found.target, f"high {bar.high:,.0f}")
    if reached.sessions >= found.terms.holds:
        held = f"{found.terms.holds} session" + ("" if found.terms.holds == 1 else "s")
        return _ended(reached, Life.EXPIRED, bar.close, f"neither target nor stop within {held}")
    return reached


def _entered(reached: Course, at: Mark, reason: str) -> Course:
    return replace(reached, life=Life.TRIGGERED, sessions=0, entered=at, reason=reason)


def _ended(reached: Course, life: Life, price: float, reason: str) -> Course:
    left = reached.seen and Mark(reached.seen.session, price)
    return replace(reached, life=life, left=left, reason=reason)


def _missed(reached: Course, reason: str) -> Course:
    return replace(reached, life=Life.EXPIRED, reason=reason)


def _traded(bars: Bars) -> Iterator[Bar]:
    """Yield the bars of sessions in which shares were traded."""
    columns = (column.tolist() for column in vars(bars).values())
    for bar in map(Bar._make, zip(*columns, strict=True)):
        if min(bar.open, bar.high, bar.low, bar.close, bar.volume) > 0:
            yield bar
