"""Orders: kt10000 to kt10003, and what became of them: ka10075, ka10076 and kt00009.

Every order is filled at once, so nothing is left to be changed or cancelled. Codes and texts of
refusals: answers observed by client authors, but those of a halt and of the daily limits.
"""

from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kiwoom.numbers import padded
from tests.mock_servers.kiwoom.paging import paged
from tests.mock_servers.kiwoom.wire import (
    Asked,
    Refusal,
    Reply,
    Row,
    business_refusal,
    refusal,
)
from tests.mock_servers.ledger import Ledger, Order, TurnedDown

PLACES = ("KRX", "NXT", "SOR")
LIMIT_KINDS = ("0", "5", "10", "20", "61", "62")  # the rest are filled at the last price
MARKET_KINDS = ("3", "6", "7", "13", "16", "23", "26", "81")
ROWS = 100
AMOUNT, QUANTITY = 15, 10  # digits


def send_order(ledger: Ledger, environment: str, asked: Asked) -> Reply:
    """Answer kt10000 and kt10001."""
    place = _place(asked, environment)
    kind = asked.one_of("trde_tp", LIMIT_KINDS + MARKET_KINDS)
    try:
        order = ledger.place(
            account=asked.account,
            tr_id=asked.api_id,
            side="buy" if asked.api_id == "kt10000" else "sell",
            ticker=asked.ticker,
            quantity=asked.number("ord_qty"),
            limit=asked.number("ord_uv") if kind in LIMIT_KINDS else None,
            division=kind,
        )
    except TurnedDown as turned_down:
        raise _refused(turned_down, asked) from turned_down
    side = "매수" if order.side == "buy" else "매도"
    outputs = {"ord_no": order.number, "dmst_stex_tp": place}
    return Reply(outputs, message=f"{side}주문이 완료되었습니다.")


def change_order(ledger: Ledger, environment: str, asked: Asked) -> Reply:
    """Answer kt10002 and kt10003: refused, for the order is filled or was never taken."""
    _place(asked, environment)
    if asked.api_id == "kt10002":
        asked.number("mdfy_uv")
    quantity = "mdfy_qty" if asked.api_id == "kt10002" else "cncl_qty"
    if not asked[quantity].isdecimal():  # 0 means all that is left
        raise refusal("1517", name=quantity)
    asked_for = asked["orig_ord_no"], asked.ticker
    if asked_for not in {(order.number, order.ticker) for order in ledger.orders(asked.account)}:
        raise business_refusal("RC4032", "모의투자 원주문번호가 존재하지 않습니다.")
    raise business_refusal("RC4033", "모의투자 정정/취소할 수량이 없습니다.")


def open_orders(asked: Asked) -> Reply:
    """Answer ka10075: none."""
    asked.one_of("all_stk_tp", "01")
    asked.one_of("trde_tp", "012")
    return Reply({"oso": []})


def filled_orders(exchange: Exchange, ledger: Ledger, asked: Asked) -> Reply:
    """Answer ka10076, newest first."""
    ticker = asked["stk_cd"] if asked.one_of("qry_tp", "01") == "1" else ""
    orders = _orders(ledger, asked, ticker)
    return paged("cntr", orders, lambda order: _filled(exchange, order), asked, ROWS)


def orders_of_a_day(exchange: Exchange, ledger: Ledger, asked: Asked) -> Reply:
    """Answer kt00009: the orders of ``ord_dt``, or all, newest first, and what they come to."""
    for name, allowed in (("stk_bond_tp", "012"), ("mrkt_tp", "01234"), ("qry_tp", "01")):
        asked.one_of(name, allowed)
    asked.one_of("dmst_stex_tp", ("%", *PLACES))
    day = asked.date("ord_dt") if asked.fields.get("ord_dt") else ""
    orders = [
        order
        for order in _orders(ledger, asked, asked.ticker if asked.fields.get("stk_cd") else "")
        if day in ("", f"{order.at:%Y%m%d}")
    ]
    bought, sold = (
        sum(order.quantity * order.price for order in orders if order.side == side)
        for side in ("buy", "sell")
    )
    sums = {
        "sell_grntl_engg_amt": padded(sold, AMOUNT),
        "buy_engg_amt": padded(bought, AMOUNT),
        "engg_amt": padded(bought + sold, AMOUNT),
    }
    name = "acnt_ord_cntr_prst_array"
    return paged(name, orders, lambda order: _state(exchange, order), asked, ROWS, **sums)


