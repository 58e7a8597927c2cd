"""Scenarios: what each says a scan must find, the strategies find, whatever the seed."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from app.domain import Bar, Bars, InvestorFlow, Match, Result
from app.strategies.evaluation import Known, evaluate
from app.strategies.quality import check
from app.strategies.registry import STRATEGIES
from tests.mock_servers.exchange.flows import Side, flows
from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.seeded import LEAST_SESSIONS, seeded_issues
from tests.mock_servers.exchange.sessions import last_sessions
from tests.mock_servers.scenarios.reading import load, names

TODAY = date(2025, 2, 28)
SHARES = 40


def planted(name: str, seed: int) -> tuple[dict[str, Issue], Sequence[date]]:
    """Return the issues of a scenario by ticker, and the newest sessions."""
    scenario = load(name)
    today = scenario.today or TODAY
    issues = seeded_issues(SHARES, seed, today, LEAST_SESSIONS, scenario.plant)
    return {issue.listing.ticker: issue for issue in issues}, last_sessions(LEAST_SESSIONS, today)


def bars_of(issue: Issue, until: date) -> Bars:
    bars = issue.bars
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume, bars.value)
    rows = zip(bars.sessions, *(column.tolist() for column in columns), strict=True)
    days = [Bar(date.fromisoformat(session), *numbers) for session, *numbers in rows]
    return Bars.of([day for day in days if day.session <= until])


def flows_of(issue: Issue, seed: int) -> list[InvestorFlow]:
    """Return net buying in won, at each session's mean price."""
    bars, sides = issue.bars, flows(issue, seed)
    mean_price = bars.value / bars.volume.clip(min=1)

    def net(side: Side) -> list[float]:
        won: list[float] = ((side.bought - side.sold) * mean_price).tolist()
        return won

    columns = (net(sides.foreign), net(sides.institution), net(sides.individual))
    days = [date.fromisoformat(session) for session in bars.sessions]
    return [InvestorFlow(*row) for row in zip(days, *columns, strict=True)]


def seen(
    issue: Issue, sessions: Sequence[date], sessions_ago: int, seed: int
) -> dict[str, Match | Result]:
    """Return what the strategies say of ``issue``, as known so many sessions ago."""
    known_sessions = sessions[: len(sessions) - sessions_ago]
    checked = check(bars_of(issue, known_sessions[-1]), known_sessions)
    return evaluate(STRATEGIES, checked, Known(flows=flows_of(issue, seed)))


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("name", names())
def test_a_scan_finds_what_the_scenario_says(name: str, seed: int) -> None:
    issues, sessions = planted(name, seed)

    for finding in load(name).find:
        answers = seen(issues[finding.ticker], sessions, finding.sessions_ago, seed)
        answer = answers[finding.strategy]
        status = answer.status if isinstance(answer, Result) else "OK"
        assert status == finding.status, (finding, answer)
        if isinstance(answer, Match):
            assert finding.state in (None, answer.state), (finding, answer.reason)
            assert finding.signal in (None, answer.signal), (finding, answer.reason)


def test_every_kind_of_story_is_there() -> None:
    stories = {
        *("vcp-breakout", "closing-bet", "smart-money", "halt"),
        *("split", "new-listing", "limit-up", "holiday"),
    }

    assert set(names()) == stories


def test_every_plant_is_looked_for() -> None:
    for name in names():
        scenario = load(name)
        assert {plant.ticker for plant in scenario.plant} == {
            finding.ticker for finding in scenario.find
        }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("about = 3\nplant = []\nfind = []", "about: Input should be a valid string"),
        ('about = "x"\nfind = []', "plant: Field required"),
        (
            'about = "x"\nfind = []\n[[plant]]\nticker = "005930"\nkind = "boom"',
            "plant.0.kind: Input should be 'vcp_setup'",
        ),
        ('about = "x', "is no TOML file"),
    ],
)
def test_a_broken_scenario_is_named_with_file_and_field(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=r"mine\.toml") as caught:
        load(str(path))
    assert complaint in str(caught.value)


def test_an_unknown_scenario_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="no scenario 'crash': there are closing-bet, halt"):
        load("crash")


@pytest.mark.parametrize(
    ("tickers", "complaint"),
    [
        (("999999",), "999999 is planted and not among the 40 shares"),
        (("005930", "005930"), "005930 is planted twice"),
    ],
)
def test_what_cannot_be_planted_is_refused(tickers: tuple[str, ...], complaint: str) -> None:
    (plant,) = load("closing-bet").plant
    plan = [plant.model_copy(update={"ticker": ticker}) for ticker in tickers]

    with pytest.raises(ValueError, match=complaint):
        seeded_issues(SHARES, 1, TODAY, LEAST_SESSIONS, plan)


def test_the_market_that_nobody_describes_holds_a_closing_bet_and_an_inflow() -> None:
    for seed in range(1, 11):
        issues = seeded_issues(10, seed, TODAY, LEAST_SESSIONS)
        sessions = last_sessions(LEAST_SESSIONS, TODAY)
        by_kind = {issue.planted.kind: issue for issue in issues if issue.planted}

        for kind in ("closing_bet", "smart_money"):
            answer = seen(by_kind[kind], sessions, 0, seed)[kind]
            assert isinstance(answer, Match)
            assert answer.signal, (seed, answer.reason)
