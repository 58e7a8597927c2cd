"""Each way in which Kiwoom says no leads to the error that says what to do next."""

import json

import pytest
from pydantic import JsonValue

from app.brokers.errors import (
    BrokerError,
    BrokerRefused,
    BrokerUnavailable,
    KeyRefused,
    TokenRefused,
)
from app.brokers.kiwoom_dialect import KiwoomDialect
from app.brokers.reading import Answer

KIWOOM = KiwoomDialect()
TOO_MANY = "허용된 요청 개수를 초과하였습니다"
ONE_TOO_MANY = f"{TOO_MANY}[1700:허용된 API 요청 개수를 초과하였습니다. 유량=5, API ID=ka10081]"


def body(message: str, code: int | str = 5, *, escaped: bool = True) -> bytes:
    answer = {"return_code": code, "return_msg": message}
    return json.dumps(answer, ensure_ascii=escaped).encode()


@pytest.mark.parametrize("status", [200, 429])
@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("code", ["1700", "1701", "1702"])
def test_one_call_too_many_is_a_refusal_for_the_rate(
    status: int, code: str, *, escaped: bool
) -> None:
    message = ONE_TOO_MANY.replace("1700", code)

    assert KIWOOM.refused_for_rate(status, body(message, escaped=escaped))


def test_a_refusal_without_a_code_is_known_by_its_status() -> None:
    assert KIWOOM.refused_for_rate(429, b"<html>Too Many Requests</html>")
    assert KIWOOM.refused_for_rate(429, body(TOO_MANY))


def test_the_form_of_the_websocket_is_read_as_well() -> None:
    assert KIWOOM.refused_for_rate(200, body(f'"{TOO_MANY}" [CODE=1700, MESSAGE=잠시 후]'))


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, body(f"{TOO_MANY}[1634:요청 종목 수가 100개를 초과하였습니다]")),
        (429, body(f"{TOO_MANY}[1634:요청 종목 수가 100개를 초과하였습니다]")),
        (200, body("인증에 실패했습니다[8005:Token이 유효하지 않습니다]", 3)),
        (200, json.dumps({"stk_nm": "[1700:a name]", "return_code": 0, "return_msg": ""}).encode()),
        (503, b""),
    ],
    ids=["too many tickers", "the same with 429", "a token", "a name", "a 5xx"],
)
def test_other_answers_are_no_refusal_for_the_rate(status: int, answer: bytes) -> None:
    assert not KIWOOM.refused_for_rate(status, answer)


@pytest.mark.parametrize(
    ("status", "return_code", "message", "error", "code"),
    [
        (200, 3, "인증에 실패했습니다[8005:Token이 유효하지 않습니다]", TokenRefused, "8005"),
        (200, "3", "[8031:Token의 투자구분이 다릅니다]", TokenRefused, "8031"),
        (200, 805004, "로그인 [CODE=8005, MESSAGE=Token]", TokenRefused, "8005"),
        (200, 8103, "토큰 또는 단말기 인증", TokenRefused, "8103"),
        (401, 3, "인증에 실패했습니다", TokenRefused, "HTTP 401"),
        (200, 3, "[8001:App Key와 Secret Key 검증에 실패했습니다]", KeyRefused, "8001"),
        (401, 3, "[8002:App Key와 Secret Key 검증에 실패했습니다]", KeyRefused, "8002"),
        (200, 2, "입력 값 오류입니다[8020:appkey]", KeyRefused, "8020"),
        (200, 2, "입력 값 오류입니다[8030:투자구분(실전/모의)이 달라서]", KeyRefused, "8030"),
        (200, 3, "[8050:지정단말기 인증에 실패했습니다]", KeyRefused, "8050"),
        (200, 5, f"{TOO_MANY}[1634:100개]", BrokerRefused, "1634"),
        (200, 1, "[1504:해당 URI에서는 지원하는 API ID가 아닙니다]", BrokerRefused, "1504"),
        (200, 2, "[1511:필수 입력 값에 값이 존재하지 않습니다]", BrokerRefused, "1511"),
        (200, 2, "[1902:종목 정보가 없습니다. 종목코드=999990]", BrokerRefused, "1902"),
        (200, 20, "[2000](RC4058:모의투자 장종료)", BrokerRefused, "RC4058"),
        (200, 20, "[2000](855056:매수증거금이 부족합니다. 1주 매수가능)", BrokerRefused, "855056"),
        (200, 20, "[2000] 조회할 자료가 없습니다", BrokerRefused, "2000"),
        (200, 7, "장이 열리지 않았습니다", BrokerRefused, "return_code 7"),
        (200, 1, "[1999:예기치 못한 에러]", BrokerUnavailable, "1999"),
        (500, "-1", "서버 에러", BrokerUnavailable, "HTTP 500"),
        (503, 0, "정상적으로 처리되었습니다", BrokerUnavailable, "HTTP 503"),
    ],
)
def test_a_refusal_is_sorted_by_what_to_do_next(
    status: int, return_code: int | str, message: str, error: type[BrokerError], code: str
) -> None:
    trouble = KIWOOM.trouble(status, {"return_code": return_code, "return_msg": f"{message}  "})

    assert trouble is not None
    assert (trouble.error, trouble.code) == (error, code)
    assert trouble.text.startswith(message)
    assert "   " not in trouble.text


def test_an_unknown_path_is_told_in_the_gateways_words() -> None:
    answer: Answer = {"timestamp": "", "status": 404, "error": "Not Found", "path": "/api"}

    trouble = KIWOOM.trouble(404, answer)

    assert trouble == (BrokerRefused, "HTTP 404", "Not Found")


def test_a_refused_key_says_which_settings_to_look_at() -> None:
    trouble = KIWOOM.trouble(200, {"return_code": 3, "return_msg": "[8001:검증에 실패했습니다]"})

    assert trouble is not None
    assert "KIWOOM_APP_KEY, KIWOOM_SECRET_KEY, KIWOOM_ENV" in trouble.text


@pytest.mark.parametrize("return_code", [0, "0", "0000"])
def test_a_call_that_was_carried_out_is_no_trouble(return_code: int | str) -> None:
    assert KIWOOM.trouble(200, {"return_code": return_code, "return_msg": "정상"}) is None


@pytest.mark.parametrize("return_code", [None, "", "zero", [0]])
def test_a_return_code_that_is_none_is_no_success(return_code: JsonValue) -> None:
    trouble = KIWOOM.trouble(200, {"return_code": return_code})

    assert trouble is not None
    assert trouble.error is BrokerRefused
