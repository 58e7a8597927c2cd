"""Signals in the form of the older contract, for clients that were written for it.

What a client then could not know of ours is left out; a figure that nobody has is null.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

STRENGTHS: Final = {"S": "Strong", "A": "Strong", "B": "Moderate", "C": "Weak"}  # by grade
MOST_POINTS: Final = 12  # of a closing bet, there as here

Data = dict[str, Any]
Told = Mapping[str, Any]  # a ``Signal`` as JSON


def older_signal(signal: Told) -> tuple[str, Data] | None:
    """Return type and data of a signal; None for a strategy that the contract does not know."""
    form = _FORMS.get(signal["strategy"])
    if form is None:
        return None
    kind, data = form
    return kind, {"ticker": signal["ticker"], "name": signal["name"], **data(signal)}


def _vcp(signal: Told) -> Data:
    facts = signal["facts"]
    return {
        "pattern_type": "VCP",
        "score": round(signal["score"]),
        "current_price": signal["price"],
        "pivot_price": facts.get("pivot"),
        "volume_ratio": facts.get("relative_volume"),
        "rsi": facts.get("rsi14"),
        "signal_strength": STRENGTHS[signal["grade"]],
    }


def _closing_bet(signal: Told) -> Data:
    return {
        "score": round(signal["score"] * MOST_POINTS / 100),
        "scores": signal["components"],
        "current_price": signal["price"],
        "target_price": signal["target"],
        "stop_loss": signal["stop"],
        "signal_type": "BUY" if signal["actionable"] else "HOLD",
    }


def _smart_money(signal: Told) -> Data:
    """Tell the net buying of five sessions, in won."""
    facts = signal["facts"]
    nets: list[Any] = [(facts.get(who) or {}).get("net5") for who in ("foreign", "institution")]
    both = None if None in nets else nets[0] + nets[1]
    return {
        "foreign_net": nets[0],
        "institution_net": nets[1],
        "smart_money_net": both,
        "direction": "FLAT" if not both else "IN" if both > 0 else "OUT",
    }


_FORMS: Final[dict[str, tuple[str, Callable[[Told], Data]]]] = {
    "vcp": ("vcp_signal", _vcp),
    "closing_bet": ("closing_bet_signal", _closing_bet),
    "smart_money": ("smart_money", _smart_money),
}
