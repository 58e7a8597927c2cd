"""How Kiwoom says no: by a class in ``return_code``, a code inside the message, most with HTTP 200.

The precise code stands in ``return_msg``: ``…[1504:text]``, ``…[CODE=8005, MESSAGE=text]`` or, from
behind the gateway, ``[2000](RC4058:text)``.
"""

import re
from typing import Final

from app.brokers.errors import (
    BrokerError,
    BrokerRefused,
    BrokerUnavailable,
    KeyRefused,
    TokenRefused,
)
from app.brokers.reading import Answer, Trouble

# Codes: the table of Kiwoom's specification, and what clients have seen beside it.
RATE_CODES: Final = {"1700", "1701", "1702"}  # of one call, of all, of a group
TOKEN_CODES: Final = {"8003", "8005", "8031", "8103"}  # unknown, ended, of another host, terminal
KEY_CODES: Final = {
    *("8001", "8002", "8020", "8030", "8040", "8200"),  # wrong, missing, of another host, not ours
    *("8010", "8050"),  # this address is not on the key's list, or not the token's
}
PASSING_CODES: Final = {"1687", "1999", "8006", "8009"}  # faults of theirs: another try may do
ABSENT_CODES: Final = {"1902", "1903", "2000"}  # no such ticker, not at that exchange, no data

WHAT_TO_CHECK = "KIWOOM_APP_KEY, KIWOOM_SECRET_KEY, KIWOOM_ENV, and the addresses at Kiwoom"

_CODE = r"\[(?:CODE=)?([0-9]{4})(?:[:,]|\](?:\(([A-Z]*[0-9]+):)?)"
_IN_BODY = re.compile(rb'"return_msg"\s*:\s*"(?:[^"\\]|\\.)*?' + _CODE.encode())
_IN_TEXT = re.compile(_CODE)


class KiwoomDialect:
    """Reads what Kiwoom complains of."""

    def refused_for_rate(self, status: int, body: bytes) -> bool:
        """Say whether Kiwoom counted one request too many, with HTTP 429 or 200.

        The code decides where there is one: 1634, too many tickers in one call, has the same
        class, and no waiting cures it.
        """
        found = _IN_BODY.search(body)
        return found[1].decode() in RATE_CODES if found else status == 429

    def trouble(self, status: int, answer: Answer) -> Trouble | None:
        """Return what the answer complains of; ``return_code`` is a number or digits."""
        given = str(answer.get("return_code", "0")).strip()
        if status == 200 and given.isdecimal() and int(given) == 0:
            return None
        text = str(answer.get("return_msg") or answer.get("error") or "").strip()
        code = _code_in(text) or (given if len(given) == len("8005") else "")
        error = _error(status, code)
        if error is KeyRefused:
            text += f": check {WHAT_TO_CHECK}"
        told = code or (f"HTTP {status}" if status != 200 else f"return_code {given}")
        return Trouble(error, told, text or "no reason given")


def _code_in(text: str) -> str:
    found = _IN_TEXT.search(text)
    return "" if found is None else found[2] or found[1]


def _error(status: int, code: str) -> type[BrokerError]:
    if code in TOKEN_CODES or (status == 401 and not code):
        return TokenRefused
    if code in KEY_CODES:
        return KeyRefused
    if code in PASSING_CODES or (status >= 500 and not code):
        return BrokerUnavailable
    return BrokerRefused
