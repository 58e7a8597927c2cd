"""Facts of a match as people read them, whatever a strategy has put there."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue
from rich.columns import Columns
from rich.table import Table
from rich.text import Text

from app.cli.output import BAD, GAP, GOOD, NONE, QUIET, Column, say, say_table, standard_output

MOST_ACROSS = 4  # figures side by side


def say_facts(facts: Mapping[str, JsonValue]) -> None:
    """Write lists of objects as tables, then what holds and what not, then the figures."""
    for value in facts.values():
        if rows := _objects(value):
            say()
            columns = [
                Column(words(key), right=key != "session", drop=place)
                for place, key in enumerate(rows[0])
            ]
            say_table(columns, [[figure(row.get(key)) for key in rows[0]] for row in rows])
    figures = list(_flat(facts))
    held = [(name, value) for name, value in figures if isinstance(value, bool)]
    if held:
        say()
        marked = [Text.assemble(mark(v), f" {name.rpartition(': ')[2]}") for name, v in held]
        say(Columns(marked, padding=(0, GAP)))
    _say_side_by_side([(n, figure(v)) for n, v in figures if not isinstance(v, bool)])


def _say_side_by_side(figures: Sequence[tuple[str, str]]) -> None:
    """Write names and figures in as many pairs of columns as there is room for."""
    if not figures:
        return
    pair = sum(max(len(each[column]) for each in figures) + GAP for column in (0, 1))
    across = max(1, min(MOST_ACROSS, standard_output().width // pair))
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), show_header=False)
    for _ in range(across):
        table.add_column(style=QUIET, no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
    for at in range(0, len(figures), across):
        table.add_row(*(cell for each in figures[at : at + across] for cell in each))
    say()
    say(table)


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    """Return a list of objects as such; of anything else nothing."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _flat(facts: Mapping[str, JsonValue], prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Yield every fact that is no table, by its name; what lies deeper with the name above it."""
    for name, value in facts.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{words(name)}: ")
        elif not _objects(value):
            yield prefix + words(name), value


def mark(held: bool) -> Text:
    """Return a sign for what holds, or does not."""
    return Text("✓", GOOD) if held else Text("✗", BAD)


def words(name: str) -> str:
    """Return a fact's name as people read it."""
    return name.replace("_", " ")


def figure(value: JsonValue) -> str:
    """Return a fact as people read it: thousands parted, four decimals where they say something."""
    if value is None:
        return NONE
    if isinstance(value, list):
        return ", ".join(map(figure, value)) or NONE
    if isinstance(value, int | float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4f}".rstrip("0").rstrip(".")
    return str(value)
