"""Keep what was found, tell those who follow, and see to it that no ticker is forgotten.

It needs no broker: what failed for want of one must be recorded all the same.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from app.domain import Outcome, Scan, Status, Ticker
from app.plan import failed
from app.queues import Queues, ScanRequest
from app.signals.feed import Feed
from app.signals.notify import Messenger
from app.signals.rows import Change
from app.signals.scans import ScanStore
from app.signals.store import SignalStore

MOST_ROUNDS = 3  # of sending again; a ticker lost four times kills its worker
SETTLING = timedelta(seconds=30)  # a scan's own sending, and an announcement, take less

log = logging.getLogger(__name__)


class Keeper:
    """Carry out what stands on the queue ``signals``, and sweep after it."""

    def __init__(
        self,
        *,
        scans: ScanStore,
        signals: SignalStore,
        queues: Queues,
        feed: Feed,
        messenger: Messenger,
        clock: Callable[[], datetime],
    ) -> None:
        self._scans = scans
        self._signals = signals
        self._queues = queues
        self._feed = feed
        self._messenger = messenger
        self._clock = clock

    def keep(self, outcome: Outcome) -> None:
        """Keep an outcome and its signals once, and announce what is new or has changed."""
        kept = self._signals.keep(outcome, now=self._clock())
        self._announce(kept.changes)
        if kept.closed:
            self._feed.announce([{"type": "scan", "id": outcome.scan_id, "state": "done"}])
            self._have_messages_sent()

    def fail_scan(self, request: ScanRequest, reason: str) -> None:
        """Record that a scan could not be started."""
        now = self._clock()
        self._scans.record_failure(failed(request, reason, now), now=now)
        self._feed.announce([{"type": "scan", "id": request.id, "state": "failed"}])

    def fail_ticker(self, ticker: Ticker, scan_id: str, reason: str) -> None:
        """Hand on that a ticker could not be scanned; nothing when there is no such scan."""
        if self._scans.load(scan_id) is None:
            return
        calls, refused = self._queues.count_calls(scan_id, ticker, 0, 0)
        outcome = Outcome(
            scan_id=scan_id,
            ticker=ticker,
            status=Status.FAILED,
            reason=reason,
            calls=calls,
            refused=refused,
        )
        self._queues.send_outcome(outcome)

    def sweep(self) -> None:
        """Send lost tickers again, close overdue scans, announce what was kept in silence."""
        now = self._clock()
        self._queues.note_sweep(now)
        self._announce(self._signals.unannounced(before=now - SETTLING))
        for scan in self._scans.running():
            if now > scan.deadline:
                trouble = self._queues.trouble()
                reason = "the scan's deadline passed" + (f"; lately: {trouble}" if trouble else "")
                self._give_up(scan, Status.NOT_REACHED, reason, now)
            elif now > scan.created_at + SETTLING:
                self._send_lost(scan, now)
        self._have_messages_sent()

    def send_messages(self) -> None:
        """Send one message that is due, and leave the others to tasks behind those that wait."""
        if self._messenger.send_next():
            self._have_messages_sent()

    def _have_messages_sent(self) -> None:
        if self._messenger.has_work():
            self._queues.send_messages()

    def _send_lost(self, scan: Scan, now: datetime) -> None:
        on_its_way = self._queues.open_tickers(scan.id)
        lost = [each for each in self._scans.open_tickers(scan.id) if each not in on_its_way]
        if not lost:
            return
        if self._scans.count_round(scan.id, most=MOST_ROUNDS):
            log.warning("scan %s: %d tickers were lost and are sent again", scan.id, len(lost))
            self._queues.send_tickers(scan, lost)
        elif not on_its_way:
            tries = MOST_ROUNDS + 1
            self._give_up(scan, Status.FAILED, f"sent {tries} times without an outcome", now)

    def _give_up(self, scan: Scan, status: Status, reason: str, now: datetime) -> None:
        number = self._scans.give_up(scan.id, status, reason, now=now)
        log.warning("scan %s closed, %d tickers %s: %s", scan.id, number, status, reason)
        self._feed.announce([{"type": "scan", "id": scan.id, "state": "overdue"}])

    def _announce(self, changes: Sequence[Change]) -> None:
        if not changes:
            return
        self._feed.announce([_message(change) for change in changes])
        self._signals.mark_announced(changes, now=self._clock())


def _message(change: Change) -> dict[str, object]:
    return {
        "type": "signal",
        "id": change.id,
        "signal_id": change.signal_id,
        "kind": change.kind,
        "at": change.at.isoformat(),
        "signal": change.signal.model_dump(mode="json"),
        "standing": change.standing.model_dump(mode="json"),
    }
