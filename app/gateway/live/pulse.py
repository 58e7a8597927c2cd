"""Once a second, while somebody follows: what the limit has seen, and how far the scans are."""

import asyncio
import logging
from collections.abc import Callable, Iterator

from app.bootstrap import Services
from app.gateway.api.scans import views
from app.gateway.live.hub import Hub
from app.gateway.live.messages import QUOTA, Message, of_quota, of_scan
from app.gateway.pace import Pace
from app.gateway.problems import AWAY
from app.gateway.views import ScanView
from app.signals.scans import ScanState

EVERY_SECONDS = 1.0
NEWEST_SCANS = 10

log = logging.getLogger(__name__)


class Pulse:
    """Tells how things are. What cannot be looked at now is told the next time."""

    def __init__(self, services: Services, hub: Hub, pace: Pace) -> None:
        self._services = services
        self._hub = hub
        self._pace = pace
        self._running: set[str] = set()  # scans, when looked at last
        self._told: dict[str, str] = {}  # of each scan, what was told last

    async def run(self) -> None:
        """Tell for ever."""
        while True:
            topics = {topic for client in self._hub.clients for topic in client.wants}
            if QUOTA in topics:
                await self._tell(self._quota)
            if any(topic.startswith("scan:") for topic in topics):
                await self._tell(self._scans)
            await asyncio.sleep(EVERY_SECONDS)

    async def _tell(self, look: Callable[[], Iterator[Message]]) -> None:
        try:
            messages = await asyncio.to_thread(lambda: list(look()))
        except AWAY as error:
            log.debug("%s", error)
            return
        self._hub.send(*messages)

    def _quota(self) -> Iterator[Message]:
        settings = self._services.settings
        state = self._services.limiter.state(settings.credential)
        second = self._pace.note(state, self._services.clock())
        yield of_quota(second.at, second.grants, second.refusals, float(settings.rate), state)

    def _scans(self) -> Iterator[Message]:
        """Yield how far the scans are that run, or did when looked at last, if they have moved."""
        recent = self._services.scans.recent(limit=NEWEST_SCANS)
        running = {each.id for each in recent if each.state is ScanState.RUNNING}
        shown = [each for each in recent if each.id in running | self._running]
        self._running = running
        for view in views(self._services, shown) if shown else ():
            if self._told.get(view.id) != (now := _moved(view)):
                self._told[view.id] = now
                yield of_scan(view, view.id)
        self._told = {scan_id: told for scan_id, told in self._told.items() if scan_id in running}


def _moved(view: ScanView) -> str:
    """Return what of a scan is worth a message; its time left runs by itself."""
    return view.model_dump_json(exclude={"seconds_left", "expected_end"})
