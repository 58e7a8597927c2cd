"""Messages to people: one digest a scan and receiver, sent beside the scans and never in their way.

One call sends to one receiver and takes seconds at most; what failed waits in the database until it
is due again.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from app.signals.digest import digest
from app.signals.messages import Claim, MessageStore
from app.signals.receivers import BadReceiver, Delivery, Receiver
from app.signals.words import Words

log = logging.getLogger(__name__)


class Messenger:
    """Tells receivers what scans have changed. ``invented``: the prices are those of a mock."""

    def __init__(
        self,
        receivers: Sequence[Receiver],
        store: MessageStore,
        words: Words,
        *,
        invented: bool,
        clock: Callable[[], datetime],
    ) -> None:
        self._receivers = receivers
        self._store = store
        self._words = words
        self._invented = invented
        self._clock = clock

    def has_work(self) -> bool:
        """Say whether somebody is to be told something now."""
        names = [receiver.name for receiver in self._receivers]
        return bool(names) and self._store.waits(names, now=self._clock())

    def send_next(self) -> bool:
        """Send one message; False when nobody is to be told anything now."""
        for receiver in self._receivers:
            claim = self._store.claim(receiver.name, now=self._clock())
            if claim:
                self._note(claim, self._send(receiver, claim))
                return True
        return False

    def _send(self, receiver: Receiver, claim: Claim) -> Delivery:
        try:
            room = receiver.room
            message = digest(claim.telling, self._words, room=room, invented=self._invented)
            return receiver.send(message.title, message.text)
        except BadReceiver as error:
            return Delivery(str(error))

    def _note(self, claim: Claim, delivery: Delivery) -> None:
        if delivery.ok:
            self._store.succeeded(claim)
            log.info("%s was told: %d new or changed", claim.receiver, len(claim.telling.changes))
            return
        now = self._clock()
        due = self._store.failed(claim, delivery.reason, unsure=delivery.unsure, now=now)
        then = f"tried again in {(due - now).seconds} s" if due else "given up"
        log.warning("%s was not told (%s), %s", claim.receiver, delivery.reason, then)
