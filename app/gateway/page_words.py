"""What the page says before its script runs: its texts, and the newest signals as rows of words.

The texts are those of the script: its modules hold plain JSON. The rows are written as ``row.js``
writes them, so that nothing moves when the script takes over.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.domain import KOREA, Grade, told_score
from app.gateway.page_files import FOLDER
from app.gateway.views import SignalView

LANGUAGES = ("ko", "en")
SHOWN = (Grade.S, Grade.A)  # what the page's filter lets through at first
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NONE, MINUS = "–", "\u2212"
DAYS = {"ko": "월화수목금토일", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


def texts(language: str) -> Mapping[str, str]:
    """Return what the page says in ``language``, by key."""
    module = (FOLDER / "i18n" / f"{language}.js").read_text(encoding="utf-8")
    read: Mapping[str, str] = json.loads(module[module.index("{") :].rstrip(";\n"))
    return read


@dataclass(frozen=True)
class Row:
    """A signal as words; ``day`` is the line above it, where another day begins."""

    key: str
    day: str | None
    time: str
    name: str
    ticker: str
    strategy: str
    grade: str
    score: str
    state: str
    provisional: str
    price: str
    change: str
    value: str
    entry: str
    target: str
    stop: str
    r: str


def rows(
    signals: Iterable[SignalView], said: Mapping[str, str], language: str, now: datetime
) -> Iterator[Row]:
    """Yield the newest signal of each ticker and strategy, newest first, as the page shows it."""
    newest: dict[str, SignalView] = {}
    for signal in sorted(signals, key=lambda each: each.changed_at):
        newest[f"{signal.ticker}|{signal.strategy}"] = signal
    shown = [(key, signal) for key, signal in newest.items() if signal.grade in SHOWN]
    shown.sort(key=lambda pair: _order(pair[1]))
    day, lines = now.astimezone(KOREA).date(), 0
    for key, signal in shown:
        changed, line = signal.changed_at.astimezone(KOREA), None
        if changed.date() != day:
            day, lines = changed.date(), lines + 1
            earlier = said["date.previous" if lines == 1 else "date.older"]
            line = f"{_long_day(day, language)} · {earlier}"
        yield _row(key, line, signal, said, language=language, now=now)


def _order(signal: SignalView) -> tuple[float, float, str]:
    """Return what sorts the newest first, within a minute by score."""
    return -(signal.changed_at.timestamp() // 60), -signal.score, signal.ticker


def _row(
    key: str,
    day: str | None,
    signal: SignalView,
    said: Mapping[str, str],
    *,
    language: str,
    now: datetime,
) -> Row:
    state, over = _state(signal, said)
    return Row(
        key=key,
        day=day,
        time=_age(signal.changed_at, said, now),
        name=signal.name or signal.ticker,
        ticker=signal.ticker,
        strategy=said.get(f"strategy.{signal.strategy}", signal.strategy),
        grade=signal.grade.value,
        score=told_score(signal.score),
        state=state,
        provisional=said["provisional"] if signal.provisional and not over else "",
        price=_won(signal.price),
        change=NONE if signal.change is None else f"{_signed(100 * signal.change, 2)}%",
        value=_value(signal.value, language),
        entry=_won(signal.entry),
        target=_won(signal.target),
        stop=_won(signal.stop),
        r=_multiple(signal),
    )


def _state(signal: SignalView, said: Mapping[str, str]) -> tuple[str, bool]:
    """Return what became of a signal, in a word, and whether that is its end."""
    if f"life.{signal.life}" in said:
        return said[f"life.{signal.life}"], True
    if signal.stop and signal.price <= signal.stop:
        return said["life.stopped"], True
    return said.get(f"state.{signal.strategy}.{signal.state}", signal.state), False


def _age(at: datetime, said: Mapping[str, str], now: datetime) -> str:
    minutes = int(now.timestamp() // 60 - at.timestamp() // 60)
    if minutes < 1:
        return said["age.now"]
    if minutes < 60:
        return said["age.minutes"].format(n=minutes)
    return f"{at.astimezone(KOREA):%H:%M}"


def _long_day(day: date, language: str) -> str:
    name = DAYS[language][day.weekday()]
    return (
        f"{day.month}월 {day.day}일 ({name})" if language == "ko" else f"{name} {day.day} {day:%b}"
    )


def _won(price: float | None) -> str:
    return NONE if price is None else f"{price:,.0f}"


def _signed(number: float, places: int) -> str:
    digits = f"{abs(number):,.{places}f}"
    if not any(digit in digits for digit in "123456789"):
        return digits
    return f"{MINUS if number < 0 else '+'}{digits}"


def _value(value: float | None, language: str) -> str:
    """Return a traded value in the column's one unit: 억 in Korean, billions in English."""
    if value is None:
        return NONE
    number = value / (1e8 if language == "ko" else 1e9)
    if number >= 9.95:
        return f"{number:,.0f}"
    return f"{number:,.{1 if language == 'ko' or number >= 0.995 else 2}f}"


def _multiple(signal: SignalView) -> str:
    """Return where the price stands in multiples of the risk."""
    if not signal.entry or not signal.stop or signal.entry <= signal.stop:
        return NONE
    return _signed((signal.price - signal.entry) / (signal.entry - signal.stop), 1)
