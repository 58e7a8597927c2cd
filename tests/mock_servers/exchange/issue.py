"""A listed share with its bars, and what a plan made of it."""

from dataclasses import dataclass

from tests.mock_servers.exchange.bars import Bars
from tests.mock_servers.exchange.listings import Listing


@dataclass(frozen=True)
class Planted:
    """Something that a scan must find in the made-up market; ``pivot`` in won, its session."""

    ticker: str
    kind: str  # vcp_setup, vcp_triggered, volatility_breakout, halted or split
    pivot: int | None = None
    pivot_session: str | None = None

    def report(self) -> dict[str, object]:
        """Return it ready for JSON."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True, eq=False)
class Issue:
    """A listing and its bars, adjusted for splits; ``raw`` as they were traded."""

    listing: Listing
    bars: Bars
    raw: Bars
    planted: Planted | None = None
