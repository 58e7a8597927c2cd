"""Access tokens by the rules of Kiwoom: 24 hours, and a new one ends the one before.

Every mock knows a token by its signature; that one was replaced, revoked or expired is known only
to the server that did it.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from tests.mock_servers.kiwoom.wire import KOREA, Body, Refusal, refusal
from tests.mock_servers.signed import Claims, claims_of, digest, new_token

LIFE_SECONDS = 24 * 3600
GRANTS = ("client_credentials", "refresh_token")  # the second: what an older mock took as well


class Tokens:
    """Issues and checks the tokens of every key.

    ``app_keys``: the only pairs taken; empty: any key, bound to the first secret seen with it.
    ``other_keys``: keys of the other environment, live or paper.
    """

    def __init__(
        self,
        app_keys: Mapping[str, str],
        now: Callable[[], float],
        other_keys: Collection[str] = (),
    ) -> None:
        self._only_given = bool(app_keys)
        self._secrets = dict(app_keys)
        self._other_keys = other_keys
        self._now = now
        self.forget()

    def forget(self) -> None:
        """Forget which tokens were issued and ended; those within their 24 hours are valid."""
        self._newest: dict[str, str] = {}
        self._ended: set[str] = set()

    def issue(self, asked: Mapping[str, str]) -> Body:
        """Return the answer to a call for a token; the key's earlier token has ended with it.

        Raises:
            Refusal: a field is missing, or the pair is wrong.
        """
        if not asked.get("grant_type"):
            raise refusal("8011")
        if asked["grant_type"] not in GRANTS:
            raise refusal("8012")
        key = self._checked_key(asked)
        now = self._now()
        ends = now + LIFE_SECONDS
        access_token = new_token("kiwoom", key, issued=now, ends=ends)
        self._end(self._newest.get(digest(key), ""))
        self._newest[digest(key)] = access_token
        return {
            "expires_dt": f"{datetime.fromtimestamp(ends, KOREA):%Y%m%d%H%M%S}",
            "token_type": "bearer",
            "token": access_token,
            "expires_in": LIFE_SECONDS,  # the real answer has none; one client wants it
        }

    def revoke(self, asked: Mapping[str, str]) -> None:
        """End a token before its time."""
        key = self._checked_key(asked)
        access_token = asked.get("token", "")
        if not access_token:
            raise refusal("8016")
        claims = self._alive(access_token)
        if claims is None or claims["key"] != digest(key):
            raise refusal("8015")
        self._end(access_token)

    def check(self, authorization: str) -> None:
        """Refuse a call whose header does not prove who asks."""
        kind, _, access_token = authorization.strip().partition(" ")
        if not authorization.strip():
            raise refusal("1513")
        if kind.lower() != "bearer":
            raise refusal("1514")
        if not access_token.strip():
            raise refusal("1516")
        claims = self._alive(access_token.strip())
        if claims is None:
            raise refusal("8005")
        if claims["key"] in map(digest, self._other_keys):
            raise refusal("8031")

    def expire(self, access_token: str) -> Refusal:
        """Treat a token as if its 24 hours were over, and return the refusal it now meets."""
        self._end(access_token)
        return refusal("8005")

    def _checked_key(self, asked: Mapping[str, str]) -> str:
        """Return the app key of a call whose key and secret belong together."""
        key, secret = asked.get("appkey", ""), asked.get("secretkey", "")
        if not key or not secret:
            raise refusal("8020")
        if key in self._other_keys:
            raise refusal("8030")
        if self._only_given and key not in self._secrets:
            raise refusal("8001")
        if self._secrets.setdefault(key, secret) != secret:
            raise refusal("8001")
        return key

    def _alive(self, access_token: str) -> Claims | None:
        claims = claims_of(access_token, "kiwoom")
        if claims is None or access_token in self._ended or claims["exp"] <= self._now():
            return None
        return claims

    def _end(self, access_token: str) -> None:
        self._ended.add(access_token)


def account_of(authorization: str) -> str | None:
    """Return the name of the account that a call's token belongs to; None: it proves none."""
    claims = claims_of(authorization.strip().partition(" ")[2].strip(), "kiwoom")
    return claims["key"] if claims else None
