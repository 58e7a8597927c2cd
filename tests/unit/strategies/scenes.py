"""Markets to look at as a scan would: bars with values, and who bought how much of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from app.domain import Bars, InvestorFlow, Match, Result
from app.strategies.base import Strategy
from app.strategies.evaluation import Known, evaluate
from app.strategies.quality import check
from app.strategies.registry import STRATEGIES
from tests.unit.strategies.examples import (
    TRIGGER_BAR,
    Row,
    breakout_rows,
    closing_rows,
    flat_rows,
    flows_of,
    growing_rows,
    scaled,
    square_wave_rows,
    valued_bars_of,
    vcp_rows,
    walk_rows,
)

every_strategy = pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)


@dataclass(frozen=True)
class Scene:
    """A market, and the shares of what was traded that foreigners and institutions bought."""

    rows: Sequence[Row]
    foreign: float = 0.0
    institution: float = 0.0

    @property
    def bars(self) -> Bars:
        return valued_bars_of(self.rows)

    @property
    def flows(self) -> list[InvestorFlow]:
        return flows_of(self.bars, self.foreign, self.institution)


PLANTED = {
    "contractions": Scene(vcp_rows()),
    "contractions, broken out": Scene([*vcp_rows(), TRIGGER_BAR]),
    "contractions of a young listing": Scene(vcp_rows()[-130:]),
    "breakout": Scene(growing_rows(0.001, 100) + breakout_rows()),
    "strong close": Scene(growing_rows(0.001, 20) + closing_rows(), 0.02, -0.01),
    "inflow": Scene(growing_rows(0.001), 0.06, 0.03),
}
MARKETS = PLANTED | {
    "rising": Scene(growing_rows(0.005), 0.01, -0.01),
    "falling": Scene(growing_rows(-0.005), -0.2, -0.3),
    "square wave": Scene(square_wave_rows()),
    "flat": Scene(flat_rows()),
    "one bar repeated": Scene([(10_000, 10_300, 9_800, 10_100, 500_000)] * 300),
    "cheap": Scene(scaled(walk_rows(7), prices=0.001, volumes=1), -0.02, 0.1),
    "dear": Scene(scaled(walk_rows(8), prices=100, volumes=1), 0.5, 0.5),
}


def answer(strategy: Strategy, bars: Bars, flows: Sequence[InvestorFlow]) -> Match | Result:
    """Return what a scan of ``bars`` to their last session would say."""
    checked = check(bars, bars.session.tolist())
    return evaluate({strategy.name: strategy}, checked, Known(flows=flows))[strategy.name]


def match_of(strategy: Strategy, scene: Scene) -> Match:
    """Return what it finds in a scene that it can look at."""
    found = answer(strategy, scene.bars, scene.flows)
    assert isinstance(found, Match), found
    return found
