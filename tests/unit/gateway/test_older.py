"""Signals in the form that clients of the older contract know."""

import json
from typing import Any

import pytest

from app.gateway.live.older import older_signal
from tests.unit.cli.conftest import signal_of


def told(**more: Any) -> dict[str, Any]:
    """Return a signal as the feed has it."""
    signal: dict[str, Any] = json.loads(signal_of("a-scan", **more).model_dump_json())
    return signal


def test_a_vcp_has_its_pivot_and_its_volume() -> None:
    facts = {"pivot": 72_500.0, "relative_volume": 1.23, "rsi14": 55.5}

    older = older_signal(told(facts=facts))

    assert older is not None
    kind, data = older
    assert (kind, data["score"], data["signal_strength"]) == ("vcp_signal", 86, "Strong")
    assert (data["pivot_price"], data["volume_ratio"], data["rsi"]) == (72_500.0, 1.23, 55.5)


def test_a_closing_bet_has_points_of_twelve_and_its_levels() -> None:
    bet = told(strategy="closing_bet", score=75.0, actionable=True, components={"news": 3.0})

    older = older_signal(bet)

    assert older is not None
    kind, data = older
    assert (kind, data["score"], data["signal_type"]) == ("closing_bet_signal", 9, "BUY")
    assert (data["target_price"], data["stop_loss"]) == (83_200, 67_300)
    assert data["scores"] == {"news": 3.0}


@pytest.mark.parametrize(
    ("foreign", "institution", "net", "direction"),
    [
        ({"net5": 3e9}, {"net5": -1e9}, 2e9, "IN"),
        ({"net5": 3e9}, {"net5": -4e9}, -1e9, "OUT"),
        ({"net5": 1e9}, {"net5": -1e9}, 0, "FLAT"),
        ({"net5": 1e9}, None, None, "FLAT"),
    ],
)
def test_smart_money_has_the_net_of_both(
    foreign: object, institution: object, net: float | None, direction: str
) -> None:
    facts = {"foreign": foreign, "institution": institution}

    older = older_signal(told(strategy="smart_money", facts=facts))

    assert older is not None
    kind, data = older
    assert kind == "smart_money"
    assert (data["smart_money_net"], data["direction"]) == (net, direction)


def test_what_the_contract_does_not_know_has_no_older_form() -> None:
    assert older_signal(told(strategy="volatility_breakout")) is None
