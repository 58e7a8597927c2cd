"""The errors cross the queue, and are caught by what to do next."""

import pickle

import pytest

from app.brokers import errors

EVERY = [
    errors.BrokerUnavailable,
    errors.TokenUnavailable,
    errors.TokenRefused,
    errors.StreamLost,
    errors.RateRefused,
    errors.BrokerRefused,
    errors.KeyRefused,
    errors.KeyInUse,
    errors.TooManyTickers,
    errors.OrderRefused,
]


@pytest.mark.parametrize("kind", EVERY)
def test_an_error_keeps_its_words_and_code_across_the_queue(kind: type[errors.BrokerError]) -> None:
    sent = kind("kis:main: price of 005930: no", "EGW00201")

    received = pickle.loads(pickle.dumps(sent))  # noqa: S301 - our own bytes

    assert type(received) is kind
    assert (str(received), received.code) == ("kis:main: price of 005930: no", "EGW00201")


def test_a_missing_token_is_a_connection_error_that_may_be_tried_again() -> None:
    error = errors.TokenUnavailable("kis:main: not for 40 s")

    assert isinstance(error, ConnectionError)
    assert isinstance(error, errors.BrokerUnavailable)
    assert str(error) == "kis:main: not for 40 s"
