"""What the mock exchange has planted is found, at the pivot where it was planted."""

from datetime import date, timedelta

import pytest

from app.domain import Bar, Bars, Match
from app.strategies.evaluation import Known, evaluate
from app.strategies.quality import check
from app.strategies.registry import STRATEGIES
from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.seeded import LEAST_SESSIONS, seeded_issues

KINDS = {
    "vcp_setup": ("vcp", "SETUP"),
    "vcp_triggered": ("vcp", "TRIGGERED"),
    "volatility_breakout": ("volatility_breakout", "FIRED"),
}


def bars_of(issue: Issue) -> Bars:
    """Return the exchange's bars as a broker's client would."""
    mock = issue.bars
    sessions = [date.fromisoformat(each) for each in mock.sessions]
    columns = (mock.open, mock.high, mock.low, mock.close, mock.volume, mock.value)
    rows = zip(sessions, *(column.tolist() for column in columns), strict=True)
    return Bars.of(Bar(*row) for row in rows)


def match_of(issue: Issue, name: str) -> Match:
    bars = bars_of(issue)
    checked = check(bars, bars.session.tolist())
    found = evaluate({name: STRATEGIES[name]}, checked, Known())[name]
    assert isinstance(found, Match)
    return found


@pytest.mark.parametrize("seed", range(10))
def test_planted_patterns_are_found_at_their_pivots_whatever_the_seed(seed: int) -> None:
    today = date(2025, 2, 28) + timedelta(days=11 * seed)
    issues = seeded_issues(10, seed, today, LEAST_SESSIONS)
    plants = [(issue, issue.planted) for issue in issues if issue.planted]

    for issue, plant in plants:
        if plant.kind not in KINDS:
            continue
        name, state = KINDS[plant.kind]
        match = match_of(issue, name)
        assert match.signal, (plant, match.reason)
        assert match.state == state
        if plant.pivot_session:
            session = date.fromisoformat(plant.pivot_session)
            assert (match.facts["pivot"], match.pattern) == (plant.pivot, session)
    assert {plant.kind for _, plant in plants} >= set(KINDS)
