"""Whatever goes wrong, no key, secret, token or account number is shown."""

import logging
import pickle
import traceback
from collections.abc import Callable

import pytest

from app.brokers.base import Broker, Order, Side
from app.brokers.errors import BrokerError
from app.brokers.kis import Kis
from tests.conftest import free_port
from tests.integration.brokers.rig import ACCOUNT_NO, TODAY, Rig

EVERY_FAULT = ("rate_refusal", "error_5xx", "cut", "expired_token", "broken_json")


def everything_asked(broker: Broker) -> list[Callable[[], object]]:
    return [
        lambda: broker.fetch_quote("005930"),
        lambda: list(broker.fetch_bars("005930", TODAY, TODAY)),
        lambda: broker.fetch_flows("005930"),
        broker.fetch_listings,
        lambda: broker.send_order(Order("005930", Side.BUY, 1)),
        lambda: broker.send_order(Order("005930", Side.SELL, 10_000)),
    ]


def seen_of(calls: list[Callable[[], object]]) -> list[str]:
    """Return everything that someone might log of ``calls`` and their errors."""
    seen = []
    for call in calls:
        try:
            seen.append(repr(call()))
        except BrokerError as error:
            seen += [repr(error), *traceback.format_exception(error)]
            seen.append(pickle.dumps(error).decode("latin-1"))
    return seen


def test_no_secret_is_shown(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "urllib3")  # whoever sends messages keeps it quiet
    kis = rig.open()
    token = kis.line.access_token()
    seen = seen_of(everything_asked(kis))
    for fault in EVERY_FAULT:
        rig.mock.fault(kind=fault, count=1)
        rig.mock.fault(kind=fault, endpoint="order-cash", count=1)
        seen += seen_of(everything_asked(kis))
        rig.http.delete("/_faults")
    rig.a_minute_passes()
    rig.mock.fault(kind="broken_json", endpoint="tokenP", count=1)  # half a token in its body
    seen += seen_of(everything_asked(rig.open()))
    seen += seen_of(everything_asked(rig.open(kis_app_secret="another-secret")))
    seen += seen_of(everything_asked(rig.open(kis_base_url=f"http://127.0.0.1:{free_port()}")))

    seen += [repr(each) for each in (kis, vars(kis), vars(kis.line), rig.settings())]
    seen += [record.getMessage() for record in caplog.records]
    seen += [key.decode() for key in rig.redis.scan_iter("*")]

    text = "\n".join(seen)
    assert "price of 005930" in text
    assert "inquire-price" in text  # the HTTP library's own log
    for secret in (rig.app_key, rig.app_secret, token, "another-secret", *account_forms()):
        assert secret not in text


def test_redis_keeps_the_token_but_neither_key_nor_secret(rig: Rig, kis: Kis) -> None:
    kis.fetch_quote("005930")

    kept = [rig.redis.get(key) or b"" for key in rig.redis.scan_iter("token:*")]

    assert len(kept) == 2
    for secret in (rig.app_key, rig.app_secret, *account_forms()):
        assert all(secret.encode() not in each for each in kept)


def account_forms() -> list[str]:
    return [ACCOUNT_NO, ACCOUNT_NO.replace("-", ""), ACCOUNT_NO.split("-")[0]]
