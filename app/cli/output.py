"""What commands write: tables that fit, JSON, and how people read numbers and times.

In a pipe nothing is coloured and nothing cut off. In a terminal that is too narrow the least
important columns are left out, and named; what stays is shown whole, for a figure without its last
digit is another figure.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import typer
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from app.domain import KOREA

UP, DOWN = "bright_red", "bright_blue"  # as Korean boards show prices
GOOD, WARNING, BAD, QUIET = "green", "yellow", "bold yellow", "dim"
NONE = "–"
ENDLESS = 10_000  # columns; of what is no terminal
GAP = 2  # cells behind a column
LEAST_ROOM = 16  # cells; in less, what is cropped says nothing


@dataclass(frozen=True)
class Column:
    """A column of a table; its cells are shown whole, unless they wrap or are cropped.

    ``least``: cells wide that one that ``wraps`` or ``crops`` is at least. ``drop``: where width
    is short, the column with the greatest goes first; one with 0 stays.
    """

    title: str
    right: bool = False
    wraps: bool = False
    crops: bool = False
    least: int = 0
    drop: int = 0


class Part(NamedTuple):
    """A part of a line; where width is short, the one with the greatest ``drop`` goes first."""

    text: str | Text
    drop: int = 0  # stays


def standard_output() -> Console:
    """Return a console that takes texts as they are: no markup, no guessed colours."""
    return _console(stderr=False)


def standard_error() -> Console:
    """Return the console of progress and remarks."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        console.width = ENDLESS
    return console


def say(text: RenderableType = "") -> None:
    """Write a line, or something richer, to standard output."""
    _write(text, standard_output())


def remark(text: str) -> None:
    """Write a line to standard error: what a person should know beside the answer."""
    _write(text, standard_error())


def _write(text: RenderableType, console: Console) -> None:
    in_one = isinstance(text, str | Text) and not console.is_terminal  # there, it ends with a word
    console.print(text, soft_wrap=in_one)


def fitted(parts: Sequence[Part], more: str) -> str:
    """Return a line as standard output would get it: the parts it has room for, in their order.

    ``more`` follows after a gap, cropped to what is left of a terminal's width. A part's blanks
    count, so that lines of the same parts leave out the same and line up.
    """
    console, line = standard_output(), Text()
    shown: set[int] = set()
    for place in sorted(range(len(parts)), key=lambda at: parts[at].drop):
        longer = Text.assemble(*(parts[at].text for at in sorted({*shown, place})))
        if parts[place].drop and cell_len(longer.plain) > console.width:
            break
        shown, line = {*shown, place}, longer
    room = console.width - cell_len(line.plain) - GAP
    if room >= LEAST_ROOM:
        words = Text(more)
        words.truncate(room, overflow="ellipsis")
        line.append(" " * GAP).append_text(words)
    line.rstrip()
    with console.capture() as captured:
        console.print(line, soft_wrap=True, end="")
    return captured.get()


def say_json(answer: Mapping[str, Any], *, on_one_line: bool = False) -> None:
    """Write one JSON object to standard output."""
    indent = None if on_one_line else 2
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=indent))


def say_table(columns: Sequence[Column], rows: Iterable[Sequence[str | Text]]) -> None:
    """Write a table; too wide for the terminal, it leaves columns out and says which."""
    console, rows = standard_output(), list(rows)
    widths = [_least_width(column, place, rows) for place, column in enumerate(columns)]
    shown = [place for place, column in enumerate(columns) if not column.drop]
    left_out: list[str] = []
    for place in sorted(set(range(len(columns))) - set(shown), key=lambda at: columns[at].drop):
        if sum(widths[at] + GAP for at in (*shown, place)) <= console.width:
            shown = sorted((*shown, place))
        else:
            left_out.append(columns[place].title.lower())
    console.width = max(console.width, sum(widths[at] + GAP for at in shown))
    console.print(_table([(place, columns[place]) for place in shown], rows, console))
    if left_out:
        names = ", ".join(dict.fromkeys(left_out))
        remark(f"Not shown for want of width: {names}; --json has everything.")


def _least_width(column: Column, place: int, rows: Sequence[Sequence[str | Text]]) -> int:
    texts = [column.title, *(str(row[place]) for row in rows)]
    return column.least or max(map(cell_len, texts))


def _table(
    columns: Sequence[tuple[int, Column]], rows: Iterable[Sequence[str | Text]], console: Console
) -> Table:
    whole = any(column.crops for _, column in columns) and console.is_terminal
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), expand=whole)
    for _, column in columns:
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=not column.wraps,
            overflow="ellipsis" if column.crops else "fold",
            ratio=1 if column.crops else None,
            min_width=column.least or None,
        )
    for row in rows:
        table.add_row(*(row[place] for place, _ in columns))
    return table


def pairs(rows: Iterable[tuple[str, str | Text]]) -> Table:
    """Return names and values, a pair a line."""
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value)
    return table


def won(amount: float | None) -> str:
    """Return a price or a level with its thousands parted."""
    return NONE if amount is None else f"{amount:,.0f}"


def change(share: float | None) -> Text:
    """Return a change of price in percent, red up and blue down."""
    if share is None:
        return Text(NONE)
    percent = f"{share:+.2%}"
    if percent in {"+0.00%", "-0.00%"}:
        return Text("0.00%")
    return Text(percent, style=UP if share > 0 else DOWN)


def duration(seconds: float) -> str:
    """Return seconds as people say them: 45 s, 4 min 40 s, 1 h 7 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, left = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left} min" if left else f"{hours} h"


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago ``then`` was."""
    return f"{duration((now - then) / timedelta(seconds=1))} ago"


def korean_time(at: datetime) -> str:
    """Return date and time in Korea."""
    return f"{at.astimezone(KOREA):%Y-%m-%d %H:%M:%S}"


def counted(number: int, thing: str) -> str:
    """Return ``1 ticker`` or ``2 tickers``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
