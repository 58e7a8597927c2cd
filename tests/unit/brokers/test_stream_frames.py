"""What a frame means, broker by broker: samples as the specifications have them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from redis import Redis

from app.brokers.errors import (
    BrokerError,
    BrokerRefused,
    BrokerUnavailable,
    KeyInUse,
    KeyRefused,
    TokenRefused,
    TooManyTickers,
)
from app.brokers.stream_dialect import Answered, BadFrame, Echo, Ended, Other, StreamDialect, Ticks
from app.brokers.streams import open_dialect
from app.domain import KOREA, Tick
from app.limiter import Limiter
from app.settings import load_settings

NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)  # half past ten in Seoul


def dialect(broker: str, now: Callable[[], datetime] = lambda: NOW) -> StreamDialect:
    """Return the dialect of an account that is never asked for anything."""
    settings = load_settings(
        broker=broker,
        kis_app_key="key",
        kis_app_secret="secret",
        kiwoom_app_key="key",
        kiwoom_secret_key="secret",
        kis_base_url=None,
        kiwoom_api_url=None,
        kis_ws_url="ws://127.0.0.1:1",
        kiwoom_ws_url="ws://127.0.0.1:1",
    )
    redis = Redis()
    return open_dialect(settings, redis, Limiter(redis), now=now)


@pytest.fixture
def kis() -> StreamDialect:
    return dialect("kis")


@pytest.fixture
def kiwoom() -> StreamDialect:
    return dialect("kiwoom")


def trade(**changed: str) -> list[str]:
    """Return the 46 fields of a KIS trade."""
    fields = ["0"] * 46
    wanted = {0: "005930", 1: "093015", 2: "71000", 3: "5", 4: "-300", 5: "-0.42"}
    wanted |= {10: "71100", 11: "71000", 12: "25", 13: "1200345", 14: "85224495000", 33: "20260303"}
    for place, value in (wanted | {int(name[1:]): text for name, text in changed.items()}).items():
        fields[place] = value
    return fields


def record(*trades: list[str]) -> str:
    fields = "^".join(field for each in trades for field in each)
    return f"0|H0STCNT0|{len(trades):03}|{fields}"


def answer(msg_cd: str, msg1: str = "said so", rt_cd: str = "1") -> str:
    header = {"tr_id": "H0STCNT0", "tr_key": "005930", "encrypt": "N"}
    return json.dumps({"header": header, "body": {"rt_cd": rt_cd, "msg_cd": msg_cd, "msg1": msg1}})


def real(item: str = "005930", kind: str = "0B", **changed: str) -> str:
    values = {"20": "093015", "10": "-71000", "11": "-300", "12": "-0.42", "15": "-25"}
    values |= {"13": "1200345", "14": "85224", "27": "-71100", "28": "-71000"}
    values |= {name[1:]: text for name, text in changed.items()}
    entry = {"values": values, "type": kind, "name": "주식체결", "item": item}
    return json.dumps({"data": [entry], "trnm": "REAL"})


def ticks(of: StreamDialect, frame: str) -> tuple[Tick, ...]:
    heard = of.read(frame)
    assert isinstance(heard, Ticks)
    return heard.ticks


def complaint(of: StreamDialect, frame: str) -> BrokerError | None:
    heard = of.read(frame)
    assert isinstance(heard, Answered)
    return heard.error


def test_a_trade_of_kis_becomes_a_tick(kis: StreamDialect) -> None:
    assert ticks(kis, record(trade())) == (
        Tick(
            ticker="005930",
            at=datetime(2026, 3, 3, 9, 30, 15, tzinfo=KOREA),
            price=71_000,
            change=-300,
            volume=1_200_345,
            value=85_224_495_000,
            ask=71_100,
            bid=71_000,
        ),
    )


def test_a_trade_of_kiwoom_becomes_a_tick_without_the_signs_of_its_prices(
    kiwoom: StreamDialect,
) -> None:
    assert ticks(kiwoom, real()) == (
        Tick(
            ticker="005930",
            at=datetime(2026, 3, 3, 9, 30, 15, tzinfo=KOREA),
            price=71_000,
            change=-300,
            volume=1_200_345,
            value=85_224_000_000,
            ask=71_100,
            bid=71_000,
        ),
    )


def test_several_trades_of_one_frame_follow_one_another(kis: StreamDialect) -> None:
    second = trade(_2="71100", _13="1200400")

    assert [tick.price for tick in ticks(kis, record(trade(), second))] == [71_000, 71_100]


def test_fields_added_at_the_end_of_a_trade_do_no_harm(kis: StreamDialect) -> None:
    longer = [*trade(), "new", "newer"]

    assert [tick.ticker for tick in ticks(kis, record(longer, longer))] == ["005930", "005930"]


def test_a_side_where_nobody_offers_is_none(kis: StreamDialect, kiwoom: StreamDialect) -> None:
    assert ticks(kis, record(trade(_10="0")))[0].ask is None
    assert ticks(kiwoom, real(_28=""))[0].bid is None


def test_a_minus_that_stands_twice_is_one(kiwoom: StreamDialect) -> None:
    assert ticks(kiwoom, real(_11="--300"))[0].change == -300


@pytest.mark.parametrize("item", ["005930", " 005930", "005930_AL"])
def test_the_exchange_behind_a_ticker_is_left_out(kiwoom: StreamDialect, item: str) -> None:
    assert ticks(kiwoom, real(item))[0].ticker == "005930"


def test_a_trade_just_before_midnight_is_not_of_the_day_that_has_begun() -> None:
    after_midnight = datetime(2026, 3, 3, 15, 0, 1, tzinfo=UTC)
    late = ticks(dialect("kiwoom", lambda: after_midnight), real(_20="235959"))[0]

    assert late.at == datetime(2026, 3, 3, 23, 59, 59, tzinfo=KOREA)


@pytest.mark.parametrize(
    "frame",
    [
        *("", "{", "[]", "0", "null", '"0|"', '{"header":{}', "0|", "0|H0STCNT0", "\x00"),
        *("0|H0STCNT0|001|", "0|H0STCNT0|000|a^b", "0|H0STCNT0|-1|a", "0|H0STCNT0|²|a"),
        record(trade()).replace("001", "002"),
        record(trade()[:45]),
        record(trade()).replace("0|", "1|", 1),  # encrypted: not what we have asked for
        *(record(trade(_2=price)) for price in ("0", "-71000", "", "NaN", "inf", "1e5", "7१000")),
        record(trade(_13="-5")),
        *(record(trade(_1=clock)) for clock in ("9:30", "250000", "0930150")),
        record(trade(_33="20260230")),
        '{"body":{"msg_cd":"OPSP0000"}}',
        '{"header":{"tr_id":7},"body":{}}',
    ],
)
def test_what_kis_cannot_have_meant_is_a_bad_frame(kis: StreamDialect, frame: str) -> None:
    with pytest.raises(BadFrame):
        kis.read(frame)


@pytest.mark.parametrize(
    "frame",
    [
        *("", "{", "[]", "0", "null", "{}", '{"trnm":1}', '{"trnm":"REAL"}', "\x00"),
        '{"trnm":"REAL","data":{}}',
        '{"trnm":"REAL","data":[1]}',
        '{"trnm":"REAL","data":[{"type":"0B","item":"005930"}]}',
        *(real(_10=price) for price in ("0", "", "NaN", "Infinity", "7 1000", "71,000")),
        *(real(_20=clock) for clock in ("", "888888", "0930")),
        real(_13="-1"),
        real(_14="a lot"),
        '{"trnm":"REG"}',
        '{"trnm":"LOGIN","return_code":"no number"}',
    ],
)
def test_what_kiwoom_cannot_have_meant_is_a_bad_frame(kiwoom: StreamDialect, frame: str) -> None:
    with pytest.raises(BadFrame):
        kiwoom.read(frame)


def test_a_bad_frame_names_the_field_and_quotes_no_value(
    kis: StreamDialect, kiwoom: StreamDialect
) -> None:
    for of, frame in ((kis, record(trade(_2="a-secret"))), (kiwoom, real(_10="a-secret"))):
        with pytest.raises(BadFrame, match="want a number") as told:
            of.read(frame)
        assert "a-secret" not in str(told.value)


def test_heartbeats_go_back_word_for_word(kis: StreamDialect, kiwoom: StreamDialect) -> None:
    of_kis = '{"header": {"tr_id":"PINGPONG","datetime":"20260302093000"}}'
    of_kiwoom = '{ "trnm":"PING" }'

    assert kis.read(of_kis) == Echo(of_kis)
    assert kiwoom.read(of_kiwoom) == Echo(of_kiwoom)


@pytest.mark.parametrize("code", ["OPSP0000", "OPSP0001", "OPSP0002", "OPSP0003"])
def test_what_kis_has_carried_out_or_found_done_is_no_complaint(
    kis: StreamDialect, code: str
) -> None:
    assert complaint(kis, answer(code)) is None


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("OPSP0007", BrokerUnavailable),
        ("OPSP0008", TooManyTickers),
        ("OPSP0011", TokenRefused),
        ("OPSP8992", BrokerRefused),
        ("OPSP8996", KeyInUse),
        ("OPSP9999", BrokerRefused),
    ],
)
def test_what_kis_complains_of_is_one_of_our_errors(
    kis: StreamDialect, code: str, error: type[BrokerError]
) -> None:
    complained = complaint(kis, answer(code))

    assert type(complained) is error
    assert complained.code == code
    assert str(complained).startswith("kis:main: stream: ")


def test_a_key_in_use_after_a_subscription_may_be_our_own_and_is_tried_again(
    kis: StreamDialect,
) -> None:
    kis.read(answer("OPSP0000"))

    assert type(complaint(kis, answer("OPSP8996"))) is BrokerUnavailable


@pytest.mark.parametrize("given", [0, "0", "0000"])
def test_a_return_code_of_zero_in_any_writing_is_no_complaint(
    kiwoom: StreamDialect, given: object
) -> None:
    frame = json.dumps({"trnm": "REG", "return_code": given, "return_msg": ""})

    assert complaint(kiwoom, frame) is None


@pytest.mark.parametrize(
    ("given", "message", "error"),
    [
        (805004, "no [CODE=8005, MESSAGE=Token이 유효하지 않습니다]", TokenRefused),
        (805004, "", TokenRefused),
        (3, "인증에 실패했습니다[8050:등록된 단말기가 아닙니다]", KeyRefused),
        (1, "too many", BrokerRefused),
    ],
)
def test_what_kiwoom_complains_of_is_one_of_our_errors(
    kiwoom: StreamDialect, given: int, message: str, error: type[BrokerError]
) -> None:
    frame = json.dumps({"trnm": "LOGIN", "return_code": given, "return_msg": message})

    assert type(complaint(kiwoom, frame)) is error


@pytest.mark.parametrize(
    ("code", "error"),
    [("R10001", KeyInUse), ("R10002", BrokerUnavailable), ("R10004", BrokerUnavailable)],
)
def test_kiwooms_system_codes_end_the_stream(
    kiwoom: StreamDialect, code: str, error: type[BrokerError]
) -> None:
    heard = kiwoom.read(json.dumps({"trnm": "SYSTEM", "code": code, "message": "…"}))

    assert isinstance(heard, Ended)
    assert type(heard.error) is error
    assert code in str(heard.error)


def test_what_does_not_concern_us_is_passed_over(kis: StreamDialect, kiwoom: StreamDialect) -> None:
    others: list[tuple[StreamDialect, str, Any]] = [
        (kis, "0|H0STASP0|001|005930^…", Other()),
        (kis, '{"header":{"tr_id":"H0STCNT0"}}', Other()),
        (kiwoom, real(kind="0D", _10="no price"), Ticks(())),
        (kiwoom, '{"trnm":"SYSTEM","code":"R90000","message":"hello"}', Other()),
        (kiwoom, '{"trnm":"CNSRLST","return_code":0,"data":[["0","mine"]]}', Other()),
    ]

    for of, frame, heard in others:
        assert of.read(frame) == heard


def test_requests_are_written_as_each_broker_reads_them(
    kis: StreamDialect, kiwoom: StreamDialect
) -> None:
    assert kis.login("the key") is None
    assert [json.loads(frame) for frame in kis.subscribe(["005930"], "the key")] == [
        {
            "header": {
                "approval_key": "the key",
                "custtype": "P",
                "tr_type": "1",
                "content-type": "utf-8",
            },
            "body": {"input": {"tr_id": "H0STCNT0", "tr_key": "005930"}},
        }
    ]
    assert json.loads(kis.unsubscribe(["005930"], "the key")[0])["header"]["tr_type"] == "2"

    login = kiwoom.login("the token")
    assert login is not None
    assert json.loads(login) == {"trnm": "LOGIN", "token": "the token"}
    data = [{"item": ["000660", "005930"], "type": ["0B"]}]
    assert [json.loads(frame) for frame in kiwoom.subscribe(["000660", "005930"], "")] == [
        {"trnm": "REG", "grp_no": "1", "refresh": "1", "data": data}
    ]
    assert json.loads(kiwoom.unsubscribe(["000660", "005930"], "")[0]) == {
        "trnm": "REMOVE",
        "grp_no": "1",
        "data": data,
    }


def test_kiwooms_path_is_added_where_the_address_has_none(kiwoom: StreamDialect) -> None:
    assert kiwoom.url == "ws://127.0.0.1:1/api/dostk/websocket"


@pytest.mark.parametrize(
    ("broker", "environment", "url", "most"),
    [
        ("kis", "paper", "ws://ops.koreainvestment.com:31000", 41),
        ("kis", "live", "ws://ops.koreainvestment.com:21000", 41),
        ("kiwoom", "paper", "wss://mockapi.kiwoom.com:10000", 100),
        ("kiwoom", "live", "wss://api.kiwoom.com:10000", 100),
    ],
)
def test_the_brokers_own_addresses_and_limits_are_known(
    broker: str, environment: str, url: str, most: int
) -> None:
    settings = load_settings(
        broker=broker,
        kis_env=environment,
        kiwoom_env=environment,
        kis_base_url=None,
        kiwoom_api_url=None,
        kis_ws_url=None,
        kiwoom_ws_url=None,
    )

    assert settings.stream_url == url
    assert settings.profile.stream_tickers == most
