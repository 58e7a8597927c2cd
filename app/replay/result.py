"""A whole replay: every ticker's track, in an order that does not depend on who was done first."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from app.domain import Status, Ticker
from app.replay.plan import Plan
from app.replay.summary import Row, Spread, base_of, rows_of, spreads_of
from app.replay.ticker import Finding, Track


@dataclass(frozen=True)
class Replayed:
    """What was found, oldest session first; ``without_bars`` had none to replay.

    ``base``: by strategy, what followed all days that it scored.
    """

    plan: Plan
    tracks: tuple[Track, ...]
    without_bars: tuple[Ticker, ...]
    findings: tuple[Finding, ...]
    rows: tuple[Row, ...]
    base: Mapping[str, tuple[Spread, ...]]

    @classmethod
    def of(cls, plan: Plan, tracks: Iterable[Track], without_bars: Iterable[Ticker]) -> Self:
        """Put the tracks of all tickers together."""
        ordered = tuple(sorted(tracks, key=lambda track: track.listing.ticker))
        found = [finding for track in ordered for finding in track.findings]
        places = {name: place for place, name in enumerate(plan.strategies)}
        found.sort(key=lambda each: (each.signal.last_bar, places[each.signal.strategy]))
        return cls(
            plan=plan,
            tracks=ordered,
            without_bars=tuple(sorted(without_bars)),
            findings=tuple(found),
            rows=tuple(rows_of(found, plan.strategies)),
            base={name: spreads_of(base_of(ordered, name)) for name in plan.strategies},
        )

    @property
    def statuses(self) -> Mapping[str, Counter[Status]]:
        """Return how many sessions of tickers had which status, by strategy."""
        return {
            name: sum((track.statuses[name] for track in self.tracks), Counter[Status]())
            for name in self.plan.strategies
        }
