"""What a message says: the new and the changed signals of a scan, the best first, as many as fit.

Pure functions of what is to be told; the words stand in ``words``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from app.domain import Life, Signal, told_score
from app.signals.course import OVER
from app.signals.rows import Change
from app.signals.tracked import Standing
from app.signals.words import Words, clock, percent, won

MOST_SIGNALS = 20  # in a message; nobody reads on
LONGEST_NAME = 40  # characters of a scan's
AROUND_TITLE = 20  # characters, where a receiver without titles has it put before the text


@dataclass(frozen=True)
class Ended:
    """A scan that has ended: what it was called, for which date, and when it ended."""

    name: str
    as_of: date | None
    at: datetime


@dataclass(frozen=True)
class Telling:
    """What is to be told at once: scans, oldest first, and what they changed.

    ``again``: it was sent before, and nobody knows whether it arrived.
    """

    scans: Sequence[Ended]
    changes: Sequence[Change]
    again: bool = False


@dataclass(frozen=True)
class Digest:
    """A message: a title of one line, and a text that fits its receiver."""

    title: str
    text: str


def digest(telling: Telling, words: Words, *, room: int, invented: bool = False) -> Digest:
    """Return ``telling`` as a message of at most ``room`` characters, its title included.

    One signal is shown in any case, cut off where it must be. ``invented``: prices of a mock.
    """
    changes = _last_of_each_signal(telling.changes)
    new = [change for change in changes if change.kind == "new"]
    changed = [change for change in changes if change.kind != "new"]
    title = _title(telling.scans, len(new), len(changed), words)
    blocks = [*_blocks(new, words.new, words), *_blocks(changed, words.changed, words)]
    before = [words.invented] if invented else []
    after = [words.again] if telling.again else []
    room -= len(title) + AROUND_TITLE
    return Digest(title, _fitted(before, blocks, after, words, room))


def _last_of_each_signal(changes: Sequence[Change]) -> list[Change]:
    """Return each signal as it is now; one nobody was told of is new, unless it is over already."""
    last: dict[int, Change] = {}
    for change in changes:
        before = last.get(change.signal_id)
        new = before and before.kind == "new" and change.standing.life not in OVER
        last[change.signal_id] = replace(change, kind="new") if new else change
    return list(last.values())


def _title(scans: Sequence[Ended], new: int, changed: int, words: Words) -> str:
    """Return what was scanned and when, and how much it found."""
    last = scans[-1]
    name = " ".join(words.scans.get(last.name, last.name).split())[:LONGEST_NAME]
    when = words.as_of.format(day=words.date(last.as_of)) if last.as_of else clock(last.at)
    parts = [f"{name} {when}"]
    if len(scans) > 1:
        parts[0] += f", {words.more.format(number=len(scans) - 1)}"
    parts += [words.new_count.format(number=new)] if new else []
    parts += [words.changed_count.format(number=changed)] if changed else []
    return " · ".join(parts)


def _blocks(changes: Sequence[Change], heading: str, words: Words) -> Iterator[str]:
    """Yield the lines of each signal; those of a strategy stand together, under one heading."""
    best: dict[str, float] = {}
    for each in changes:
        found = each.signal
        best[found.strategy] = max(found.score, best.get(found.strategy, 0.0))

    def place(change: Change) -> tuple[float, str, float, str]:
        found = change.signal
        return -best[found.strategy], found.strategy, -found.score, found.ticker

    ordered = sorted(changes, key=place)
    for strategy, group in groupby(ordered, key=lambda each: each.signal.strategy):
        first = f"[{heading} · {words.strategies.get(strategy, strategy)}]\n"
        for change in group:
            yield first + "\n".join(_lines(change, words))
            first = ""


def _fitted(before: list[str], blocks: list[str], after: list[str], words: Words, room: int) -> str:
    """Return as many blocks as fit into ``room`` characters, and how many more there are."""

    def text_of(shown: Sequence[str]) -> str:
        left = len(blocks) - len(shown)
        more = [words.more.format(number=left)] if left else []
        return "\n".join([*before, *shown, *more, *after])

    fitting = text_of(blocks[:1])
    if len(fitting) > room:
        cut = max(0, len(blocks[0]) - (len(fitting) - room) - 1)
        return text_of([blocks[0][:cut] + "…"])
    for shown in range(2, min(len(blocks), MOST_SIGNALS) + 1):
        longer = text_of(blocks[:shown])
        if len(longer) > room:
            break
        fitting = longer
    return fitting


def _lines(change: Change, words: Words) -> Iterator[str]:
    """Yield who it is and what became of it, then its price and levels while it can be taken."""
    found, standing = change.signal, change.standing
    about = [f"{found.grade} {told_score(found.score)} {found.name or found.ticker} {found.ticker}"]
    kind = words.kinds.get(change.kind)
    if kind:
        about.append(kind + _outcome(standing))
    if not kind or change.kind == "confirmed":
        about.append(words.states.get(found.state, found.state))
    if found.provisional:
        about.append(words.provisional)
    yield " · ".join(about)
    if standing.life not in OVER:
        yield " · ".join(_prices(found, words))


def _outcome(standing: Standing) -> str:
    """Return at which price it was entered or left, and what that gained."""
    price = standing.entered_price if standing.life is Life.TRIGGERED else standing.left_price
    gain = "" if standing.gain is None else f" ({percent(standing.gain, 1)})"
    return "" if price is None else f" {won(price)}{gain}"


def _prices(found: Signal, words: Words) -> Iterator[str]:
    """Yield the price with its change, then the levels with their distance from the entry."""
    yield won(found.price) + ("" if found.change is None else f" ({percent(found.change, 2)})")
    if found.entry:
        yield f"{words.entry} {won(found.entry)}"
    for name, level in ((words.target, found.target), (words.stop, found.stop)):
        if level is not None:
            away = f" ({percent(level / found.entry - 1, 1)})" if found.entry else ""
            yield f"{name} {won(level)}{away}"
