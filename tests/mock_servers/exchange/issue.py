"""A listed share with its bars, and what a plan made of it."""

from dataclasses import dataclass

import numpy as np

from tests.mock_servers.exchange.bars import Bars
from tests.mock_servers.exchange.listings import Listing


@dataclass(frozen=True)
class Planted:
    """Something that a scan must find in the made-up market; ``pivot`` in won, its session."""

    ticker: str
    kind: str
    pivot: int | None = None
    pivot_session: str | None = None

    def report(self) -> dict[str, object]:
        """Return it ready for JSON."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True, eq=False)
class Issue:
    """A listing and its bars, adjusted for splits; ``raw`` as they were traded.

    ``bought_for``: newest sessions in which foreigners and institutions buy more than they sell.
    """

    listing: Listing
    bars: Bars
    raw: Bars
    planted: Planted | None = None
    bought_for: int = 0

    def bars_until(self, session: str) -> Bars:
        """Return the bars as they were adjusted on ``session``: not for what came after it."""
        split = np.flatnonzero(self.bars.close != self.raw.close)
        adjusted = not len(split) or session > self.bars.sessions[split[-1]]
        return self.bars if adjusted else self.raw
