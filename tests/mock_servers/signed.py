"""Access tokens signed with a constant, so that every mock server knows what another has issued."""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Literal, TypedDict

Issuer = Literal["kis", "kiwoom"]
_SIGNING_KEY = b"mock broker"


class Claims(TypedDict):
    """What a token says of itself: whose it is, and its end in seconds since 1970."""

    key: str  # the digest of an app key
    exp: int


def new_token(issuer: Issuer, key: str, *, issued: float, ends: float) -> str:
    """Return a token of the app key ``key``, unlike every other; times in seconds since 1970."""
    unique = {"iss": issuer, "jti": secrets.token_hex(8), "iat": int(issued)}
    claims = Claims(key=digest(key), exp=int(ends))
    head = _encoded(json.dumps({"typ": "JWT", "alg": "HS256"}).encode())
    body = _encoded(json.dumps({**unique, **claims}).encode())
    return f"{head}.{body}.{_signature(f'{head}.{body}')}"


def claims_of(access_token: str, issuer: Issuer) -> Claims | None:
    """Return the claims of a token; None if no mock of this broker has signed it."""
    signed, _, signature = access_token.rpartition(".")
    if not hmac.compare_digest(_signature(signed).encode(), signature.encode()):
        return None
    body = signed.partition(".")[2]
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    return Claims(key=claims["key"], exp=claims["exp"]) if claims["iss"] == issuer else None


def digest(key: str) -> str:
    """Return how an app key is named where it must not be read."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _signature(text: str) -> str:
    return _encoded(hmac.digest(_SIGNING_KEY, text.encode(), "sha256"))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