def _orders(ledger: Ledger, asked: Asked, ticker: str) -> list[Order]:
    """Return the orders of the sides asked for, of a ticker or ("") of all, newest first."""
    sides = {"0": ("buy", "sell"), "1": ("sell",), "2": ("buy",)}[asked.one_of("sell_tp", "012")]
    return [
        order
        for order in ledger.orders(asked.account)[::-1]
        if order.side in sides and ticker in ("", order.ticker)
    ]


def _place(asked: Asked, environment: str) -> str:
    place = asked.one_of("dmst_stex_tp", PLACES)
    if environment == "paper" and place != "KRX":
        raise business_refusal("RC9000", "모의투자에서는 해당업무가 제공되지 않습니다.")
    return place


def _filled(exchange: Exchange, order: Order) -> Row:
    issue = exchange.issue(order.ticker)
    return {
        "ord_no": order.number,
        "stk_nm": issue.listing.name if issue else "",
        "io_tp_nm": "+매수" if order.side == "buy" else "-매도",
        "ord_pric": str(order.price if order.division in LIMIT_KINDS else 0),
        "ord_qty": str(order.quantity),
        "cntr_pric": str(order.price),
        "cntr_qty": str(order.quantity),
        "oso_qty": "0",
        "tdy_trde_cmsn": "0",
        "tdy_trde_tax": "0",
        "ord_stt": "체결",
        "trde_tp": "보통" if order.division == "0" else "시장가",
        "orig_ord_no": "0000000",
        "ord_tm": f"{order.at:%H%M%S}",
        "stk_cd": order.ticker,
        "stex_tp": "1",
        "stex_tp_txt": "KRX",
        "sor_yn": "N",
        "stop_pric": "0",
    }


def _state(exchange: Exchange, order: Order) -> Row:
    issue = exchange.issue(order.ticker)
    quantity = padded(order.quantity, QUANTITY)
    return {
        "stk_bond_tp": "1",
        "ord_no": order.number,
        "stk_cd": f"A{order.ticker}",
        "trde_tp": "보통" if order.division == "0" else "시장가",
        "io_tp_nm": "현금매수" if order.side == "buy" else "현금매도",
        "ord_qty": quantity,
        "ord_uv": padded(order.price if order.division in LIMIT_KINDS else 0, QUANTITY),
        "cnfm_qty": padded(0, QUANTITY),
        "rsrv_oppo": "",
        "cntr_no": order.number,
        "acpt_tp": "접수",
        "orig_ord_no": "0000000",
        "stk_nm": issue.listing.name if issue else "",
        "setl_tp": "삼일결제",
        "crd_deal_tp": "보통매매",
        "cntr_qty": quantity,
        "cntr_uv": padded(order.price, QUANTITY),
        "comm_ord_tp": "REST API",
        "mdfy_cncl_tp": "",
        "cntr_tm": f"{order.at:%H:%M:%S}",
        "dmst_stex_tp": "KRX",
        "cond_uv": padded(0, QUANTITY),
    }


def _refused(turned_down: TurnedDown, asked: Asked) -> Refusal:
    match turned_down.reason:
        case "unknown":
            return refusal("1902", ticker=asked["stk_cd"])
        case "cash":
            most = turned_down.most
            return business_refusal("855056", f"매수증거금이 부족합니다. {most}주 매수가능")
        case "shares":
            most = turned_down.most
            return business_refusal("800033", f"매도가능수량이 부족합니다. {most}주 매도가능")
        case "tick":
            return business_refusal("RC4003", "모의투자 호가단위 오류입니다.")
        case "halted":
            return business_refusal("RC4007", "모의투자 매매제한 종목입니다.")
        case "limits":
            return business_refusal("RC4027", "모의투자 상/하한가 오류입니다.")
