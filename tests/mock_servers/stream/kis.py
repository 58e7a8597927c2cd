"""KIS' own WebSocket: an approval key with every request, ``|`` and ``^`` in every record.

Not published, and so a choice made here: PINGPONG every ``--ping`` seconds, and the end after ten
that nobody has answered.
"""

import json
from datetime import datetime

from tests.mock_servers.kis.approval import approval_of
from tests.mock_servers.kis.wire import KOREA
from tests.mock_servers.stream.connection import Connection
from tests.mock_servers.stream.hub import Hub
from tests.mock_servers.stream.kis_frames import SERVED, SILENT, frame
from tests.mock_servers.stream.tape import Tape

MOST_REGISTRATIONS = 41
MISSED_PINGS = 10
TEXTS = {  # rt_cd and msg1 by msg_cd
    "OPSP0000": ("0", "SUBSCRIBE SUCCESS"),
    "OPSP0001": ("0", "UNSUBSCRIBE SUCCESS"),
    "OPSP0002": ("1", "ALREADY IN SUBSCRIBE"),
    "OPSP0003": ("1", "UNSUBSCRIBE ERROR(not found!)"),
    "OPSP0008": ("1", "MAX SUBSCRIBE OVER"),
    "OPSP0011": ("1", "invalid approval : NOT FOUND"),
    "OPSP8991": ("1", "invalid tr_id"),
    "OPSP8992": ("1", "invalid tr_key"),
    "OPSP8996": ("9", "ALREADY IN USE appkey"),
    "OPSP8997": ("1", "invalid tr_type"),
    "OPSP8998": ("1", "invalid custtype"),
    "OPSP9999": ("1", "JSON PARSING ERROR"),
}


class KisSession:
    """One client."""

    def __init__(
        self, connection: Connection, hub: Hub, tape: Tape, sessions: dict[str, "KisSession"]
    ) -> None:
        """Take a client in; ``sessions`` are those that have subscribed, by account: one each."""
        self.connection = connection
        self._hub = hub
        self._tape = tape
        self._sessions = sessions
        self._account: str | None = None
        self._registered: dict[tuple[str, str], None] = {}
        self._missed = 0

    def opened(self) -> None:
        """Say nothing: the client begins."""

    def heard(self, text: str) -> None:
        """Take a request, or the answer to a PINGPONG."""
        try:
            message = json.loads(text)
            header, given = message["header"], message.get("body", {}).get("input", {})
            tr_id, tr_key = str(given.get("tr_id", "")), str(given.get("tr_key", ""))
            if header.get("tr_id") == "PINGPONG":
                self._missed = 0
                return
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self._answer("OPSP9999", "(null)", "")
            return
        approval_key = str(header.get("approval_key", ""))
        code = self._refusal_of(approval_key, header.get("custtype", "P")) or self._carry_out(
            header.get("tr_type"), tr_id, tr_key
        )
        if code == "OPSP8996":
            tr_id, tr_key = "(null)", ""
        self._answer(code, tr_id, tr_key)

    def tick(self, tick: int) -> None:
        """Send what happened, a frame a registration."""
        now = self._now()
        at = (f"{now:%Y%m%d}", f"{now:%H%M%S}")
        for tr_id, ticker in self._registered:
            told = frame(self._tape, tr_id, ticker, tick, at)
            if told is not None:
                self.connection.send(self._hub.faults.spoilt(told))

    def ping(self) -> None:
        """Send PINGPONG; a client that has missed ten is sent away."""
        if self._missed >= MISSED_PINGS:
            self.connection.close()
            return
        self._missed += 1
        header = {"tr_id": "PINGPONG", "datetime": f"{self._now():%Y%m%d%H%M%S}"}
        self.connection.send(json.dumps({"header": header}, separators=(",", ":")))

    def gone(self) -> None:
        """Free the account."""
        if self._account is not None and self._sessions.get(self._account) is self:
            del self._sessions[self._account]

    def follows(self) -> list[str]:
        """Return what is registered, like H0STCNT0 005930."""
        return [f"{tr_id} {tr_key}" for tr_id, tr_key in self._registered]

    def _refusal_of(self, approval_key: str, custtype: object) -> str | None:
        """Return why this client may not ask; None: it may, and its account is its own."""
        approval = approval_of(approval_key)
        alive = approval is not None and approval.ends > self._hub.now().timestamp()
        if approval is None or not alive or self._hub.faults.strikes("refuse_key"):
            return "OPSP0011"
        if self._sessions.setdefault(approval.account, self) is not self:
            return "OPSP8996"
        self._account = approval.account
        return None if custtype in ("P", "B") else "OPSP8998"

    def _carry_out(self, tr_type: object, tr_id: str, tr_key: str) -> str:
        """Register or cancel; return the code of the answer."""
        if tr_id not in SERVED + SILENT:
            return "OPSP8991"
        if tr_id in SERVED and self._tape.course(tr_key) is None:
            return "OPSP8992"
        match tr_type:
            case "1":
                return self._register((tr_id, tr_key))
            case "2":
                known = self._registered.pop((tr_id, tr_key), True) is None
                return "OPSP0001" if known else "OPSP0003"
            case _:
                return "OPSP8997"

    def _register(self, wanted: tuple[str, str]) -> str:
        if wanted in self._registered:
            return "OPSP0002"
        if len(self._registered) >= MOST_REGISTRATIONS:
            return "OPSP0008"
        self._registered[wanted] = None
        return "OPSP0000"

    def _answer(self, code: str, tr_id: str, tr_key: str) -> None:
        rt_cd, msg1 = TEXTS[code]
        if rt_cd != "0":
            self._hub.refused[code] += 1
        body: dict[str, object] = {"rt_cd": rt_cd, "msg_cd": code, "msg1": msg1}
        if code == "OPSP0000":  # what order notices are encrypted with; prices are not
            body["output"] = {"iv": "0123456789abcdef", "key": "0123456789abcdef" * 2}
        header = {"tr_id": tr_id, "tr_key": tr_key, "encrypt": "N"}
        self.connection.send(json.dumps({"header": header, "body": body}, separators=(",", ":")))

    def _now(self) -> datetime:
        return self._hub.now().astimezone(KOREA)
