"""Which tickers of a scan were not scored, by what kept them from it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select

from app.database import reading
from app.domain import Status, Ticker
from app.signals.tables import outcome

REPEATABLE = frozenset({Status.FAILED, Status.NOT_REACHED})  # the others would end the same way


@dataclass(frozen=True)
class Trouble:
    """Tickers that share a status and a reason. ``may_repeat``: another try may end otherwise."""

    status: Status
    reason: str
    tickers: tuple[Ticker, ...]

    @property
    def may_repeat(self) -> bool:
        """Say whether another try may end otherwise."""
        return self.status in REPEATABLE


def troubles(engine: Engine, scan_ids: Sequence[str]) -> dict[str, list[Trouble]]:
    """Return the troubles of these scans, those of the most tickers first; scored ones have none.

    Raises:
        DatabaseUnavailable: the database does not answer.
    """
    unfit = outcome.c.scan_id.in_(scan_ids) & (outcome.c.status != Status.OK)
    query = select(outcome.c.scan_id, outcome.c.status, outcome.c.reason, outcome.c.ticker)
    groups: dict[tuple[str, Status, str], list[Ticker]] = defaultdict(list)
    with reading(engine) as connection:
        for scan_id, status, reason, ticker in connection.execute(
            query.where(unfit).order_by(outcome.c.ticker)
        ):
            groups[scan_id, Status(status), reason].append(ticker)
    found: dict[str, list[Trouble]] = defaultdict(list)
    for (scan_id, status, reason), tickers in groups.items():
        found[scan_id].append(Trouble(status, reason, tuple(tickers)))
    for each in found.values():
        each.sort(key=lambda trouble: (-len(trouble.tickers), trouble.reason))
    return dict(found)
