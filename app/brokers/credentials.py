"""One access token for every process: who may ask for it, who waits, and for how long."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from redis import Redis
from redis.exceptions import RedisError

from app.brokers.errors import BrokerError, KeyRefused, TokenUnavailable
from app.brokers.token_store import Attempt, State, StoredToken, TokenStore
from app.brokers.work import work
from app.limiter import LimiterError, LimiterUnavailable

RENEW_AHEAD_SECONDS = 30 * 60.0
PATIENCE_SECONDS = 90.0  # a cooldown and a request; stays under the queue's visibility timeout
GIVEN_AGAIN_SECONDS = 600.0  # how long a refused token that came back is not asked for again
PERMIT_SECONDS = 20.0  # nothing goes on without a token, so its request stands in front

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class IssuedToken:
    """What a broker issued."""

    access_token: str = field(repr=False)
    expires_at: datetime


class Credentials:
    """The access token of one account, shared by all processes on one Redis."""

    def __init__(
        self,
        redis: Redis,
        name: str,
        *,
        base_url: str,
        key_pair: Sequence[str],
        cooldown_seconds: float,
        issue: Callable[[], IssuedToken],
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Share what ``issue`` brings; it raises BrokerError when the broker gives none.

        After a request nobody makes another for ``cooldown_seconds``, whatever came of it.
        """
        self._store = TokenStore(
            redis, name, base_url=base_url, key_pair=key_pair, cooldown_seconds=cooldown_seconds
        )
        self._name = name
        self._issue = issue
        self._clock = clock
        self._sleep = sleep

    def access_token(self, *, wait: bool) -> str:
        """Return the access token; one caller of all asks for it when there is none.

        While another asks it is waited for. ``wait``: the cooldown is waited out as well. A good
        token is renewed ahead of its end, and used meanwhile.

        Raises:
            TokenUnavailable: there is none, and the next can be asked for in so many seconds.
            KeyRefused: the broker does not know the key; it is not asked again for a while.
            LimiterError: Redis does not answer, or there was no permit for the request.
        """
        give_up = self._clock() + PATIENCE_SECONDS
        while True:
            try:
                stored = self._store.load_token()
                if stored and stored.is_good(self._clock()) and self._clock() < stored.renew_at:
                    return stored.access_token
                if self._store.claim():
                    self._ask(stored)
                    continue
                last = self._store.load_attempt()
                stored = self._store.load_token()  # after it: what it brought is there by now
                if stored and stored.is_good(self._clock()):
                    return stored.access_token
                pause = self._pause(last, give_up, wait=wait)
            except RedisError as error:
                if self._clock() >= give_up:
                    raise self._away(error) from error
                pause = 0.5
            self._sleep(pause)

    def refuse(self, access_token: str) -> None:
        """Note that the broker does not take this token, if it is still the one in use.

        Raises:
            TokenUnavailable: the broker has issued the same token again after refusing it.
            LimiterUnavailable: Redis does not answer.
        """
        try:
            stored = self._store.load_token()
            if not stored or stored.access_token != access_token or stored.refused:
                return
            if self._clock() < stored.given_again_at + GIVEN_AGAIN_SECONDS:
                raise TokenUnavailable(
                    f"{self._name}: the broker refuses the access token, and gave the same one "
                    "when asked for another (KIS does so for 6 h): revoke it, or wait"
                )
            self._store.mark_refused(stored)
        except RedisError as error:
            raise self._away(error) from error

    def _ask(self, old: StoredToken | None) -> None:
        """Ask for a token and keep it, or why there is none."""
        try:
            with work(priority=0, permit_seconds=PERMIT_SECONDS):
                issued = self._issue()
        except LimiterError:
            self._store.unclaim()
            raise
        except BrokerError as error:
            state = State.KEY_REFUSED if isinstance(error, KeyRefused) else State.FAILED
            self._store.save_attempt(state, str(error), error.code)
            log.warning("no access token: %s", error)
            return
        self._keep(issued, old)

    def _keep(self, issued: IssuedToken, old: StoredToken | None) -> None:
        now, expires_at = self._clock(), issued.expires_at.timestamp()
        if expires_at <= now:
            end = f"{issued.expires_at:%Y-%m-%d %H:%M:%S %Z}"
            reason = f"was given an access token that ended at {end}: is our clock right?"
            self._store.save_attempt(State.FAILED, f"{self._name}: {reason}")
            return
        again = old is not None and old.refused and old.access_token == issued.access_token
        self._store.save_token(
            issued.access_token,
            expires_at=expires_at,
            # A short life, and one that was not prolonged, is renewed half-way.
            renew_at=max(expires_at - RENEW_AHEAD_SECONDS, (now + expires_at) / 2),
            given_again_at=now if again else 0.0,
            now=now,
        )
        self._store.save_attempt(State.ISSUED, f"{self._name}: the access token was refused")

    def _pause(self, last: tuple[Attempt, float] | None, give_up: float, *, wait: bool) -> float:
        """Return how long to wait before looking again; raise when there is no use in it."""
        if last is None:
            return 0.0  # it has just ended
        attempt, left = last
        if attempt.state is State.KEY_REFUSED:
            raise KeyRefused(attempt.reason, attempt.code)
        if attempt.state is State.ASKING and self._clock() < give_up:
            return 0.1
        if wait and self._clock() + left < give_up:
            return min(left + 0.01, 1.0)
        reason = attempt.reason or f"{self._name}: another process has asked for an access token"
        raise TokenUnavailable(f"{reason}; the next can be asked for in {left:.0f} s", attempt.code)

    def _away(self, error: RedisError) -> LimiterUnavailable:
        return LimiterUnavailable(f"{self._name}: no access token, Redis does not answer: {error}")
