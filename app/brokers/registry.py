"""The brokers there are: a new one is a file, and a line here."""

from typing import Protocol

from redis import Redis

from app.brokers.base import Broker
from app.brokers.kis import open_kis
from app.brokers.kiwoom import open_kiwoom
from app.limiter import Limiter
from app.settings import Settings


class _Opener(Protocol):
    def __call__(
        self, settings: Settings, redis: Redis, limiter: Limiter, *, wait_for_token: bool
    ) -> Broker: ...


BROKERS: dict[str, _Opener] = {
    "kis": open_kis,
    "kiwoom": open_kiwoom,
}


def open_broker(
    settings: Settings, redis: Redis, limiter: Limiter, *, wait_for_token: bool
) -> Broker:
    """Return the account that the settings name; nothing is sent yet.

    ``wait_for_token``: calls wait while the broker issues no access token (up to a minute), as
    workers do; otherwise they raise TokenUnavailable at once.

    Raises:
        SettingsError: a setting of the broker is missing.
    """
    return BROKERS[settings.broker](settings, redis, limiter, wait_for_token=wait_for_token)
