"""The list of strategies: a new one is one file and one line here."""

from collections.abc import Iterable

from app.strategies import closing_bet, smart_money, vcp, volatility_breakout
from app.strategies.base import Strategy

STRATEGIES = {
    strategy.name: strategy
    for strategy in (
        vcp.STRATEGY,
        volatility_breakout.STRATEGY,
        closing_bet.STRATEGY,
        smart_money.STRATEGY,
    )
}


def find(names: Iterable[str] = ()) -> tuple[Strategy, ...]:
    """Return the strategies of these names, in the order of the list; all when none is named.

    Raises:
        ValueError: there is no strategy of that name; the message lists those that there are.
    """
    wanted = set(names) or set(STRATEGIES)
    if unknown := sorted(wanted - set(STRATEGIES)):
        raise ValueError(f"no strategy {', '.join(unknown)}: there are {', '.join(STRATEGIES)}")
    return tuple(strategy for name, strategy in STRATEGIES.items() if name in wanted)
