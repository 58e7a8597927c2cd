"""The gateway as an ASGI application: routes, guards, and what runs beside them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

import anyio.to_thread
from fastapi import FastAPI
from redis.asyncio import Redis

from app.bootstrap import Services
from app.database import DatabaseUnavailable
from app.gateway.api import scans, signals, system, tickers
from app.gateway.directory import Directory
from app.gateway.guard import Guard
from app.gateway.live import routes as live
from app.gateway.live.hub import Hub
from app.gateway.live.prices import Prices
from app.gateway.live.pulse import Pulse
from app.gateway.live.tasks import ended
from app.gateway.pace import Pace
from app.gateway.page import page_routes
from app.gateway.parts import Following
from app.gateway.probes import Probes
from app.gateway.problems import handle_all

THREADS = 16  # requests that wait for the database or Redis at once; the others queue
AGAIN_SECONDS = 5.0
FIRST_LOOK_SECONDS = 5.0  # at Redis, before anybody is served

log = logging.getLogger(__name__)


def create_app(services: Services) -> FastAPI:
    """Return the gateway over ``services``, which the caller closes."""
    app = FastAPI(
        title="krx-scanner",
        version=version("krx-scanner"),
        summary="Signals, scans and the rate limit of a scanner for the Korean stock market",
        openapi_url="/api/openapi.json",
        docs_url=None,  # it would load scripts from elsewhere
        redoc_url=None,
        lifespan=_running,
    )
    names = Directory(services.universe, services.calendar, services.clock)
    app.state.services = services
    app.state.directory = names
    app.state.probes = Probes(services, names)
    for each in (signals, scans, tickers, system, live):
        app.include_router(each.router)
    app.include_router(page_routes(services))
    handle_all(app)
    app.add_middleware(Guard, open_to_all=services.settings.gateway_token is not None)
    return app


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    """Run what serves those who follow for as long as the application lives."""
    services: Services = app.state.services
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    with suppress(DatabaseUnavailable):  # asked for again with every request, and by /ready
        await asyncio.to_thread(lambda: services.engine)
    async with _redis(services) as redis:
        hub, pace = Hub(redis), Pace()
        prices = Prices(services, redis, hub, app.state.directory)
        app.state.following = Following(hub, prices, pace)
        pulse = Pulse(services, hub, pace)
        tasks = [asyncio.create_task(_kept_up(each.run)) for each in (hub, prices, pulse)]
        with suppress(TimeoutError):  # who comes back at once needs the feed's place
            async with asyncio.timeout(FIRST_LOOK_SECONDS):
                await hub.looked.wait()
        yield
        await ended(*tasks)


def _redis(services: Services) -> Redis:
    return Redis.from_url(
        services.settings.redis_url.get_secret_value(),
        socket_connect_timeout=5,
        socket_timeout=10,
        health_check_interval=10,
    )


async def _kept_up(run: Callable[[], Awaitable[None]]) -> None:
    """Run it for ever: what nobody foresaw is logged, and costs a pause."""
    while True:
        try:
            await run()
        except Exception:  # the outermost loop: else one bad message would end the feed for good
            log.exception("a part of the feed has ended; it begins again")
        await asyncio.sleep(AGAIN_SECONDS)
