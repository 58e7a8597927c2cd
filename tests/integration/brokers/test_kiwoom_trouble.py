"""What a client of Kiwoom meets, and what becomes of the call."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from app.brokers.base import Order, Side
from app.brokers.errors import BrokerRefused, BrokerUnavailable, KeyRefused, TokenUnavailable
from app.brokers.kiwoom import Kiwoom
from app.brokers.kiwoom_line import Call
from app.brokers.kiwoom_wire import StockNow, StocksNow
from tests.integration.brokers.kiwoom_rig import KiwoomRig
from tests.integration.brokers.rig import TODAY
from tests.integration.brokers.test_secrets import everything_asked, seen_of
from tests.system import MockKiwoom, running_broker

CHART, STOCK, TOKEN, REVOKE = "ka10081", "ka10001", "au10001", "au10002"
STOCKS = "/api/dostk/stkinfo"
TICKERS = ["005930", "000660", "035420", "051910", "006400", "005380", "068270", "000270"]

BUY = Order("005930", Side.BUY, quantity=3)


def test_a_call_refused_for_its_rate_is_repeated_in_place(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    kiwoom_rig.mock.fault(kind="rate_refusal", endpoint=STOCK, count=2)

    with kiwoom.work(priority=0) as tally:
        quote = kiwoom.fetch_quote("005930")

    assert quote is not None
    assert kiwoom_rig.calls(STOCK) == 3
    assert (tally.calls, tally.refused) == (4, 2)  # the token's too
    assert kiwoom_rig.limiter.state("kiwoom:main:ka10001").refusals >= 2


def test_a_refusal_with_status_200_is_one_as_well(kiwoom_rig: KiwoomRig) -> None:
    with running_broker(MockKiwoom, "--limit-status", "200", "--today", "2025-02-28") as mock:
        mock.fault(kind="rate_refusal", endpoint=STOCK, count=1)
        kiwoom = kiwoom_rig.open(kiwoom_api_url=mock.url)

        with kiwoom.work(priority=0) as tally:
            assert kiwoom.fetch_quote("005930") is not None

    assert (tally.calls, tally.refused) == (3, 1)


def test_too_many_tickers_in_one_call_are_refused_for_good(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    asked = {"stk_cd": "|".join(["005930"] * 101)}

    with kiwoom.work(priority=0) as tally, pytest.raises(BrokerRefused, match="1634"):
        kiwoom.line.ask("prices", Call(STOCKS, "ka10095"), asked, StocksNow)

    assert kiwoom_rig.calls("ka10095") == 1
    assert tally.refused == 0


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
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom, fault: dict[str, object]
) -> None:
    kiwoom_rig.mock.fault(**fault, endpoint=STOCK, count=1)

    with pytest.raises(BrokerUnavailable, match=r"^kiwoom:main: price of 005930: ") as caught:
        kiwoom.fetch_quote("005930")
    assert kiwoom_rig.calls(STOCK) == 1
    assert "\n" not in str(caught.value)

    assert kiwoom.fetch_quote("005930") is not None


def test_a_page_that_fails_leaves_the_pages_that_came(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    pages = kiwoom.fetch_bars("005930", date(2000, 1, 1), TODAY)
    newest = next(pages)
    kiwoom_rig.mock.fault(kind="error_5xx", count=1)

    with pytest.raises(BrokerUnavailable, match="daily bars of 005930"):
        next(pages)

    assert len(newest) == 600


def test_a_token_that_ends_between_two_pages_is_renewed_once(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    pages = kiwoom.fetch_bars("005930", date(2000, 1, 1), TODAY)
    newest = next(pages)
    kiwoom_rig.a_minute_passes()
    kiwoom_rig.mock.fault(kind="expired_token", endpoint=CHART, count=1)

    older = next(pages)

    assert older[-1].session < newest[0].session
    assert (kiwoom_rig.calls(TOKEN), kiwoom_rig.calls(CHART)) == (2, 3)


def test_a_token_that_another_program_replaced_is_renewed_once_for_all(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    kiwoom.fetch_quote("005930")
    for key in kiwoom_rig.redis.scan_iter("token:*:attempt"):
        kiwoom_rig.redis.delete(key)  # its cooldown has passed
    pair = {"appkey": kiwoom_rig.app_key, "secretkey": kiwoom_rig.app_secret}
    body = {"grant_type": "client_credentials", **pair}
    kiwoom_rig.http.post("/oauth2/token", json=body).raise_for_status()
    kiwoom_rig.mock.reset()

    with ThreadPoolExecutor(8) as threads:
        quotes = list(threads.map(kiwoom.fetch_quote, TICKERS))

    assert all(quote is not None for quote in quotes)
    assert kiwoom_rig.calls(TOKEN) == 1
    assert len(TICKERS) < kiwoom_rig.calls(STOCK) <= 2 * len(TICKERS)


def test_a_renewed_token_that_is_refused_as_well_ends_the_call(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    kiwoom.fetch_quote("005930")
    kiwoom_rig.a_minute_passes()
    kiwoom_rig.mock.fault(kind="expired_token", endpoint=STOCK)

    with pytest.raises(TokenUnavailable, match="8005"):
        kiwoom.fetch_quote("005930")

    assert kiwoom_rig.calls(TOKEN) == 2
    assert kiwoom_rig.calls(STOCK) == 3


def test_a_wrong_secret_is_told_once_and_not_tried_again(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    kiwoom.fetch_quote("005930")  # binds the key to its secret
    wrong = kiwoom_rig.open(kiwoom_secret_key="not-the-secret")

    for _ in range(5):
        with pytest.raises(KeyRefused, match="KIWOOM_APP_KEY, KIWOOM_SECRET_KEY") as caught:
            wrong.fetch_quote("005930")
        assert caught.value.code == "8001"

    assert kiwoom_rig.calls(TOKEN) == 2
    assert kiwoom_rig.calls(STOCK) == 1


def test_a_revoked_token_is_never_sent_again(kiwoom_rig: KiwoomRig, kiwoom: Kiwoom) -> None:
    kiwoom.fetch_quote("005930")
    kiwoom_rig.a_minute_passes()

    kiwoom.line.revoke_token()
    kiwoom.fetch_quote("005930")

    assert kiwoom_rig.calls(REVOKE) == 1
    assert kiwoom_rig.calls(TOKEN) == 2
    assert kiwoom_rig.calls(STOCK) == 2


@pytest.mark.parametrize(
    ("call", "asked", "code"),
    [
        (Call(STOCKS, "ka10001"), {}, "1511"),
        (Call(STOCKS, "ka10081"), {"stk_cd": "005930"}, "1504"),
    ],
    ids=["a field is missing", "the wrong category"],
)
def test_a_call_that_is_our_fault_is_refused_after_one_request(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom, call: Call, asked: dict[str, str], code: str
) -> None:
    kiwoom.line.access_token()
    kiwoom_rig.mock.reset()

    with pytest.raises(BrokerRefused) as caught:
        kiwoom.line.ask("price of nothing", call, asked, StockNow)

    assert caught.value.code == code
    assert kiwoom_rig.calls() == 1


def test_no_secret_is_shown(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = kiwoom.line.access_token()
    seen = seen_of(everything_asked(kiwoom))
    for fault in ("error_5xx", "cut", "expired_token", "broken_json"):
        kiwoom_rig.mock.fault(kind=fault, count=1)
        seen += seen_of([lambda: kiwoom.fetch_quote("005930")])
        kiwoom_rig.http.delete("/_faults")
    kiwoom_rig.a_minute_passes()
    kiwoom_rig.mock.fault(kind="broken_json", endpoint=TOKEN, count=1)  # half a token in its body
    seen += seen_of([lambda: kiwoom.fetch_quote("005930")])
    wrong = kiwoom_rig.open(kiwoom_secret_key="another-secret")
    seen += seen_of([lambda: wrong.fetch_quote("005930"), lambda: wrong.send_order(BUY)])

    seen += [repr(each) for each in (kiwoom, vars(kiwoom), vars(kiwoom.line))]
    seen += [repr(kiwoom_rig.settings())]
    seen += [record.getMessage() for record in caplog.records]
    seen += [key.decode() for key in kiwoom_rig.redis.scan_iter("*")]

    text = "\n".join(seen)
    assert "price of 005930" in text
    for secret in (kiwoom_rig.app_key, kiwoom_rig.app_secret, token, "another-secret"):
        assert secret not in text
