"""What people type, read into the words of the project; what is wrong is said in one line."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from app.cli.failure import BadUsage
from app.domain import KOREA, Life, Ticker, parse_ticker
from app.market.calendar import Calendar
from app.signals.course import OVER
from app.strategies.registry import STRATEGIES
from app.view import view_of

LONGEST_NAME = 64
OPEN = "open"  # of the lives of a signal: all that are not over


def read_tickers(given: Iterable[str]) -> list[Ticker]:
    """Return the tickers as they were named, each once."""
    try:
        return list(dict.fromkeys(parse_ticker(text) for text in given))
    except ValueError as error:
        raise BadUsage(str(error)) from error


def read_strategies(given: Sequence[str]) -> list[str]:
    """Return the names of strategies, each once."""
    if unknown := [name for name in given if name not in STRATEGIES]:
        raise BadUsage(f"no strategy {unknown[0]!r}: there is {', '.join(STRATEGIES)}")
    return list(dict.fromkeys(given))


def read_states(given: Iterable[str]) -> list[str]:
    """Return states of patterns by their names, in capitals."""
    known = dict.fromkeys(state for each in STRATEGIES.values() for state in each.states)
    if unknown := [name for name in given if name.upper() not in known]:
        raise BadUsage(f"--state: no {unknown[0]!r}: there is {', '.join(known)}")
    return [name.upper() for name in given]


def read_lives(given: Iterable[str]) -> list[Life]:
    """Return lives of signals by their names; ``open`` is all that are not over."""
    lives: dict[Life, None] = {}
    for name in given:
        if name not in (OPEN, *Life):
            raise BadUsage(f"--life: no {name!r}: there is {', '.join(Life)}, {OPEN}")
        some = [life for life in Life if life not in OVER] if name == OPEN else [Life(name)]
        lives |= dict.fromkeys(some)
    return list(lives)


def read_date(option: str, text: str) -> date:
    """Return the date that ``option`` was given."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=KOREA).date()
    except ValueError as error:
        raise BadUsage(f"{option}: {text!r} is not a date like 2025-02-28") from error


def read_past_date(option: str, text: str, now: datetime) -> date:
    """Return the date that ``option`` was given, which must not lie in the future."""
    given, today = read_date(option, text), now.astimezone(KOREA).date()
    if given > today:
        raise BadUsage(f"{option}: {given} is in the future; in Korea it is {today}")
    return given


def read_as_of(text: str | None, calendar: Calendar, now: datetime) -> date | None:
    """Return the date that a scan is to look back from; None: it looks at what is now."""
    as_of = None if text is None else read_past_date("--as-of", text, now)
    try:
        view_of(calendar, as_of, now)
    except ValueError as error:
        raise BadUsage(f"--as-of: {error}") from error
    return as_of


def read_name(text: str) -> str:
    """Return what to call a scan."""
    if not text.strip() or len(text) > LONGEST_NAME or not text.isprintable():
        raise BadUsage(f"--name: got {text!r}, want 1 to {LONGEST_NAME} printable characters")
    return text.strip()
