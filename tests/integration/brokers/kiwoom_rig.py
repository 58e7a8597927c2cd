"""What the tests of the Kiwoom client share: a key of one's own at a mock server, its referee."""

import time
from collections.abc import Callable
from typing import Any

from app.brokers.kiwoom import Kiwoom, open_kiwoom
from app.brokers.kiwoom_line import TOKEN_COOLDOWN_SECONDS
from app.brokers.token_store import TokenStore
from app.settings import Settings, load_settings
from tests.integration.brokers.rig import RATE, BrokerRig


class KiwoomRig(BrokerRig):
    """An app key that nobody else uses, at a mock server that has just been reset."""

    def settings(self, **changes: Any) -> Settings:
        """Return settings that point at the mock."""
        given = {
            "broker": "kiwoom",
            "kiwoom_env": "live",
            "kiwoom_api_url": self.mock.url,
            "kiwoom_app_key": self.app_key,
            "kiwoom_secret_key": self.app_secret,
            "rate_limit_rps": RATE,
            "orders_enabled": True,
        }
        return load_settings(**{**given, **changes})

    def open(self, *, clock: Callable[[], float] = time.time, **changes: Any) -> Kiwoom:
        """Return a client that does not wait for a token."""
        settings = self.settings(**changes)
        return self.opened(
            open_kiwoom(settings, self.redis, self.limiter, wait_for_token=False, clock=clock)
        )

    def store(self) -> TokenStore:
        """Return where our clients find their token."""
        return TokenStore(
            self.redis,
            "kiwoom:main",
            base_url=self.mock.url,
            key_pair=[self.app_key, self.app_secret],
            cooldown_seconds=TOKEN_COOLDOWN_SECONDS,
        )
