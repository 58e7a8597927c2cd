"""What a client of KIS meets, and what becomes of the call."""

from datetime import timedelta

import pytest

from app.brokers.errors import (
    BrokerRefused,
    BrokerUnavailable,
    KeyRefused,
    TokenUnavailable,
)
from app.brokers.kis import Kis, open_kis
from app.brokers.kis_line import Call
from app.brokers.kis_wire import PriceAnswer
from app.settings import SettingsError
from tests.integration.brokers.rig import TODAY, Rig

PRICE, TOKEN = "inquire-price", "/oauth2/tokenP"


def test_a_call_refused_for_its_rate_is_repeated_in_place(rig: Rig, kis: Kis) -> None:
    rig.mock.fault(kind="rate_refusal", endpoint=PRICE, count=2)

    with kis.work(priority=0) as tally:
        quote = kis.fetch_quote("005930")

    assert quote is not None
    assert rig.calls(PRICE) == 3
    assert (tally.calls, tally.refused) == (4, 2)  # the token's too
    assert rig.limiter.state("kis:main").refusals >= 2


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error_5xx", "status": 500},
        {"kind": "error_5xx", "status": 503},
        {"kind": "cut", "where": "before"},
        {"kind": "cut", "where": "body"},
        {"kind": "broken_json"},
    ],
)
def test_trouble_that_may_pass_is_told_at_once_after_one_request(
    rig: Rig, kis: Kis, fault: dict[str, object]
) -> None:
    rig.mock.fault(**fault, endpoint=PRICE, count=1)

    with pytest.raises(BrokerUnavailable, match=r"^kis:main: price of 005930: "):
        kis.fetch_quote("005930")
    assert rig.calls(PRICE) == 1

    assert kis.fetch_quote("005930") is not None


def test_a_page_that_fails_leaves_the_pages_that_came(rig: Rig, kis: Kis) -> None:
    pages = kis.fetch_bars("005930", TODAY - timedelta(days=300), TODAY)
    newest = next(pages)
    rig.mock.fault(kind="error_5xx", count=1)

    with pytest.raises(BrokerUnavailable, match="daily bars of 005930"):
        next(pages)

    assert len(newest) == 100


def test_an_expired_token_is_renewed_once_and_the_call_repeated(rig: Rig, kis: Kis) -> None:
    kis.fetch_quote("005930")
    rig.a_minute_passes()
    rig.mock.fault(kind="expired_token", endpoint=PRICE, count=1)

    assert kis.fetch_quote("000660") is not None

    assert rig.calls(TOKEN) == 2
    assert rig.calls(PRICE) == 3


def test_a_token_that_the_broker_does_not_know_is_renewed_too(rig: Rig, kis: Kis) -> None:
    ahead = {"expires_at": 2e9, "renew_at": 2e9, "given_again_at": 0.0, "now": 2e9 - 60}
    rig.store().save_token("eyJ-of-someone-else", **ahead)

    assert kis.fetch_quote("005930") is not None

    assert (rig.calls(TOKEN), rig.calls(PRICE)) == (1, 2)


def test_a_renewed_token_that_is_refused_as_well_ends_the_call(rig: Rig, kis: Kis) -> None:
    kis.fetch_quote("005930")
    rig.a_minute_passes()
    rig.mock.fault(kind="expired_token", endpoint=PRICE)

    with pytest.raises(TokenUnavailable, match="EGW00123"):
        kis.fetch_quote("005930")

    assert rig.calls(TOKEN) == 2
    assert rig.calls(PRICE) == 3


def test_a_wrong_secret_is_told_once_and_not_tried_again(rig: Rig, kis: Kis) -> None:
    kis.fetch_quote("005930")  # binds the key to its secret
    wrong = rig.open(kis_app_secret="not-the-secret")

    for _ in range(5):
        with pytest.raises(KeyRefused, match="KIS_APP_KEY, KIS_APP_SECRET") as caught:
            wrong.fetch_quote("005930")
        assert caught.value.code == "EGW00105"

    assert rig.calls(TOKEN) == 2
    assert rig.calls(PRICE) == 1


def test_a_key_put_right_is_tried_at_once(rig: Rig) -> None:
    right = rig.open()
    right.fetch_quote("005930")
    rig.a_minute_passes()
    with pytest.raises(KeyRefused):
        rig.open(kis_app_secret="not-the-secret").fetch_quote("005930")

    assert right.fetch_quote("005930") is not None


def test_a_token_asked_for_elsewhere_a_moment_ago_is_not_asked_for_twice(
    rig: Rig, kis: Kis
) -> None:
    pair = {"appkey": rig.app_key, "appsecret": rig.app_secret}
    elsewhere = {"grant_type": "client_credentials", **pair}
    rig.http.post("/oauth2/tokenP", json=elsewhere).raise_for_status()

    for _ in range(3):
        with pytest.raises(TokenUnavailable, match=r"EGW00133.*can be asked for in \d\d s"):
            kis.fetch_quote("005930")

    assert rig.calls(TOKEN) == 2
    rig.a_minute_passes()
    assert kis.fetch_quote("005930") is not None


@pytest.mark.parametrize(
    ("tr_id", "code"), [("FHKST01010100", "OPSQ2001"), ("FHKST99999999", "EGW00356")]
)
def test_a_call_that_is_our_fault_is_refused_after_one_request(
    rig: Rig, kis: Kis, tr_id: str, code: str
) -> None:
    path = "/uapi/domestic-stock/v1/quotations/inquire-price"
    no_ticker = {"FID_COND_MRKT_DIV_CODE": "J"}

    with pytest.raises(BrokerRefused) as caught:
        kis.line.get("price of nothing", Call(path, tr_id), no_ticker, PriceAnswer)

    assert caught.value.code == code
    assert rig.calls(PRICE) == 1


@pytest.mark.parametrize("setting", ["kis_app_key", "kis_app_secret"])
def test_a_key_that_no_header_can_carry_is_named_not_shown(rig: Rig, setting: str) -> None:
    with pytest.raises(SettingsError, match=f"{setting.upper()}: got blanks") as caught:
        open_kis(
            rig.settings(**{setting: "열쇠 with\nlines"}),
            rig.redis,
            rig.limiter,
            wait_for_token=False,
        )

    assert "열쇠" not in str(caught.value)


def test_without_a_key_there_is_no_broker(rig: Rig) -> None:
    with pytest.raises(SettingsError, match="KIS_APP_KEY: got nothing, want"):
        rig.open(kis_app_key=None, kis_app_secret=None)
