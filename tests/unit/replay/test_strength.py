from datetime import date

import numpy as np
import pytest

from app.domain import Bars, Ticker
from app.replay.strength import strengths
from app.strategies.strength import percentiles
from app.whole_market import FEWEST_RANKED
from tests.unit.replay.market import FIRST, SESSIONS, bars_on, plan_of
from tests.unit.strategies.examples import walk_rows

PLAN = plan_of(FIRST, SESSIONS[-40])


def market(number: int) -> dict[Ticker, Bars]:
    return {f"{seed:06d}": Bars.of(bars_on(walk_rows(seed, 330))) for seed in range(number)}


def test_a_scan_knows_the_percentiles_of_the_session_before() -> None:
    bars = market(FEWEST_RANKED)

    ranked = strengths(bars, PLAN)

    assert list(ranked) == list(PLAN.replayed)
    before = SESSIONS[SESSIONS.index(FIRST) - 1]
    closes = {t: each.close[each.session <= np.datetime64(before)] for t, each in bars.items()}
    assert ranked[FIRST] == percentiles(closes)


def test_later_bars_change_no_percentile() -> None:
    bars = market(FEWEST_RANKED)
    cut = {t: each[each.session < np.datetime64(PLAN.replayed[-1])] for t, each in bars.items()}

    assert strengths(bars, PLAN) == strengths(cut, PLAN)


@pytest.mark.parametrize("missing", [FIRST, SESSIONS[-46]])
def test_fewer_than_thirty_have_no_percentile_on_any_day(missing: date) -> None:
    bars = market(FEWEST_RANKED)
    one = bars["000000"]
    bars["000000"] = one[one.session != np.datetime64(missing)]  # a session without a trade

    ranked = strengths(bars, PLAN)

    without = [day for day in PLAN.replayed if day not in ranked]
    assert without == [SESSIONS[SESSIONS.index(missing) + 1]]
