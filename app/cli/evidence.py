"""What a strategy said about one ticker, as people read it; all of it from the match's facts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import JsonValue
from rich.text import Text

from app.cli.facts import figure, mark, say_facts, words
from app.cli.output import (
    BAD,
    GOOD,
    QUIET,
    WARNING,
    Column,
    change,
    say,
    say_table,
    standard_output,
    won,
)
from app.cli.report import grade
from app.cli.sketch import sketch
from app.domain import Bars, Match, Result, Status
from app.evidence import Condition, Leg, conditions_of, legs_of, levels_of
from app.strategies.base import Strategy
from app.strategies.registry import STRATEGIES

SKETCH_WIDTH = 120  # cells; of what is no terminal
SCORE_CELLS = 20
OWN_TABLES = ("contractions", "gates")


@dataclass(frozen=True)
class Explained:
    """What one strategy made of a ticker: a match, or the result that says why there is none."""

    strategy: Strategy
    found: Match | Result

    @property
    def changed_parameters(self) -> dict[str, JsonValue]:
        """Return the parameters that are not the default, as they are in force."""
        usual = STRATEGIES[self.strategy.name].told_parameters()
        return {
            name: value
            for name, value in self.strategy.told_parameters().items()
            if value != usual.get(name)
        }

    def as_object(self) -> dict[str, Any]:
        """Return it for programs; ``points``: the most that each component can give."""
        answer = {"strategy": self.strategy.name, "title": self.strategy.title}
        if isinstance(self.found, Result):
            return answer | {"status": self.found.status, "reason": self.found.reason}
        match = asdict(self.found)
        return (
            answer
            | {"status": Status.OK, "pattern_detected": match.pop("detected")}
            | match
            | {
                "pattern": self.found.pattern and self.found.pattern.isoformat(),
                "points": dict(self.strategy.points),
                "parameters": self.strategy.told_parameters(),
                "changed_parameters": self.changed_parameters,
            }
        )


def say_explained(explained: Explained, bars: Bars) -> None:
    """Write what the strategy said about ``bars``, from its state down to its figures."""
    say()
    title, found = (explained.strategy.title, "bold reverse"), explained.found
    if isinstance(found, Result):
        say(Text.assemble(title, "  ", (found.status, BAD), f"  {found.reason}"))
        return
    worth = [word for word in ("signal", "actionable") if getattr(found, word)]
    say(
        Text.assemble(
            title,
            f"  {found.state}  ",
            grade(found.grade),
            f" {found.score:.2f}",
            f"  {', '.join(worth) or 'no signal'}",
        )
    )
    standard_output().print(found.reason)  # wrapped at words
    _say_named("Missing", found.missing, WARNING)
    _say_named("Flags", found.flags, WARNING)
    _say_picture(found, bars)
    _say_levels(found)
    _say_score(explained.strategy, found)
    _say_gates(conditions_of(found.facts))
    _say_legs(legs_of(found.facts))
    say_facts({n: v for n, v in found.facts.items() if n not in OWN_TABLES})
    changed = explained.changed_parameters
    _say_named("Parameters not at their default", [f"{n} = {v}" for n, v in changed.items()], "")


def _say_named(name: str, things: Sequence[str], style: str) -> None:
    if things:
        say(Text(f"{name}: {', '.join(things)}", style))


def _say_picture(found: Match, bars: Bars) -> None:
    """Draw the bars of what has lines to show."""
    levels, legs = levels_of(found), legs_of(found.facts)
    if not (levels or legs):
        return
    console = standard_output()
    width = min(console.width, SKETCH_WIDTH) if not console.is_terminal else console.width
    if lines := sketch(bars, width=width, levels=levels, legs=legs):
        say()
        for line in lines:
            say(line)


def _say_levels(found: Match) -> None:
    """Write the levels, and how far they lie from the entry: as a share, and in risks (R)."""
    if found.entry is None:
        return
    risk = found.entry - found.stop if found.stop is not None else None
    rows: list[Sequence[str | Text]] = []
    for name, price in (("Entry", found.entry), ("Stop", found.stop), ("Target", found.target)):
        if price is not None:
            away = price - found.entry
            in_risks = f"{away / risk:+.2f} R" if risk and away else ""
            rows.append([name, won(price), change(away / found.entry) if away else "", in_risks])
    say()
    columns = (Column("Level"), Column("Won", right=True), Column("Away", right=True))
    say_table((*columns, Column("", right=True)), rows)
    sizes = [f"R = {won(risk)}" if risk else "", f"quantity {won(found.quantity)}"]
    say(Text(", ".join(filter(None, sizes)), QUIET))


def _say_score(strategy: Strategy, found: Match) -> None:
    """Write the components of the score: points of most."""
    if not found.components:
        return
    say()
    rows: list[Sequence[str | Text]] = []
    for name, most in strategy.points.items():
        points = found.components.get(name, 0.0)
        filled = round(SCORE_CELLS * points / most)
        bar = Text("█" * filled, GOOD) + Text("░" * (SCORE_CELLS - filled), QUIET)
        rows.append([words(name), f"{points:.2f}", f"of {most:g}", bar])
    columns = (
        Column("Score"),
        Column("Points", right=True),
        Column("Most", right=True),
        Column("", drop=1),
    )
    say_table(columns, rows)


def _say_gates(conditions: Sequence[Condition]) -> None:
    if not conditions:
        return
    say()
    rows: list[Sequence[str | Text]] = [
        [
            mark(each.passed),
            words(each.name),
            figure(each.value),
            each.need,
        ]
        for each in conditions
    ]
    say_table((Column("Gate"), Column(""), Column("Is", right=True), Column("Needs")), rows)


def _say_legs(legs: Sequence[Leg]) -> None:
    if not legs:
        return
    say()
    columns = (
        Column("Pull-back", right=True),
        Column("From", drop=1),
        Column("High", right=True),
        Column("To", drop=2),
        Column("Low", right=True),
        Column("Depth", right=True),
        Column("Mean volume", right=True, drop=3),
    )
    rows: list[Sequence[str | Text]] = [
        [
            str(number),
            leg.high_session.isoformat(),
            won(leg.high),
            leg.low_session.isoformat(),
            won(leg.low),
            change(-leg.depth),
            won(leg.volume),
        ]
        for number, leg in enumerate(legs, 1)
    ]
    say_table(columns, rows)
