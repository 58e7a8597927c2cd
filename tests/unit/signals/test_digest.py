"""A message says what is new first, the best of it on top, and fits its receiver."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest

from app.domain import Grade, Life
from app.signals.digest import AROUND_TITLE, MOST_SIGNALS, Ended, Telling, digest
from app.signals.rows import Change
from app.signals.tracked import Standing
from app.signals.words import ENGLISH, KOREAN, LANGUAGES, Words, percent
from app.strategies import closing_bet, smart_money, vcp, volatility_breakout
from app.strategies.registry import STRATEGIES
from tests.unit.signals.test_store import DAY, NOW, a_signal

ROOM = 4000
SCAN = Ended("intraday", None, datetime(2025, 2, 28, 5, 42, tzinfo=UTC))

CARD: dict[str, Any] = {
    "ticker": "293490",
    "name": "카카오게임즈",
    "score": 86.1,
    "price": 16_100.0,
    "change": 0.0415,
    "entry": 16_150,
    "target": 17_280,
    "stop": 15_580,
}


numbers = count(1)


def a_change(kind: str = "new", *, standing: dict[str, Any] | None = None, **signal: Any) -> Change:
    """Return a change of a signal that no other change is of."""
    became = {"life": Life.NEW, "found_on": DAY} | (standing or {})
    number = next(numbers)
    return Change(number, number, kind, NOW, a_signal(**signal), Standing.model_validate(became))


def telling(*changes: Change) -> Telling:
    return Telling((SCAN,), changes)


def test_a_signal_is_told_with_its_grade_price_and_levels() -> None:
    message = digest(telling(a_change(**CARD, provisional=True)), KOREAN, room=ROOM)

    assert message.title == "장중 변동성돌파 14:42 · 새 신호 1건"
    assert message.text == (
        "[새 신호 · VCP]\n"
        "S 86.1 카카오게임즈 293490 · 돌파 대기 · 잠정\n"
        "16,100 (+4.15%) · 진입 16,150 · 목표 17,280 (+7.0%) · 손절 15,580 (−3.5%)"
    )


def test_the_same_in_english() -> None:
    message = digest(telling(a_change(**CARD, provisional=True)), ENGLISH, room=ROOM)

    assert message.title == "Intraday breakout 14:42 · 1 new"
    assert message.text == (
        "[New · VCP]\n"
        "S 86.1 카카오게임즈 293490 · Setup · prov\n"
        "16,100 (+4.15%) · entry 16,150 · target 17,280 (+7.0%) · stop 15,580 (−3.5%)"
    )


def test_new_ones_come_first_by_strategy_and_score() -> None:
    changes = (
        a_change("changed", ticker="000001", score=99.0),
        a_change(ticker="000002", score=81.0),
        a_change(ticker="000003", score=95.0, strategy="closing_bet", state="AT_CLOSE"),
        a_change(ticker="000004", score=92.0),
        a_change(ticker="000005", score=82.0, strategy="closing_bet", state="AT_CLOSE"),
    )

    message = digest(telling(*changes), KOREAN, room=ROOM)

    assert message.title.endswith("새 신호 4건 · 변경 1건")
    assert re.findall(r"^\[.+\]|\b00000\d\b(?= ·)", message.text, re.MULTILINE) == [
        *("[새 신호 · 종가베팅]", "000003", "000005"),
        *("[새 신호 · VCP]", "000004", "000002"),
        *("[변경 · VCP]", "000001"),
    ]


@pytest.mark.parametrize(
    ("kind", "standing", "told"),
    [
        ("triggered", {"entered_price": 16_150.0}, "진입가 도달 16,150"),
        ("target_hit", {"left_price": 17_280.0, "gain": 0.07}, "목표가 도달 17,280 (+7.0%)"),
        ("stopped", {"left_price": 15_580.0, "gain": -0.0353}, "손절 15,580 (−3.5%)"),
        ("expired", {}, "기간 종료"),
        ("withdrawn", {}, "해제"),
    ],
)
def test_what_became_of_a_signal_is_told_with_its_price(
    kind: str, standing: dict[str, Any], told: str
) -> None:
    change = a_change(kind, standing={"life": kind, **standing}, **CARD)

    lines = digest(telling(change), KOREAN, room=ROOM).text.splitlines()

    assert lines[1] == f"S 86.1 카카오게임즈 293490 · {told}"
    assert len(lines) == (3 if kind == "triggered" else 2)  # one that is over has no levels to take


def test_a_confirmed_one_shows_its_state_and_levels() -> None:
    text = digest(telling(a_change("confirmed", **CARD)), KOREAN, room=ROOM).text

    assert "· 확정 · 돌파 대기\n" in text
    assert "진입 16,150" in text


def test_a_signal_without_levels_or_name_is_told_without_them() -> None:
    change = a_change(strategy="smart_money", state="BOTH_BUY", score=90.0)

    text = digest(telling(change), KOREAN, room=ROOM).text

    assert text == "[새 신호 · 수급]\nS 90.0 005930 005930 · 쌍끌이\n18,800"


@pytest.mark.parametrize("room", [200, 400, 1000, 2000, 4096])
@pytest.mark.parametrize("words", [KOREAN, ENGLISH], ids=["ko", "en"])
def test_as_many_as_fit_are_told_and_how_many_more_there_are(words: Words, room: int) -> None:
    changes = [a_change(**CARD | {"ticker": f"{n:06d}", "score": 99 - n}) for n in range(60)]

    message = digest(replace(telling(*changes), again=True), words, room=room, invented=True)

    shown = len(re.findall(r"^S ", message.text, re.MULTILINE))
    assert 1 <= shown <= MOST_SIGNALS
    assert words.more.format(number=60 - shown) in message.text.splitlines()
    assert len(message.title) + len(message.text) <= room
    space_left = room - AROUND_TITLE - len(message.title) - len(message.text)
    assert space_left < 105 or shown == MOST_SIGNALS  # none for the two lines of one more


def test_where_not_even_one_fits_it_is_cut_off() -> None:
    message = digest(telling(a_change(**CARD), a_change(**CARD)), KOREAN, room=80)

    assert message.text.startswith("[새 신호 · VCP]\nS 86.1 카")
    assert message.text.endswith("…\n외 1건")
    assert len(message.title) + len(message.text) <= 80


def test_of_what_several_scans_changed_the_last_is_told() -> None:
    first, gone = a_change(ticker="000001"), a_change(ticker="000002")
    later = a_change("changed", ticker="000001", state="TRIGGERED", price=19_000.0)
    withdrawn = a_change("withdrawn", ticker="000002", standing={"life": Life.WITHDRAWN})
    then = replace(later, signal_id=first.signal_id), replace(withdrawn, signal_id=gone.signal_id)

    message = digest(telling(first, gone, *then), KOREAN, room=ROOM)

    assert message.title.endswith("새 신호 1건 · 변경 1건")
    assert message.text.splitlines() == [
        *("[새 신호 · VCP]", "S 91.6 000001 000001 · 돌파", "19,000"),
        *("[변경 · VCP]", "S 91.6 000002 000002 · 해제"),
    ]


def test_prices_of_a_mock_and_a_message_sent_again_say_so() -> None:
    lines = digest(
        replace(telling(a_change()), again=True), KOREAN, room=ROOM, invented=True
    ).text.splitlines()

    assert lines[0] == "모의 서버 시세 (실제 시세 아님)"
    assert lines[-1] == "다시 보냄 (이미 받았을 수 있음)"


def test_several_scans_and_one_of_an_earlier_date_are_named() -> None:
    past = Ended("my\nscan " + "x" * 60, date(2025, 1, 31), NOW)

    korean = digest(Telling((SCAN, past), (a_change(),)), KOREAN, room=ROOM).title
    english = digest(Telling((past,), (a_change(),)), ENGLISH, room=ROOM).title

    assert re.fullmatch(r"my scan x{32} 1월 31일 \(금\) 종가 기준, 외 1건 · 새 신호 1건", korean)
    assert english.endswith(" as of the close of Fri 31 Jan · 1 new")


@pytest.mark.parametrize(
    ("share", "written"), [(0.0415, "+4.15%"), (-0.0034, "−0.34%"), (-0.00001, "0.00%")]
)
def test_a_change_has_a_sign_unless_it_is_none(share: float, written: str) -> None:
    assert percent(share, 2) == written


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_every_strategy_and_state_has_its_word(words: Words) -> None:
    modules = (vcp, volatility_breakout, closing_bet, smart_money)

    assert set(words.strategies) == set(STRATEGIES)
    assert set(words.states) == {state for module in modules for state in module.State}
    assert set(words.kinds) < {*Life, "confirmed"}
    assert Grade.S in words.test.format(grade=Grade.S)
