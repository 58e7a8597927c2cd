"""Finding Korean names as people type them."""

import pytest

from app.gateway.hangul import initial, place


@pytest.mark.parametrize(
    ("letter", "consonant"),
    [("가", "ㄱ"), ("힣", "ㅎ"), ("삼", "ㅅ"), ("쌍", "ㅆ"), ("K", "K"), ("ㅅ", "ㅅ")],
)
def test_a_syllable_begins_with_its_consonant(letter: str, consonant: str) -> None:
    assert initial(letter) == consonant


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("삼성", 0),
        ("ㅅㅅㅈㅈ", 0),
        ("ㅈㅈ", 2),
        ("삼ㅅ", 0),
        ("ㅅ성", 0),
        ("전자", 2),
        ("성ㅈ", 1),
        ("ㅆ", None),
        ("삼성전자우", None),
        ("", 0),
    ],
)
def test_a_name_is_found_by_syllables_and_consonants(typed: str, at: int | None) -> None:
    assert place("삼성전자", typed) == at


def test_capitals_do_not_matter() -> None:
    assert place("SK하이닉스", "sk하") == 0
    assert place("sk하이닉스", "SKㅎ") == 0
