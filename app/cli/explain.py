"""``scanner explain``: why a ticker is a signal, or why it is none, and what it looks like."""

import uuid
from collections.abc import Sequence
from typing import Any

from rich.text import Text

from app.bootstrap import Services
from app.brokers.errors import BrokerError
from app.cli.arguments import read_as_of, read_strategies, read_tickers
from app.cli.evidence import Explained, say_explained
from app.cli.failure import DONE, PROBLEMS, Failure, NotReachable
from app.cli.output import say, say_json
from app.cli.services import connected
from app.domain import Listing, Scan, Ticker
from app.limiter import PermitTimeout
from app.queues import FOR_A_PERSON
from app.scan import Look
from app.strategies.registry import find


def explain(ticker: str, *, strategies: Sequence[str], as_of: str | None, as_json: bool) -> int:
    """Show what each strategy saw in a ticker; return 1 when the ticker cannot be scanned."""
    [ticker] = read_tickers([ticker])
    with connected() as services:
        now = services.clock()
        names = [each.name for each in find(read_strategies(strategies))]
        scan = Scan(
            id=uuid.uuid4().hex,
            name="explain",
            as_of=read_as_of(as_of, services.calendar, now),
            strategies=tuple(names),
            priority=FOR_A_PERSON,
            deadline=now,
            created_at=now,
        )
        listing, look = _look(services, ticker, scan)
        found = [Explained(services.strategies[name], look.found[name]) for name in names]
    if as_json:
        say_json(as_object(listing, look, found))
        return DONE
    say(_title(listing, look))
    for each in found:
        say_explained(each, look.checked.bars)
    return DONE


def _look(services: Services, ticker: Ticker, scan: Scan) -> tuple[Listing, Look]:
    """Return what a scan sees of ``ticker``; the broker is asked only for what is not stored."""
    try:
        with services.broker.work(priority=scan.priority):
            listing = services.scanner.listings().get(ticker)
            if listing is None:
                raise Failure(
                    f"{ticker} is not in the universe: no share of KOSPI or KOSDAQ", PROBLEMS
                )
            if listing.excluded:
                raise Failure(
                    f"{ticker} {listing.name} is not scanned: {listing.excluded}", PROBLEMS
                )
            return listing, services.scanner.look(ticker, scan)
    except (BrokerError, PermitTimeout) as error:
        advice = "what is stored needs no broker: try an earlier --as-of, or --strategy vcp alone"
        raise NotReachable(f"{ticker} could not be looked at ({error}); {advice}") from error


def _title(listing: Listing, look: Look) -> Text:
    bars, view = look.checked.bars, look.view
    session = f"session {view.last}{', still running' if view.provisional else ''}"
    parts = [*([listing.market] if listing.market else []), session, f"{len(bars)} bars"]
    return Text.assemble(
        (f"{listing.ticker} {listing.name}".strip(), "bold"), f"  {' · '.join(parts)}"
    )


def as_object(listing: Listing, look: Look, explained: Sequence[Explained]) -> dict[str, Any]:
    """Return the explanation for programs."""
    bars = look.checked.bars
    return {
        "ticker": listing.ticker,
        "name": listing.name,
        "market": listing.market,
        "session": look.view.last.isoformat(),
        "last_bar_date": bars.date(-1).isoformat() if len(bars) else None,
        "bars_used": len(bars),
        "provisional": look.view.provisional,
        "strategies": [each.as_object() for each in explained],
    }
