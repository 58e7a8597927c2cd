"""How the page says numbers, times and evidence: its own modules, asked in a real Chromium."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from app.domain import KOREA
from tests.e2e.page.conftest import Site, open_tab

ASK = """async ({language, name, given}) => {
  const base = document.querySelector("script[type=module]").src.replace("main.js", "");
  const [{speak}, module] = [await import(base + "language.js"), await import(base + name[0])];
  speak(language);
  return module[name[1]](...given);
}"""
AT = 1738301832000  # 2025-01-31 14:37:12 in Korea, a Friday


@pytest.fixture(scope="module")
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """Return one open page for all of these tests: they ask its modules, and change nothing."""
    with open_tab(browser) as tab:
        tab.goto(site.url)
        yield tab


def ask(page: Page, language: str, function: str, *given: Any) -> Any:
    """Return what a function of a module of the page says in a language."""
    name = function.split(":")
    return page.evaluate(ASK, {"language": language, "name": name, "given": list(given)})


@pytest.mark.parametrize(
    ("function", "given", "said"),
    [
        ("won", [16100], ["16,100", "16,100"]),
        ("won", [None], ["–", "–"]),
        ("change", [0.0415], ["+4.15%", "+4.15%"]),
        ("change", [-0.0034], ["\u22120.34%", "\u22120.34%"]),
        ("change", [-0.00001], ["0.00%", "0.00%"]),
        ("multiple", [-1], ["\u22121.0", "\u22121.0"]),
        ("valueColumn", [2_329_400_000_000], ["23,294", "2,329"]),
        ("valueColumn", [4_800_000_000], ["48", "4.8"]),
        ("valueColumn", [610_000_000], ["6.1", "0.61"]),
        ("valueColumn", [82_190_000], ["0.8", "0.08"]),
        ("money", [2_330_000_000_000], ["2.33조", "2.33tn"]),
        ("money", [42_000_000_000], ["420억", "42bn"]),
        ("money", [610_000_000], ["6.1억", "610m"]),
        ("money", [82_190_000], ["8,219만", "82m"]),
        ("volume", [2_650_000], ["265만", "2.65M"]),
        ("volume", [898_000], ["89.8만", "898K"]),
        ("volume", [120_000_000], ["1.20억", "120M"]),
        ("duration", [316], ["5분 16초", "5 min 16 s"]),
        ("duration", [4020], ["1시간 7분", "1 h 7 min"]),
        ("countdown", [2568], ["42:48", "42:48"]),
        ("longDay", ["2025-01-24"], ["1월 24일 (금)", "Fri 24 Jan"]),
        ("moment", [1738540800000, AT], ["2/3(월) 09:00", "Mon 3 Feb 09:00"]),
        ("moment", [1738303800000, AT], ["15:10", "15:10"]),
        ("clock", [AT], ["14:37:12", "14:37:12"]),
    ],
)
def test_numbers_and_times_are_said_as_people_read_them(
    page: Page, function: str, given: list[Any], said: list[str]
) -> None:
    assert [ask(page, each, f"numbers.js:{function}", *given) for each in ("ko", "en")] == said


@pytest.mark.parametrize(
    ("value", "particle"), [(2.33e12, "2.33조다"), (4.2e10, "420억이다"), (8.2e7, "8,200만이다")]
)
def test_a_particle_follows_the_sound_before_it(page: Page, value: float, particle: str) -> None:
    result = {
        "status": "OK",
        "state": "AT_CLOSE",
        "facts": {"value": value, "close": 1, "gates": []},
    }

    said = ask(page, "ko", "words.js:evidence", "closing_bet", result)["said"]

    assert f"거래대금은 {particle}." in said


@pytest.mark.parametrize(
    ("gate", "korean", "english"),
    [
        (["first_depth", 0.057, "0.08–0.4"], ["5.7%", "8–40%"], ["5.7%", "8–40%"]),
        (["last_depth", 0.034, "≤ 0.12"], ["3.4%", "12% 이하"], ["3.4%", "≤ 12%"]),
        (["base_length", 37, "15–120"], ["37일", "15–120일"], ["37 d", "15–120 d"]),
        (["dry", 0.613, "≤ 0.8"], ["0.61", "0.80 이하"], ["0.61", "≤ 0.80"]),
        (["trend", 6, "≥ 6"], ["6/7", "6개 이상"], ["6/7", "≥ 6"]),
        (["value", 4.2e10, "≥ 50,000,000,000"], ["420억", "500억 이상"], ["42bn", "≥ 50bn"]),
        (["value", None, "≥ 50,000,000,000"], ["–", "500억 이상"], ["–", "≥ 50bn"]),
        (["relative_volume", 3.333, "≥ 1.5"], ["3.33배", "1.5배 이상"], ["3.33×", "≥ 1.5×"]),
        (
            ["fired", 218500, "≥ 211,500"],
            ["218,500 / 211,500", "도달"],
            ["218,500 / 211,500", "reached"],
        ),
        (["leg_volume", 0.53, "< 1"], ["360만 → 189만", "감소"], ["3.60M → 1.89M", "lower"]),
    ],
)
def test_a_gate_is_said_in_the_units_that_people_use(
    page: Page, gate: list[Any], korean: list[str], english: list[str]
) -> None:
    named = dict(zip(("name", "value", "need"), gate, strict=True))
    legs = [{"volume": 3_600_000}, {"volume": 1_890_000}]
    facts = {"high": 218_500, "entry": 211_500, "contractions": legs}

    for language, expected in (("ko", korean), ("en", english)):
        said = ask(page, language, "words.js:gateValue", named, facts)
        need = ask(page, language, "words.js:gateNeed", named)
        assert [said, need] == expected


def test_a_pattern_with_a_failed_gate_is_said_to_be_no_signal(page: Page) -> None:
    facts = {
        "contractions": [{"high_session": "2024-12-03", "depth": 0.057}, {"depth": 0.035}],
        "dry": 0.47,
        "gap": -0.008,
        "pivot": 91000,
        "relative_volume": 1.48,
        "gates": [{"name": "first_depth", "passed": False, "value": 0.057, "need": "0.08–0.4"}],
    }
    result = {"status": "OK", "state": "TRIGGERED", "facts": facts, "parameters": {}}

    said = ask(page, "ko", "words.js:evidence", "vcp", result)

    assert said["failed"] == "신호 아님: 첫 조정 폭 미충족."
    assert said["said"] == (
        "12월 3일 고점 이후 조정 폭이 5.7% → 3.5%로 줄었고, 최근 5일 거래량은 그전 50일의 47%다. "
        "현재가는 피벗 91,000원보다 0.8% 위이고, 돌파 거래량은 1.48배로 기준 1.4배를 넘었다."
    )


@pytest.mark.parametrize(
    ("looks", "rate"),
    [
        ([], 0),
        ([(0, 1)], 1),
        ([(0, 2), (1, 2), (2, 1), (3, 2), (4, 2), (5, 1), (6, 2)], 1.6),  # of the last 5 s
        ([(0, 0), (1.5, 3), (3, 3)], 2),  # a look that came late saw more
        ([(0, 0), (1, 3), (2, 2)], 2),  # the edge of a second, not a call too many
    ],
)
def test_the_rate_is_a_mean_of_five_seconds_and_never_above_the_limit(
    page: Page, looks: list[tuple[float, int]], rate: float
) -> None:
    rates = [{"at": 1000 * second, "used": used} for second, used in looks]

    assert ask(page, "ko", "graph.js:meanRate", rates, 2) == rate


def test_ages_change_with_the_minute_of_the_clock(page: Page) -> None:
    minute = datetime(2025, 1, 31, 14, 37, tzinfo=KOREA)
    now_ms = 1000 * minute.timestamp() + 12_000
    ages = [
        ask(page, "ko", "row.js:age", (minute - timedelta(seconds=before)).isoformat(), now_ms)
        for before in (0, 1, 59 * 60, 90 * 60)
    ]

    assert ages == ["방금", "1분", "59분", "13:07"]
