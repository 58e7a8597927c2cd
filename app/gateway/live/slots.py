"""Which tickers get one of the few live prices: those that somebody needs most."""

from collections.abc import Iterable, Mapping

from app.domain import Ticker


def needed(wants: Iterable[Mapping[Ticker, int]]) -> dict[Ticker, int]:
    """Return the best rank that anybody has for each ticker; the least is the best."""
    best: dict[Ticker, int] = {}
    for each in wants:
        for ticker, rank in each.items():
            best[ticker] = min(rank, best.get(ticker, rank))
    return best


def chosen(needs: Mapping[Ticker, int], live: Iterable[Ticker], *, most: int) -> frozenset[Ticker]:
    """Return the ``most`` tickers that are needed most; of equals those that are ``live`` stay."""
    there = frozenset(live)
    order = sorted(needs, key=lambda ticker: (needs[ticker], ticker not in there, ticker))
    return frozenset(order[:most])
