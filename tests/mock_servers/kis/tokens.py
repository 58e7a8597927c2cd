"""Access tokens by the rules of KIS: 24 hours, the same one for 6 hours, one call a minute.

Tokens are signed with a constant, so that a server started anew still knows its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tests.mock_servers.kis.wire import KOREA, Body, Refusal, gateway_refusal, issue_refusal
from tests.mock_servers.signed import claims_of, digest, new_token

LIFE_SECONDS = 24 * 3600
SAME_TOKEN_SECONDS = 6 * 3600
COOLDOWN_SECONDS = 60


@dataclass(frozen=True)
class _Issued:
    """The newest token of a key; times are seconds since 1970."""

    access_token: str
    at: float
    asked_at: float


class Tokens:
    """Issues and checks the tokens of every key.

    ``app_keys``: the only pairs taken; empty: any key, bound to the first secret seen with it.
    """

    def __init__(self, app_keys: Mapping[str, str], now: Callable[[], float]) -> None:
        self._only_given = bool(app_keys)
        self._secrets = dict(app_keys)
        self._now = now
        self.forget()

    def forget(self) -> None:
        """Forget which tokens were issued, revoked and expired; those alive stay valid."""
        self._issued: dict[str, _Issued] = {}
        self._revoked: set[str] = set()
        self._expired: set[str] = set()

    def issue(self, key: str, secret: str) -> Body:
        """Return the answer with a token.

        Raises:
            Refusal: the pair is wrong, or the last token was asked for less than a minute ago.
        """
        self.check_issue(key, secret)
        now = self._now()
        last = self._issued.get(key)
        if last and now - last.asked_at < COOLDOWN_SECONDS:
            raise issue_refusal("EGW00133")
        if last and now - last.at < SAME_TOKEN_SECONDS and last.access_token not in self._revoked:
            self._issued[key] = _Issued(last.access_token, last.at, now)
        else:
            access_token = new_token("kis", key, issued=now, ends=now + LIFE_SECONDS)
            self._issued[key] = _Issued(access_token, now, now)
        issued = self._issued[key]
        ends = issued.at + LIFE_SECONDS
        return {
            "access_token": issued.access_token,
            "access_token_token_expired": f"{datetime.fromtimestamp(ends, KOREA):%Y-%m-%d %X}",
            "token_type": "Bearer",
            "expires_in": int(ends - now),
        }

    def check_issue(self, key: str, secret: str) -> None:
        """Refuse a call about tokens whose key and secret do not belong together."""
        if not self._known(key):
            raise issue_refusal("EGW00103")
        if not self._fits(key, secret):
            raise issue_refusal("EGW00105")

    def check_pair(self, key: str, secret: str) -> None:
        """Refuse a call whose key and secret do not belong together."""
        if not self._known(key) or not self._fits(key, secret):
            raise gateway_refusal("EGW00304")

    def check(self, authorization: str, key: str, secret: str) -> None:
        """Refuse a call whose headers do not prove who asks."""
        kind, _, access_token = authorization.partition(" ")
        if kind != "Bearer":
            raise gateway_refusal("EGW00205")
        self.check_pair(key, secret)
        claims = claims_of(access_token, "kis")
        if claims is None or claims["key"] != digest(key) or access_token in self._revoked:
            raise gateway_refusal("EGW00121")
        if access_token in self._expired or claims["exp"] <= self._now():
            raise gateway_refusal("EGW00123")

    def revoke(self, access_token: str, key: str, secret: str) -> None:
        """End a token before its time."""
        self.check_issue(key, secret)
        claims = claims_of(access_token, "kis")
        if claims is None or claims["key"] != digest(key) or access_token in self._revoked:
            raise issue_refusal("EGW00121")
        self._revoked.add(access_token)

    def expire(self, access_token: str) -> Refusal:
        """Treat a token as if its 24 hours were over, and return the refusal it now meets."""
        self._expired.add(access_token)
        self._issued = {
            key: issued
            for key, issued in self._issued.items()
            if issued.access_token != access_token
        }
        return gateway_refusal("EGW00123")

    def _known(self, key: str) -> bool:
        return bool(key) and (key in self._secrets or not self._only_given)

    def _fits(self, key: str, secret: str) -> bool:
        return bool(secret) and self._secrets.setdefault(key, secret) == secret
