"""The approval key of KIS' WebSocket: 24 hours, shaped as a UUID, known by its signature.

Its 16 bytes: when it ends, whose it is, and a signature over both; so the mock WebSocket server
knows what the mock REST server has issued.
"""

import hmac
from typing import NamedTuple
from uuid import UUID

from tests.mock_servers.signed import digest

LIFE_SECONDS = 24 * 3600
_SIGNING_KEY = b"mock approval"


class Approval(NamedTuple):
    """Whose an approval key is (part of the app key's digest), and its end, seconds since 1970."""

    account: str
    ends: int


def new_approval_key(key: str, now: float) -> str:
    """Return a key for the app key ``key``; within a second it is the same one."""
    claims = (int(now) + LIFE_SECONDS).to_bytes(4, "big") + bytes.fromhex(digest(key)[:12])
    return str(UUID(bytes=claims + _signature(claims)))


def approval_of(approval_key: str) -> Approval | None:
    """Return what an approval key says; None if no mock has issued it."""
    try:
        told = UUID(approval_key).bytes
    except ValueError:
        return None
    claims, signature = told[:10], told[10:]
    if not hmac.compare_digest(_signature(claims), signature):
        return None
    return Approval(claims[4:].hex(), int.from_bytes(claims[:4], "big"))


def _signature(claims: bytes) -> bytes:
    return hmac.digest(_SIGNING_KEY, claims, "sha256")[:6]
