"""What is planted in a made-up market, and where: the default, or what a scenario says."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tests.mock_servers.exchange.listings import Listing

Kind = Literal[
    "vcp_setup",
    "vcp_triggered",
    "volatility_breakout",
    "closing_bet",
    "smart_money",
    "limit_up",
    "halted",
    "split",
    "new_listing",
]


class Plant(BaseModel):
    """One ticker that a scan must find something in, or must not stumble over.

    ``sessions``: for how long it has been halted or listed, how long ago it was split, in how many
    investors have been buying; ``factor``: new shares for one of a split.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    ticker: str
    kind: Kind
    sessions: Annotated[int, Field(ge=1, le=250)] | None = None
    factor: Annotated[int, Field(ge=2, le=50)] = 5

    def sessions_or(self, usual: int) -> int:
        """Return ``sessions``, or the usual number if the plant does not say."""
        return usual if self.sessions is None else self.sessions


# What stands at which place of the list: the first ten, then by place in every hundred.
_FIRST: tuple[Kind | None, ...] = (
    "vcp_setup",
    "vcp_triggered",
    "volatility_breakout",
    "vcp_setup",
    "volatility_breakout",
    "halted",
    "split",
    "closing_bet",
    "smart_money",
    None,
)
_OF_A_HUNDRED: dict[int, Kind] = {
    12: "vcp_setup",
    37: "volatility_breakout",
    62: "vcp_triggered",
    75: "smart_money",
    87: "halted",
}


def default_plan(listed: Sequence[Listing]) -> list[Plant]:
    """Return what is planted in the market that nobody has described."""
    kinds = [
        _FIRST[place] if place < len(_FIRST) else _OF_A_HUNDRED.get(place % 100)
        for place in range(len(listed))
    ]
    return [
        Plant(ticker=listing.ticker, kind=kind)
        for listing, kind in zip(listed, kinds, strict=True)
        if kind
    ]
