"""The streams there are: a new one is a dialect, and a case here."""

from collections.abc import Callable
from datetime import datetime

from redis import Redis

from app.brokers.kis import open_kis
from app.brokers.kiwoom import open_kiwoom
from app.brokers.stream import Stream
from app.brokers.stream_dialect import StreamDialect
from app.brokers.stream_kis import KisStream
from app.brokers.stream_kiwoom import KiwoomStream
from app.limiter import Limiter
from app.settings import Settings


def open_dialect(
    settings: Settings, redis: Redis, limiter: Limiter, *, now: Callable[[], datetime]
) -> StreamDialect:
    """Return how the account of the settings is streamed; nothing is sent yet.

    Raises:
        SettingsError: a setting of the broker is missing.
    """
    name, url, most = settings.credential, settings.stream_url, settings.profile.stream_tickers
    match settings.broker:
        case "kis":
            kis = open_kis(settings, redis, limiter, wait_for_token=False)
            return KisStream(kis.line, name=name, url=url, most=most)
        case "kiwoom":
            kiwoom = open_kiwoom(settings, redis, limiter, wait_for_token=False)
            return KiwoomStream(kiwoom.line, name=name, url=url, most=most, now=now)


def open_stream(
    settings: Settings, redis: Redis, limiter: Limiter, *, now: Callable[[], datetime]
) -> Stream:
    """Return the stream of that account; it connects with the first subscription."""
    return Stream(open_dialect(settings, redis, limiter, now=now))
