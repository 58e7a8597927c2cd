"""The paths for tests and people, which no broker has: the referee, the faults, what is planted."""

from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import APIRouter

from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.faults import Fault, Faults
from tests.mock_servers.ledger import Ledger
from tests.mock_servers.referee import Referee, Report


def control_routes(name: str, referee: Referee, faults: Faults, exchange: Exchange) -> APIRouter:
    """Return the routes that every mock broker has; ``name`` stands on its front page."""
    routes = APIRouter(tags=["control"])

    @routes.get("/")
    async def front() -> dict[str, str]:
        return {"service": name, "status": "running", "timestamp": datetime.now(UTC).isoformat()}

    @routes.get("/health")
    async def health() -> dict[str, object]:
        return {"status": "ok", "tickers": len(exchange), "today": exchange.today.isoformat()}

    @routes.get("/_referee")
    async def referee_report(*, arrivals: bool = False) -> Report:
        return referee.report(with_arrivals=arrivals)

    @routes.delete("/_referee")
    @routes.post("/_referee/reset")
    async def reset_referee() -> Report:
        referee.reset()
        return referee.report()

    @routes.get("/_faults")
    async def list_faults() -> list[dict[str, object]]:
        return faults.report()

    @routes.post("/_faults")
    async def add_fault(fault: Fault) -> list[dict[str, object]]:
        faults.add(fault)
        return faults.report()

    @routes.delete("/_faults")
    async def clear_faults() -> list[dict[str, object]]:
        faults.clear()
        return faults.report()

    @routes.get("/_planted")
    async def planted() -> list[dict[str, object]]:
        return [plant.report() for plant in exchange.planted]

    return routes


def state_routes(ledger: Ledger, forget_tokens: Callable[[], None]) -> APIRouter:
    """Return the routes of what a broker keeps of its customers: orders and access tokens."""
    routes = APIRouter(tags=["control"])

    @routes.get("/_orders")
    async def list_orders() -> list[dict[str, object]]:
        return ledger.report()

    @routes.delete("/_orders")
    async def forget_orders() -> list[dict[str, object]]:
        ledger.clear()
        return ledger.report()

    @routes.delete("/_tokens")
    async def forget_all_tokens() -> dict[str, str]:
        forget_tokens()
        return {"tokens": "forgotten: which were issued, replaced, revoked or expired"}

    return routes
