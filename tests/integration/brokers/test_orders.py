"""Orders are sent once or not at all, and never by accident."""

import time

import pytest

from app.brokers.base import Order, Side
from app.brokers.errors import BrokerUnavailable, OrderRefused
from app.brokers.kis import Kis
from tests.integration.brokers.rig import ACCOUNT_NO, Rig

ORDER, HASH = "order-cash", "/uapi/hashkey"
BUY = Order("005930", Side.BUY, quantity=3)


def price_now(kis: Kis) -> float:
    quote = kis.fetch_quote("005930")
    assert quote is not None
    return quote.price


def test_a_paper_order_takes_two_permits_and_arrives_once(rig: Rig, kis: Kis) -> None:
    kis.fetch_quote("005930")  # so that there is an access token
    rig.mock.reset()

    with kis.work(priority=0) as tally:
        receipt = kis.send_order(BUY)

    assert tally.calls == rig.calls() == 2
    assert (rig.calls(HASH), rig.calls(ORDER)) == (1, 1)
    (taken,) = rig.orders()
    assert receipt.number == taken["number"]
    assert receipt.price is None
    assert taken["account"] == ACCOUNT_NO
    assert (taken["side"], taken["tr_id"], taken["quantity"]) == ("buy", "VTTC0012U", 3)
    assert taken["division"] == "01"


def test_a_limit_is_put_on_a_tick_that_is_never_worse_than_asked(rig: Rig, kis: Kis) -> None:
    price = price_now(kis)  # 50,000 to 200,000 won: ticks of 100
    between = price // 100 * 100 + 30

    bought = kis.send_order(Order("005930", Side.BUY, 2, price=between))
    sold = kis.send_order(Order("005930", Side.SELL, 1, price=between))

    assert 50_000 < price < 200_000
    assert bought.price == between - 30
    assert sold.price == between + 70
    assert [(each["side"], each["price"]) for each in rig.orders()] == [
        ("buy", bought.price),
        ("sell", sold.price),
    ]


def test_a_live_account_sends_no_order_unless_orders_are_enabled(rig: Rig) -> None:
    with pytest.raises(OrderRefused, match="ORDERS_ENABLED"):
        rig.open(kis_env="live").send_order(BUY)
    assert rig.calls() == 0

    rig.open(kis_env="live", orders_enabled=True).send_order(BUY)

    assert [each["tr_id"] for each in rig.orders()] == ["TTTC0012U"]


def test_an_order_without_an_account_number_is_not_sent(rig: Rig) -> None:
    with pytest.raises(OrderRefused, match=r"KIS_ACCOUNT_NO: got nothing, want .*50000000-01"):
        rig.open(kis_account_no=None).send_order(BUY)

    assert rig.calls() == 0


@pytest.mark.parametrize(
    "order",
    [
        Order("005930", Side.BUY, 0),
        Order("005930", Side.BUY, -1),
        Order("005930", Side.BUY, 1, price=0),
        Order("005930", Side.SELL, 1, price=-71000),
        Order("005930", Side.SELL, 1, price=float("nan")),
    ],
)
def test_an_order_without_sense_is_not_sent(rig: Rig, kis: Kis, order: Order) -> None:
    with pytest.raises(OrderRefused, match="want 1 or more"):
        kis.send_order(order)

    assert rig.calls() == 0


def test_an_order_that_the_broker_turns_down_is_not_repeated(rig: Rig, kis: Kis) -> None:
    with pytest.raises(OrderRefused, match=r"turned down: .*40240000") as caught:
        kis.send_order(Order("005930", Side.SELL, 10))

    assert caught.value.code == "40240000"
    assert rig.calls(ORDER) == 1
    assert rig.orders() == []


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "cut", "where": "before"},
        {"kind": "cut", "where": "body"},
        {"kind": "broken_json"},
        {"kind": "error_5xx"},
    ],
)
def test_an_order_without_an_answer_is_unknown_and_not_repeated(
    rig: Rig, kis: Kis, fault: dict[str, str]
) -> None:
    rig.mock.fault(**fault, endpoint=ORDER, count=1)

    with pytest.raises(BrokerUnavailable, match="whether the order was carried out is not known"):
        kis.send_order(BUY)

    assert rig.calls(ORDER) == 1
    assert len(rig.orders()) <= 1


@pytest.mark.parametrize("kind", ["rate_refusal", "expired_token"])
def test_an_order_refused_at_the_gate_is_not_repeated_either(rig: Rig, kis: Kis, kind: str) -> None:
    rig.mock.fault(kind=kind, endpoint=ORDER, count=1)

    with pytest.raises(OrderRefused, match="the order was turned down"):
        kis.send_order(BUY)

    assert rig.calls(ORDER) == 1
    assert rig.orders() == []


def test_a_token_that_cannot_be_renewed_leaves_no_doubt_about_the_order(rig: Rig, kis: Kis) -> None:
    now = time.time()
    rig.store().save_token(
        kis.line.access_token(),
        expires_at=now + 3600,
        renew_at=now + 3600,
        given_again_at=now,  # the broker has refused it before, and gave it again
        now=now,
    )
    rig.mock.fault(kind="expired_token", endpoint=ORDER, count=1)

    with pytest.raises(OrderRefused, match=r"turned down: .* gave the same one"):
        kis.send_order(BUY)


def test_no_order_is_sent_without_its_hash(rig: Rig, kis: Kis) -> None:
    rig.mock.fault(kind="error_5xx", endpoint=HASH, count=1)

    with pytest.raises(OrderRefused, match="the order was not sent: kis:main: hash key: "):
        kis.send_order(BUY)

    assert rig.calls(ORDER) == 0


def test_the_hash_may_be_asked_for_again(rig: Rig, kis: Kis) -> None:
    rig.mock.fault(kind="rate_refusal", endpoint=HASH, count=1)

    kis.send_order(BUY)

    assert (rig.calls(HASH), rig.calls(ORDER)) == (2, 1)
