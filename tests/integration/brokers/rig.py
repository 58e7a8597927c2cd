"""What the tests of a client share: a key of one's own at a mock server, and its referee."""

import time
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar
from uuid import uuid4

from redis import Redis

from app.brokers.base import Broker
from app.brokers.kis import Kis, open_kis
from app.brokers.token_store import TokenStore
from app.brokers.transport import lease_seconds
from app.limiter import Limiter
from app.settings import Settings, load_settings
from tests.conftest import http_client
from tests.system import MockBroker

RATE = 50  # calls a second, at the mock and in the settings: tests wait for little
TODAY = date(2025, 2, 28)  # of the mock's market
ACCOUNT_NO = "50123987-01"

Opened = TypeVar("Opened", bound=Broker)


class BrokerRig:
    """An app key that nobody else uses, at a mock server that has just been reset."""

    def __init__(self, mock: MockBroker, redis: Redis) -> None:
        self.mock = mock
        self.redis = redis
        self.app_key = f"PSkey{uuid4().hex}"
        self.app_secret = f"s3cret/{uuid4().hex}+{uuid4().hex}="
        self.limiter = Limiter(redis, lease_seconds=lease_seconds(Fraction(RATE)))
        self.http = http_client(mock.url)
        self._opened: list[Broker] = []
        for path in ("/_faults", "/_orders", "/_referee"):
            self.http.delete(path).raise_for_status()
        for key in redis.scan_iter("token:*"):  # the limiter's stay: a fresh one begins with a hold
            redis.delete(key)

    def opened(self, broker: Opened) -> Opened:
        """Return ``broker``, to be closed at the end."""
        self._opened.append(broker)
        return broker

    def close(self) -> None:
        """Close every connection."""
        for broker in self._opened:
            broker.close()
        self.limiter.close()
        self.http.close()
        self.redis.close()

    def calls(self, end: str = "") -> int:
        """Return how many requests arrived at paths that end so."""
        arrived = self.mock.referee()["by_endpoint"]
        return sum(count for path, count in arrived.items() if path.endswith(end))

    def orders(self) -> list[dict[str, Any]]:
        """Return the orders that the mock took."""
        taken: list[dict[str, Any]] = self.http.get("/_orders").json()
        return taken

    def a_minute_passes(self) -> None:
        """Let the cooldown of the last token request end, here and at the mock."""
        for key in self.redis.scan_iter("token:*:attempt"):
            self.redis.delete(key)
        self.http.delete("/_tokens").raise_for_status()


class Rig(BrokerRig):
    """The same at a mock KIS."""

    def settings(self, **changes: Any) -> Settings:
        """Return settings that point at the mock."""
        given = {
            "broker": "kis",
            "kis_env": "paper",
            "kis_base_url": self.mock.url,
            "kis_app_key": self.app_key,
            "kis_app_secret": self.app_secret,
            "kis_account_no": ACCOUNT_NO,
            "kis_master_url": None,
            "rate_limit_rps": RATE,
            "orders_enabled": False,
        }
        return load_settings(**{**given, **changes})

    def open(self, *, clock: Callable[[], float] = time.time, **changes: Any) -> Kis:
        """Return a client that does not wait for a token."""
        settings = self.settings(**changes)
        return self.opened(
            open_kis(settings, self.redis, self.limiter, wait_for_token=False, clock=clock)
        )

    def store(self) -> TokenStore:
        """Return where our clients find their token."""
        pair = [self.app_key, self.app_secret]
        return TokenStore(
            self.redis, "kis:main", base_url=self.mock.url, key_pair=pair, cooldown_seconds=60
        )
