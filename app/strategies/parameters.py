"""The strategies with the parameters of a TOML file: a table a strategy, a line a parameter.

[vcp]
trend = 7
first_depth = [0.08, 0.35]
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from app.strategies.base import Strategy
from app.strategies.registry import STRATEGIES

_STRICT = ConfigDict(strict=True)  # "7" is no 7, and true no 1


class BadParameters(ValueError):
    """A strategy file cannot be used; the message is one line for the person who wrote it."""


def read(path: Path) -> dict[str, Strategy]:
    """Return every strategy, those that ``path`` names with its parameters instead of theirs.

    Raises:
        BadParameters: file, table or parameter, what it got and what it wants.
    """
    tables = _tables(path)
    if unknown := sorted(set(tables) - set(STRATEGIES)):
        raise BadParameters(f"{path}: {unknown[0]} is no strategy: {', '.join(STRATEGIES)} are")
    return {
        name: _changed(strategy, tables[name], path) if name in tables else strategy
        for name, strategy in STRATEGIES.items()
    }


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadParameters(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadParameters(f"{path}: is not UTF-8 text ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise BadParameters(f"{path}: is not TOML: {error}") from error


def _changed(strategy: Strategy, table: object, path: Path) -> Strategy:
    """Return ``strategy`` with the parameters of its table."""
    if not isinstance(table, Mapping):
        raise BadParameters(
            f"{path}: {strategy.name} got {table!r}, want a table [{strategy.name}]"
        )
    kinds = get_type_hints(type(strategy.parameters), include_extras=True)
    if unknown := sorted(set(table) - set(kinds)):
        raise BadParameters(
            f"{path}: {strategy.name}.{unknown[0]} is no parameter: {', '.join(kinds)} are"
        )
    given = {
        name: _checked(value, kinds[name], f"{path}: {strategy.name}.{name}")
        for name, value in table.items()
    }
    return replace(strategy, parameters=replace(strategy.parameters, **given))


def _checked(value: object, kind: Any, place: str) -> object:
    """Return a value of the file as the parameter's kind."""
    try:
        figures = tuple(value) if isinstance(value, list) else value
        return TypeAdapter(kind, config=_STRICT).validate_python(figures)
    except ValidationError as error:
        wants = next(part.description for part in get_args(kind) if hasattr(part, "description"))
        raise BadParameters(f"{place} got {value!r}, want {wants}") from error
