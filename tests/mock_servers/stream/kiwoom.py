"""Kiwoom's own WebSocket: LOGIN, REG, REMOVE, REAL, PING and SYSTEM, in JSON text.

Codes R10001, R10002, R10004 and 805004 were seen by client authors; where only the code is known,
its text is ours. Not published, and so a choice made here: what more than 100 codes a group, an
unknown type and a request without its fields are answered (1).
"""

import asyncio
import json
from typing import NamedTuple, NoReturn

from tests.mock_servers.kiwoom.wire import KOREA
from tests.mock_servers.signed import claims_of
from tests.mock_servers.stream.connection import Connection
from tests.mock_servers.stream.hub import Hub
from tests.mock_servers.stream.kiwoom_frames import NAMES, SILENT, entries
from tests.mock_servers.stream.tape import Tape

MOST_OF_A_GROUP = 100  # codes
MISSED_PINGS = 5
TEXTS = {
    "R10001": "동일한 App key로 접속이 되었습니다. 기존 연결을 종료합니다.",
    "R10002": "응답이 없어 연결을 종료합니다.",
    "R10004": "로그인이 확인되지 않아 연결을 종료합니다.",
}
BAD_TOKEN = "로그인 인증에 실패했습니다 [CODE=8005, MESSAGE=Token이 유효하지 않습니다]"


class Registration(NamedTuple):
    """One item of one type, like 005930 and 0B."""

    item: str
    type: str


class BadRequest(ValueError):
    """A request lacks what it needs; the message is the answer's."""


class KiwoomSession:
    """One client."""

    def __init__(
        self, connection: Connection, hub: Hub, tape: Tape, sessions: dict[str, "KiwoomSession"]
    ) -> None:
        """Take a client in; ``sessions`` are those logged in, by key: one a key."""
        self.connection = connection
        self._hub = hub
        self._tape = tape
        self._sessions = sessions
        self._key: str | None = None
        self._groups: dict[str, dict[Registration, None]] = {}
        self._missed = 0
        self._deadline: asyncio.TimerHandle | None = None

    def opened(self) -> None:
        """Wait for a LOGIN."""
        if self._hub.faults.strikes("early_ping"):
            self._send({"trnm": "PING"})  # seen on the live host: before the answer to LOGIN
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self._hub.pace.login, self._end, "R10004")

    def heard(self, text: str) -> None:
        """Take a message; before the login only LOGIN and PING."""
        try:
            message = json.loads(text)
            name = message["trnm"]
        except (ValueError, TypeError, KeyError, RecursionError):
            self._send({"trnm": "", "return_code": 1, "return_msg": "want JSON with a trnm"})
            return
        if name == "PING":
            self._missed = 0
        elif name == "LOGIN":
            self._login(str(message.get("token", "")))
        elif self._key is None:
            self._end("R10004")
        else:
            self._answer(name, message)

    def tick(self, tick: int) -> None:
        """Send what happened, a frame an item."""
        clock = f"{self._hub.now().astimezone(KOREA):%H%M%S}"
        by_item: dict[str, dict[str, None]] = {}
        for group in self._groups.values():
            for item, kind in group:
                by_item.setdefault(item, {})[kind] = None
        for item, kinds in by_item.items():
            data = [
                entry
                for kind in kinds
                if kind in NAMES
                for entry in entries(self._tape, item, kind, tick, clock)
            ]
            if data:
                frame = _written({"data": data, "trnm": "REAL"})
                self.connection.send(self._hub.faults.spoilt(frame))

    def ping(self) -> None:
        """Send PING; a client that has missed five is told so and sent away."""
        if self._missed >= MISSED_PINGS:
            self._end("R10002")
            return
        self._missed += 1
        self._send({"trnm": "PING"})

    def gone(self) -> None:
        """Free the key."""
        if self._deadline:
            self._deadline.cancel()
        if self._key is not None and self._sessions.get(self._key) is self:
            del self._sessions[self._key]

    def follows(self) -> list[str]:
        """Return what is registered, like 005930 0B."""
        return [f"{item} {kind}".strip() for group in self._groups.values() for item, kind in group]

    def _login(self, access_token: str) -> None:
        claims = claims_of(access_token, "kiwoom")
        alive = claims is not None and claims["exp"] > self._hub.now().timestamp()
        if claims is None or not alive or self._hub.faults.strikes("refuse_key"):
            self._hub.refused["805004"] += 1
            self._send({"trnm": "LOGIN", "return_code": 805004, "return_msg": BAD_TOKEN})
            self.connection.close()
            return
        if self._deadline:
            self._deadline.cancel()
        self._key = claims["key"]
        earlier = self._sessions.get(self._key)
        if earlier is not None and earlier is not self:
            earlier._end("R10001")
        self._sessions[self._key] = self
        self._send({"trnm": "LOGIN", "return_code": 0, "return_msg": "", "sor_yn": "Y"})

    def _answer(self, name: object, message: dict[str, object]) -> None:
        """Carry out REG and REMOVE; what is refused changes nothing."""
        try:
            match name:
                case "REG":
                    self._register(message)
                case "REMOVE":
                    self._remove(message)
                case _:
                    _refuse("trnm: want LOGIN, REG, REMOVE or PING")
        except BadRequest as error:
            self._hub.refused["1"] += 1
            self._send({"trnm": name, "return_code": 1, "return_msg": str(error)})
        else:
            self._send({"trnm": name, "return_code": 0, "return_msg": ""})

    def _register(self, message: dict[str, object]) -> None:
        group = str(message.get("grp_no", ""))
        kept = self._groups.get(group, {}) if str(message.get("refresh", "1")) == "1" else {}
        wanted = {**kept, **dict.fromkeys(_registrations(message))}
        if len({each.item for each in wanted}) > MOST_OF_A_GROUP:
            _refuse(f"등록 가능한 종목 수({MOST_OF_A_GROUP})를 초과하였습니다")
        self._groups[group] = wanted

    def _remove(self, message: dict[str, object]) -> None:
        group = str(message.get("grp_no", ""))
        unwanted = set(_registrations(message))
        kept = self._groups.get(group, {})
        self._groups[group] = {each: None for each in kept if each not in unwanted}

    def _end(self, code: str) -> None:
        self._send({"trnm": "SYSTEM", "code": code, "message": TEXTS[code]})
        self.connection.close()

    def _send(self, frame: dict[str, object]) -> None:
        self.connection.send(_written(frame))


def _registrations(message: dict[str, object]) -> list[Registration]:
    """Return what a REG or REMOVE names: every item with every type of its entry.

    Raises:
        BadRequest: an entry is of another form, or a type is unknown.
    """
    given = message.get("data")
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        _refuse("data: want a list of {item: [...], type: [...]}")
    found: list[Registration] = []
    for entry in given:
        items, types = _texts(entry.get("item")), _texts(entry.get("type"))
        unknown = [kind for kind in types if kind not in NAMES and kind not in SILENT]
        if not types or unknown:
            _refuse(f"type: {', '.join(unknown) or 'none'}: want 0A, 0B, 0C, 0D, 0J, 0s")
        found += [Registration(item, kind) for item in items or [""] for kind in types]
    return found


def _refuse(answer: str) -> NoReturn:
    raise BadRequest(answer)


def _texts(given: object) -> list[str]:
    return [str(each) for each in given] if isinstance(given, list) else []


def _written(frame: dict[str, object]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
