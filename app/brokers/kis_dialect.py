"""How KIS says no: by ``rt_cd``, by a code, by the HTTP status, and most of it with HTTP 500."""

from typing import Final

from app.brokers.errors import (
    BrokerError,
    BrokerRefused,
    BrokerUnavailable,
    KeyRefused,
    TokenRefused,
    TokenUnavailable,
)
from app.brokers.reading import Answer, Trouble

# Codes: the list on KIS' portal, and what clients have seen beside it.
RATE_CODES: Final = (b'"EGW00201"', b'"EGW00215"')  # a second's calls; those of the ledger
TOKEN_CODES: Final = {"EGW00121", "EGW00122", "EGW00123"}  # unknown, not found, expired
KEY_CODES: Final = {
    *("EGW00102", "EGW00103", "EGW00104", "EGW00105", "EGW00304"),  # missing, wrong, not a pair
    "EGW02004",  # a paper key on the live host
    "OPSQ2000",  # account number
}
TOO_SOON: Final = "EGW00133"  # one access token a minute
PASSING_CODES: Final = {  # faults of the gateway: the only EGW codes that another try may cure
    *("EGW00001", "EGW00002", "EGW00202", "EGW00203", "EGW00204"),
    *("EGW00300", "EGW00301", "EGW00302"),
}


class KisDialect:
    """Reads what KIS complains of."""

    def refused_for_rate(self, status: int, body: bytes) -> bool:
        """Say whether KIS counted one request too many."""
        return any(code in body for code in RATE_CODES)

    def trouble(self, status: int, answer: Answer) -> Trouble | None:
        """Return what the answer complains of; tokenP has names of its own for code and text."""
        code = str(answer.get("msg_cd") or answer.get("error_code") or "")
        text = str(answer.get("msg1") or answer.get("error_description") or "").strip()
        if status == 200 and str(answer.get("rt_cd", "0")) == "0":
            return None
        error = _error(status, code)
        if error is KeyRefused:
            text += ": check KIS_APP_KEY, KIS_APP_SECRET, KIS_ACCOUNT_NO, and their KIS_ENV"
        return Trouble(error, code or f"HTTP {status}", text or "no reason given")


def _error(status: int, code: str) -> type[BrokerError]:
    if code in TOKEN_CODES:
        return TokenRefused
    if code in KEY_CODES:
        return KeyRefused
    if code == TOO_SOON:
        return TokenUnavailable
    if code in PASSING_CODES or (status >= 500 and not code.startswith("EGW")):
        return BrokerUnavailable
    return BrokerRefused
