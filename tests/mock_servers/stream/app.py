"""The mock WebSocket server as an ASGI application."""

import time
from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, FastAPI, WebSocket
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.mock_servers.docs import Example, docs_routes
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.stream.connection import Connection
from tests.mock_servers.stream.faults import StreamFault, StreamFaults
from tests.mock_servers.stream.hub import Hub, Pace, Session
from tests.mock_servers.stream.kis import KisSession
from tests.mock_servers.stream.kiwoom import KiwoomSession
from tests.mock_servers.stream.older import Board, OlderSession
from tests.mock_servers.stream.tape import Tape

KIWOOM_PATH = "/api/dostk/websocket"
KIS_PATHS = ("/", "/tryitout", "/tryitout/{tr_id}")
ABOUT = """The WebSockets are /ws, an older contract; /api/dostk/websocket, Kiwoom's; / and
 /tryitout, KIS'. These pages tell about them, and make them fail."""
PAGES = (
    Example("/", "that it runs", method="GET"),
    Example("/health", "how many are connected", method="GET"),
    Example("/stats", "whether prices are sent", method="GET"),
    Example("/_sessions", "who is connected, and what each follows", method="GET"),
    Example("/_faults", "the faults in force", method="GET"),
    Example("/_faults", "another fault", {"kind": "silence", "seconds": 5}),
    Example("/_faults", "no more faults", method="DELETE"),
)


def create_app(
    exchange: Exchange,
    pace: Pace,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> ASGIApp:
    """Return the server."""
    hub = Hub(pace, StreamFaults(clock), clock)
    tape = Tape(exchange)
    board = Board(tape)
    kiwoom_sessions: dict[str, KiwoomSession] = {}
    kis_sessions: dict[str, KisSession] = {}
    app = FastAPI(
        title="Mock WebSocket server",
        summary="Prices as they run, in three protocols",
        docs_url=None,  # it would load scripts from elsewhere
        redoc_url=None,
    )
    app.include_router(_pages(hub))
    app.include_router(_control(hub, exchange))
    app.include_router(docs_routes(app.title, ABOUT, PAGES))
    _add_socket(app, hub, "/ws", partial(OlderSession, hub=hub, board=board))
    of_kiwoom = partial(KiwoomSession, hub=hub, tape=tape, sessions=kiwoom_sessions)
    _add_socket(app, hub, KIWOOM_PATH, of_kiwoom)
    for path in KIS_PATHS:
        of_kis = partial(KisSession, hub=hub, tape=tape, sessions=kis_sessions)
        _add_socket(app, hub, path, of_kis)
    return _Started(app, hub)


class _Started:
    """Starts the hub's clock with the first request: before it there is no loop to run in."""

    def __init__(self, app: ASGIApp, hub: Hub) -> None:
        self._app = app
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._hub.start()
        await self._app(scope, receive, send)


def _add_socket(
    app: FastAPI, hub: Hub, path: str, session_of: Callable[[Connection], Session]
) -> None:
    async def endpoint(socket: WebSocket) -> None:
        await hub.serve(socket, session_of)

    app.add_api_websocket_route(path, endpoint)


def _pages(hub: Hub) -> APIRouter:
    """Return what the older contract answers over HTTP."""
    routes = APIRouter(tags=["older contract"])

    @routes.get("/")
    async def root() -> dict[str, object]:
        return {
            "service": "Mock WebSocket Server",
            "status": "running",
            "timestamp": hub.now().isoformat(),
        }

    @routes.get("/health")
    async def health() -> dict[str, object]:
        return {"status": "healthy", "connections": len(hub)}

    @routes.get("/stats")
    async def stats() -> dict[str, object]:
        return {
            "active_connections": len(hub),
            "broadcasting": hub.ticking,
            "timestamp": hub.now().isoformat(),
        }

    return routes


def _control(hub: Hub, exchange: Exchange) -> APIRouter:
    """Return the paths for tests and people: who is connected, and the faults."""
    routes = APIRouter(tags=["control"])

    @routes.get("/_sessions")
    async def sessions() -> dict[str, object]:
        """Tell who is connected, how many ever were, and what was refused how often."""
        return {
            "served": hub.served,
            "refused": dict(hub.refused),
            "ticks": hub.ticks,
            "today": exchange.today.isoformat(),
            "open": [
                {
                    "path": session.connection.path,
                    "seconds": round(session.connection.open_seconds(), 3),
                    "sent": session.connection.sent,
                    "follows": session.follows(),
                }
                for session in hub
            ],
        }

    @routes.get("/_faults")
    async def list_faults() -> list[dict[str, object]]:
        return hub.faults.report()

    @routes.post("/_faults")
    async def add_fault(fault: StreamFault) -> list[dict[str, object]]:
        hub.faults.add(fault)
        if fault.kind == "cut":
            hub.cut()
        return hub.faults.report()

    @routes.delete("/_faults")
    async def clear_faults() -> list[dict[str, object]]:
        hub.faults.clear()
        return hub.faults.report()

    return routes
