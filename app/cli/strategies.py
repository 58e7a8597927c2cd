"""``scanner strategies``: what can be looked for."""

import inspect
from typing import Any

from app.cli.failure import DONE
from app.cli.output import Column, say_json, say_table
from app.strategies.base import Strategy
from app.strategies.registry import STRATEGIES

COLUMNS = (
    Column("Name"),
    Column("Title"),
    Column("Bars", right=True),
    Column("Looks for", wraps=True, least=28),
    Column("Points", wraps=True, least=24, drop=1),
)


def strategies(*, as_json: bool) -> int:
    """Show every registered strategy."""
    found = [as_object(strategy) for strategy in STRATEGIES.values()]
    if as_json:
        say_json({"strategies": found})
        return DONE
    rows = (
        [
            each["name"],
            each["title"],
            str(each["minimum_bars"]),
            each["looks_for"],
            ", ".join(f"{name} {points:g}" for name, points in each["points"].items()),
        ]
        for each in found
    )
    say_table(COLUMNS, rows)
    return DONE


def as_object(strategy: Strategy) -> dict[str, Any]:
    """Return a strategy for programs; ``points``: the most that each component can give."""
    return {
        "name": strategy.name,
        "title": strategy.title,
        "minimum_bars": strategy.minimum,
        "looks_for": looks_for(strategy),
        "points": dict(strategy.points),
    }


def looks_for(strategy: Strategy) -> str:
    """Return the first line of the strategy's page."""
    page = inspect.getmodule(strategy.evaluate)
    return (inspect.getdoc(page) or strategy.title).partition("\n")[0]
