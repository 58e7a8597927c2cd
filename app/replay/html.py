"""A replay as one HTML file that needs nothing else: no network, no script, no other file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.domain import DEFINITION_VERSION, KOREA, Bars, Grade, Ticker
from app.replay.candles import Chart, chart
from app.replay.forward import HORIZONS
from app.replay.pictures import Boxes, Days, boxes, days
from app.replay.result import Replayed
from app.replay.summary import Row, Spread, base_of, result_of, returns_of
from app.replay.ticker import Finding
from app.strategies.base import Strategy

SHOWN = 3  # of the best signals, and of the worst


@dataclass(frozen=True)
class _Section:
    """One strategy of the report.

    ``base``: of all days that it scored; ``boxes`` a horizon, ``judged_by`` that of best and worst.
    """

    strategy: Strategy
    rows: Sequence[Row]
    base: Sequence[Spread]
    boxes: Mapping[int, Boxes]
    days: Days
    judged_by: int
    best: Sequence[Chart]
    worst: Sequence[Chart]


def write_html(
    replayed: Replayed, file: IO[str], *, bars: Mapping[Ticker, Bars], made_at: datetime
) -> None:
    """Write the report; ``bars``: those of each ticker, for its pictures."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _percent, "won": _won}
    template = environment.get_template("report.html.j2")
    file.write(
        template.render(
            replayed=replayed,
            sections=[_section(name, replayed, bars) for name in replayed.plan.strategies],
            horizons=HORIZONS,
            result_of=result_of,
            made_at=f"{made_at.astimezone(KOREA):%Y-%m-%d %H:%M}",
            version=DEFINITION_VERSION,
        )
    )


def _section(name: str, replayed: Replayed, bars: Mapping[Ticker, Bars]) -> _Section:
    findings = [each for each in replayed.findings if each.signal.strategy == name]
    by_grade = {
        grade.value: returns_of([each for each in findings if each.signal.grade is grade])
        for grade in Grade
    }
    groups = {"all days": base_of(replayed.tracks, name), **by_grade}
    column, ranked = _ranked(findings)
    best = ranked[: min(SHOWN, (len(ranked) + 1) // 2)]
    worst = ranked[len(best) :][: -SHOWN - 1 : -1]
    return _Section(
        strategy=replayed.plan.strategies[name],
        rows=[row for row in replayed.rows if row.strategy == name],
        base=replayed.base[name],
        boxes={
            sessions: boxes({label: each[:, at] for label, each in groups.items()})
            for at, sessions in enumerate(HORIZONS)
        },
        days=days(replayed.plan.replayed, findings),
        judged_by=HORIZONS[column],
        best=[chart(each, bars[each.signal.ticker]) for each in best],
        worst=[chart(each, bars[each.signal.ticker]) for each in worst],
    )


def _ranked(findings: Sequence[Finding]) -> tuple[int, list[Finding]]:
    """Return signals by their return, best first, and the longest horizon that any is known at."""
    for column in reversed(range(len(HORIZONS))):
        known = [(each.returns[column], each) for each in findings]
        found = [(made, each) for made, each in known if made is not None]
        if found:
            return column, [each for _, each in sorted(found, key=lambda pair: -pair[0])]
    return 0, []


def _percent(share: float | None, places: int = 2) -> str:
    if share is None:
        return "–"
    percent = f"{share:+.{places}%}"
    return percent if percent.strip("+-0.%") else percent.lstrip("+-")


def _won(amount: float | None) -> str:
    return "–" if amount is None else f"{amount:,.0f}"
