"""Where the access token of all processes lies: Redis, under a credential's name and host.

``token:NAME@HOST`` holds the token, ``token:NAME@HOST:attempt`` the last request for one and what
it came to. Who puts the second key there may ask; the key stays for the broker's cooldown, so a
failed or killed request is not repeated within it. Both last as long as they mean something.
"""

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError
from redis import Redis

# KEYS[1] the token's key; ARGV[1] what it must hold, ARGV[2] what it shall hold for the same time.
# Returns 1, or 0 when another token has taken its place. Reads no clock.
_SWAP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""


class StoredToken(BaseModel):
    """An access token; times are seconds since 1970."""

    owner: str
    access_token: str = Field(repr=False)
    expires_at: float
    renew_at: float
    refused: bool = False
    given_again_at: float = 0.0  # the broker issued it once more after refusing it

    def is_good(self, now: float) -> bool:
        """Say whether it can be sent."""
        return not self.refused and now < self.expires_at


class State(StrEnum):
    """What a request for a token came to."""

    ASKING = "asking"
    ISSUED = "issued"
    FAILED = "failed"
    KEY_REFUSED = "key refused"


class Attempt(BaseModel):
    """The last request for a token; ``reason`` says why it brought none that works."""

    owner: str
    state: State
    reason: str = ""
    code: str = ""


_Record = TypeVar("_Record", StoredToken, Attempt)


class TokenStore:
    """The access token of one account, and the right to ask for one; raises RedisError."""

    def __init__(
        self,
        redis: Redis,
        name: str,
        *,
        base_url: str,
        key_pair: Sequence[str],
        cooldown_seconds: float,
    ) -> None:
        """Keep what belongs to ``key_pair`` at ``base_url``; nothing else is seen."""
        self._redis = redis
        self._cooldown_ms = _ms(cooldown_seconds)
        # The host stands in the key, so that a paper and a live account never share a token.
        host = urlsplit(base_url).netloc.rpartition("@")[2]
        self._token_key = f"token:{name}@{host}"
        self._attempt_key = f"{self._token_key}:attempt"
        # A token, and a refusal, mean nothing to another key: a digest tells whose they are.
        self._owner = hashlib.sha256("\n".join((base_url, *key_pair)).encode()).hexdigest()[:16]
        self._swap = redis.register_script(_SWAP)

    def load_token(self) -> StoredToken | None:
        """Return the token that the last request brought, good or not."""
        return self._mine(self._redis.get(self._token_key), StoredToken)

    def save_token(
        self,
        access_token: str,
        *,
        expires_at: float,
        renew_at: float,
        given_again_at: float,
        now: float,
    ) -> None:
        """Keep a token until it expires."""
        token = StoredToken(
            owner=self._owner,
            access_token=access_token,
            expires_at=expires_at,
            renew_at=renew_at,
            given_again_at=given_again_at,
        )
        self._redis.set(self._token_key, token.model_dump_json(), px=_ms(expires_at - now))

    def mark_refused(self, token: StoredToken) -> None:
        """Keep ``token`` as refused, unless another has taken its place."""
        refused = token.model_copy(update={"refused": True})
        self._swap(
            keys=[self._token_key], args=[token.model_dump_json(), refused.model_dump_json()]
        )

    def claim(self) -> bool:
        """Say whether it is on the caller to ask: nobody else has within the cooldown."""
        asking = Attempt(owner=self._owner, state=State.ASKING).model_dump_json()
        return bool(self._redis.set(self._attempt_key, asking, nx=True, px=self._cooldown_ms))

    def unclaim(self) -> None:
        """Let others ask: no request was made."""
        self._redis.delete(self._attempt_key)

    def save_attempt(self, state: State, reason: str, code: str = "") -> None:
        """Keep what a request came to, for a cooldown from now."""
        attempt = Attempt(owner=self._owner, state=state, reason=reason, code=code)
        self._redis.set(self._attempt_key, attempt.model_dump_json(), px=self._cooldown_ms)

    def load_attempt(self) -> tuple[Attempt, float] | None:
        """Return the last request and the seconds that are left of its cooldown, if any are."""
        held = self._redis.get(self._attempt_key)
        left = self._redis.pttl(self._attempt_key) / 1000
        if held is None or left < 0:
            return None
        attempt = self._mine(held, Attempt)
        if attempt is None:
            self._redis.delete(self._attempt_key)  # the cooldown of another key does not bind us
            return None
        return attempt, left

    def _mine(self, held: Any, model: type[_Record]) -> _Record | None:
        try:
            record = model.model_validate_json(held) if held else None
        except ValidationError:  # of another version of ours; its text may carry the token
            return None
        return record if record and record.owner == self._owner else None


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
