"""``scanner strategies``: what can be looked for, and with which parameters."""

import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any

from app.cli.failure import DONE
from app.cli.output import Column, say, say_json, say_table
from app.cli.services import connected
from app.strategies.base import Strategy
from app.strategies.registry import STRATEGIES

COLUMNS = (
    Column("Name"),
    Column("Title", drop=2),
    Column("Bars", right=True, drop=1),
    Column("Looks for", wraps=True, least=28),
    Column("Points", wraps=True, least=24, drop=3),
)


def strategies(*, as_json: bool) -> int:
    """Show every registered strategy, with the parameters of ``STRATEGY_FILE``."""
    with connected() as services:
        in_force, file = services.strategies, services.settings.strategy_file
    found = [as_object(strategy) for strategy in in_force.values()]
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
    for line in changes(in_force):
        say(f"{file}: {line}")
    return DONE


def as_object(strategy: Strategy) -> dict[str, Any]:
    """Return a strategy for programs; ``points``: the most that each component can give."""
    return {
        "name": strategy.name,
        "title": strategy.title,
        "minimum_bars": strategy.minimum,
        "looks_for": looks_for(strategy),
        "flows": strategy.flows,
        "points": dict(strategy.points),
        "parameters": strategy.told_parameters(),
    }


def changes(in_force: Mapping[str, Strategy]) -> Iterator[str]:
    """Yield what differs from the defaults, a parameter a line."""
    for name, strategy in in_force.items():
        usual = STRATEGIES[name].told_parameters()
        for parameter, value in strategy.told_parameters().items():
            if value != usual[parameter]:
                default = json.dumps(usual[parameter])
                yield f"{name}.{parameter} = {json.dumps(value)} (default {default})"


def looks_for(strategy: Strategy) -> str:
    """Return the first line of the strategy's page."""
    page = inspect.getmodule(strategy.evaluate)
    return (inspect.getdoc(page) or strategy.title).partition("\n")[0]
