"""Orders to Kiwoom are sent once or not at all, and never by accident."""

import pytest

from app.brokers.base import Order, Side
from app.brokers.errors import BrokerUnavailable, OrderRefused
from app.brokers.kiwoom import Kiwoom
from tests.integration.brokers.kiwoom_rig import KiwoomRig

BUYING, SELLING = "kt10000", "kt10001"
BUY = Order("005930", Side.BUY, quantity=3)


def test_an_order_takes_one_permit_and_arrives_once(kiwoom_rig: KiwoomRig, kiwoom: Kiwoom) -> None:
    kiwoom.line.access_token()
    kiwoom_rig.mock.reset()

    with kiwoom.work(priority=0) as tally:
        receipt = kiwoom.send_order(BUY)

    assert tally.calls == kiwoom_rig.calls(BUYING) == kiwoom_rig.calls() == 1
    (taken,) = kiwoom_rig.orders()
    assert receipt.number == taken["number"]
    assert receipt.price is None
    assert (taken["side"], taken["tr_id"], taken["quantity"]) == ("buy", BUYING, 3)
    assert taken["division"] == "3"  # at the market


def test_a_limit_is_put_on_a_tick_that_is_never_worse_than_asked(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    quote = kiwoom.fetch_quote("005930")
    assert quote is not None
    between = quote.price // 100 * 100 + 30  # 50,000 to 200,000 won: ticks of 100

    bought = kiwoom.send_order(Order("005930", Side.BUY, 2, price=between))
    sold = kiwoom.send_order(Order("005930", Side.SELL, 1, price=between))

    assert 50_000 < quote.price < 200_000
    assert (bought.price, sold.price) == (between - 30, between + 70)
    assert [(each["tr_id"], each["price"], each["division"]) for each in kiwoom_rig.orders()] == [
        (BUYING, bought.price, "0"),
        (SELLING, sold.price, "0"),
    ]


def test_a_live_account_sends_no_order_unless_orders_are_enabled(kiwoom_rig: KiwoomRig) -> None:
    with pytest.raises(OrderRefused, match="ORDERS_ENABLED"):
        kiwoom_rig.open(orders_enabled=False).send_order(BUY)

    assert kiwoom_rig.calls() == 0


def test_a_paper_account_may_send_them(kiwoom_rig: KiwoomRig) -> None:
    kiwoom_rig.open(kiwoom_env="paper", orders_enabled=False).send_order(BUY)

    assert len(kiwoom_rig.orders()) == 1


@pytest.mark.parametrize(
    "order",
    [Order("005930", Side.BUY, 0), Order("005930", Side.SELL, 1, price=float("nan"))],
)
def test_an_order_without_sense_is_not_sent(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom, order: Order
) -> None:
    with pytest.raises(OrderRefused, match="want 1 or more"):
        kiwoom.send_order(order)

    assert kiwoom_rig.calls() == 0


def test_an_order_that_the_broker_turns_down_is_not_repeated(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    with pytest.raises(OrderRefused, match=r"turned down: kiwoom:main: order of 005930: "):
        kiwoom.send_order(Order("005930", Side.SELL, 10))

    assert kiwoom_rig.calls(SELLING) == 1
    assert kiwoom_rig.orders() == []


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
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom, fault: dict[str, str]
) -> None:
    kiwoom_rig.mock.fault(**fault, endpoint=BUYING, count=1)

    with pytest.raises(BrokerUnavailable, match="whether the order was carried out is not known"):
        kiwoom.send_order(BUY)

    assert kiwoom_rig.calls(BUYING) == 1


@pytest.mark.parametrize("kind", ["rate_refusal", "expired_token"])
def test_an_order_refused_at_the_gate_is_not_repeated_either(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom, kind: str
) -> None:
    kiwoom_rig.mock.fault(kind=kind, endpoint=BUYING, count=1)

    with pytest.raises(OrderRefused, match="the order was turned down"):
        kiwoom.send_order(BUY)

    assert kiwoom_rig.calls(BUYING) == 1
    assert kiwoom_rig.orders() == []


def test_no_order_is_sent_without_a_token(kiwoom_rig: KiwoomRig, kiwoom: Kiwoom) -> None:
    kiwoom_rig.mock.fault(kind="error_5xx", endpoint="au10001", count=1)

    with pytest.raises(OrderRefused, match="the order was not sent: kiwoom:main: access token: "):
        kiwoom.send_order(BUY)

    assert kiwoom_rig.calls(BUYING) == 0
