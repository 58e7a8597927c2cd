import pytest

from app.strategies.gates import (
    Gate,
    all_passed,
    as_facts,
    at_least,
    at_most,
    between,
    failures,
    over,
    under,
)


@pytest.mark.parametrize(
    ("gate", "need"),
    [
        (at_least("dry", 0.8, 0.8), "≥ 0.8"),
        (at_most("dry", 0.8, 0.8), "≤ 0.8"),
        (between("dry", 2, 2, 6), "2–6"),
        (between("dry", 6, 2, 6), "2–6"),
        (over("dry", 1.01, 1), "> 1"),
        (under("dry", 0.99, 1), "< 1"),
    ],
)
def test_a_figure_within_its_need_passes(gate: Gate, need: str) -> None:
    assert gate.passed
    assert gate.need == need


@pytest.mark.parametrize(
    "gate",
    [
        at_least("dry", 0.79, 0.8),
        at_most("dry", 0.81, 0.8),
        between("dry", 1.9, 2, 6),
        between("dry", 6.1, 2, 6),
        over("dry", 1, 1),
        under("dry", 1, 1),
    ],
)
def test_a_figure_outside_its_need_fails(gate: Gate) -> None:
    assert not gate.passed


@pytest.mark.parametrize(
    "gate",
    [
        at_least("value", None, 0),
        at_most("value", None, 0),
        between("value", None, 0, 1),
        over("value", None, 0),
        under("value", None, 0),
    ],
)
def test_a_figure_that_is_not_known_fails(gate: Gate) -> None:
    assert not gate.passed
    assert f"; no signal: value not known ({gate.need})" == failures([gate])
    assert as_facts([gate]) == [
        {"name": "value", "passed": False, "value": None, "need": gate.need}
    ]


def test_one_failure_is_enough() -> None:
    good, bad = at_least("trend", 7, 6), at_least("close", 16_500, 17_960)

    assert all_passed([good, good])
    assert not all_passed([good, bad])
    assert failures([good]) == ""
    assert failures([good, bad]) == "; no signal: close 16,500 (≥ 17,960)"


def test_a_gate_can_be_sent_as_it_is() -> None:
    assert as_facts([at_least("trend", 5, 6)]) == [
        {"name": "trend", "passed": False, "value": 5, "need": "≥ 6"}
    ]
