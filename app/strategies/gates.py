"""The conditions of a signal, each with its figure and the one it needs, in no one language."""

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import JsonValue


class Gate(NamedTuple):
    """One condition: its name, whether it held, its figure, and what it needs, like "≥ 0.08".

    A figure that is not known is None and never passes.
    """

    name: str
    passed: bool
    value: float | None
    need: str


def at_least(name: str, value: float | None, least: float) -> Gate:
    """Return a gate that holds from ``least`` up."""
    return Gate(name, value is not None and value >= least, value, f"≥ {_figure(least)}")


def at_most(name: str, value: float | None, most: float) -> Gate:
    """Return a gate that holds up to ``most``."""
    return Gate(name, value is not None and value <= most, value, f"≤ {_figure(most)}")


def over(name: str, value: float | None, limit: float) -> Gate:
    """Return a gate that holds over ``limit``, not at it."""
    return Gate(name, value is not None and value > limit, value, f"> {_figure(limit)}")


def under(name: str, value: float | None, limit: float) -> Gate:
    """Return a gate that holds under ``limit``, not at it."""
    return Gate(name, value is not None and value < limit, value, f"< {_figure(limit)}")


def between(name: str, value: float | None, least: float, most: float) -> Gate:
    """Return a gate that holds from ``least`` to ``most``, both included."""
    passed = value is not None and least <= value <= most
    return Gate(name, passed, value, f"{_figure(least)}–{_figure(most)}")


def all_passed(gates: Iterable[Gate]) -> bool:
    """Say whether every condition held."""
    return all(gate.passed for gate in gates)


def failures(gates: Iterable[Gate]) -> str:
    """Return what to add to a sentence about a pattern that is no signal; empty if all held."""
    failed = [
        f"{gate.name} {_figure(gate.value)} ({gate.need})" for gate in gates if not gate.passed
    ]
    return f"; no signal: {', '.join(failed)}" if failed else ""


def as_facts(gates: Iterable[Gate]) -> list[JsonValue]:
    """Return the gates as JSON objects."""
    return [dict(gate._asdict()) for gate in gates]


def _figure(value: float | None) -> str:
    return "not known" if value is None else f"{value:,.4f}".rstrip("0").rstrip(".")
