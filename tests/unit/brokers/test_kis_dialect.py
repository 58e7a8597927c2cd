"""Each way in which KIS says no leads to the error that says what to do next."""

import json

import pytest

from app.brokers.errors import (
    BrokerError,
    BrokerRefused,
    BrokerUnavailable,
    KeyRefused,
    TokenRefused,
    TokenUnavailable,
)
from app.brokers.kis_dialect import KisDialect

KIS = KisDialect()


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("code", ["EGW00201", "EGW00215"])
def test_one_call_too_many_is_a_refusal_for_the_rate(status: int, code: str) -> None:
    body = json.dumps({"rt_cd": "1", "msg_cd": code, "msg1": "초당 거래건수를 초과하였습니다."})

    assert KIS.refused_for_rate(status, body.encode())


def test_other_answers_are_no_refusal_for_the_rate() -> None:
    assert not KIS.refused_for_rate(500, b'{"rt_cd": "1", "msg_cd": "EGW00123", "msg1": ""}')
    assert not KIS.refused_for_rate(200, b'{"rt_cd": "0", "output": {"stck_prpr": "201"}}')


@pytest.mark.parametrize(
    ("status", "rt_cd", "code", "error"),
    [
        (500, "1", "EGW00123", TokenRefused),
        (200, "1", "EGW00123", TokenRefused),
        (500, "1", "EGW00121", TokenRefused),
        (500, "1", "EGW00304", KeyRefused),
        (500, "1", "EGW02004", KeyRefused),
        (200, "2", "OPSQ2000", KeyRefused),
        (500, "1", "EGW00205", BrokerRefused),
        (500, "1", "EGW02006", BrokerRefused),
        (500, "1", "EGW00356", BrokerRefused),
        (500, "1", "EGW00202", BrokerUnavailable),
        (500, "1", "EGW00203", BrokerUnavailable),
        (404, "1", "EGW00203", BrokerUnavailable),
        (503, "1", "", BrokerUnavailable),
        (200, "2", "OPSQ2001", BrokerRefused),
        (200, "1", "OPSQ0002", BrokerRefused),
        (200, "1", "MCA05918", BrokerRefused),
        (200, "7", "APBK0919", BrokerRefused),
        (404, "1", "", BrokerRefused),
    ],
)
def test_a_refusal_is_sorted_by_what_to_do_next(
    status: int, rt_cd: str, code: str, error: type[BrokerError]
) -> None:
    trouble = KIS.trouble(status, {"rt_cd": rt_cd, "msg_cd": code, "msg1": "안 됩니다.   "})

    assert trouble is not None
    assert trouble.error is error
    assert trouble.text.startswith("안 됩니다.")
    assert "   " not in trouble.text


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("EGW00133", TokenUnavailable),
        ("EGW00103", KeyRefused),
        ("EGW00105", KeyRefused),
        ("EGW00116", BrokerRefused),
    ],
)
def test_the_token_call_has_names_of_its_own_for_its_trouble(
    code: str, error: type[BrokerError]
) -> None:
    trouble = KIS.trouble(403, {"error_code": code, "error_description": "잠시 후 다시"})

    assert trouble is not None
    assert (trouble.error, trouble.code) == (error, code)


def test_a_refused_key_says_which_settings_to_look_at() -> None:
    trouble = KIS.trouble(403, {"error_code": "EGW00105", "error_description": "secret"})

    assert trouble is not None
    assert "KIS_APP_KEY" in trouble.text
    assert "KIS_APP_SECRET" in trouble.text


@pytest.mark.parametrize("answer", [{"rt_cd": "0"}, {"access_token": "x"}, {"HASH": "ab"}])
def test_a_call_that_was_carried_out_is_no_trouble(answer: dict[str, str]) -> None:
    assert KIS.trouble(200, dict(answer)) is None
