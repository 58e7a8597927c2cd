"""Orders: order-cash, and what became of them: inquire-daily-ccld, inquire-psbl-rvsecncl."""

from collections.abc import Sequence

from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kis.wire import DONE, Asked, Refusal, Reply, Row, missing_field, refusal
from tests.mock_servers.ledger import Ledger, Order, TurnedDown

BUY_IDS = ("TTTC0012U", "TTTC0802U")  # the second is the one of older libraries
SELL_IDS = ("TTTC0011U", "TTTC0801U")
FILLED_IDS = ("TTTC0081R", "TTTC8001R", "CTSC9215R")
OPEN_IDS = ("TTTC0084R", "TTTC8036R")
MARKET_DIVISIONS = ("01", "13", "14")
PAGE_ROWS, PAPER_PAGE_ROWS = 100, 15
AREA = 100  # the width of the two fields that name the next page
_SENT = {**DONE, "msg_cd": "APBK0013", "msg1": "주문 전송 완료 되었습니다."}
_LAST_PAGE = {**DONE, "msg_cd": "KIOK0510", "msg1": "조회가 완료되었습니다"}
_MORE_PAGES = {**DONE, "msg_cd": "KIOK0500", "msg1": "조회가 계속됩니다."}
_SIDES = {"00": ("buy", "sell"), "01": ("sell",), "02": ("buy",)}


def send_order(ledger: Ledger, asked: Asked) -> Reply:
    """Answer order-cash; which side it is, the tr_id says."""
    try:
        order = ledger.place(
            account=account_number(asked),
            tr_id=asked.tr_id,
            side="buy" if f"T{asked.tr_id[1:]}" in BUY_IDS else "sell",
            ticker=asked["PDNO"],
            quantity=_quantity(asked),
            limit=_limit(asked),
            division=asked["ORD_DVSN"],
        )
    except TurnedDown as turned_down:
        raise _refused(turned_down) from turned_down
    output = {
        "KRX_FWDG_ORD_ORGNO": "00950",
        "ODNO": order.number,
        "ORD_TMD": f"{order.at:%H%M%S}",
    }
    return Reply({"output": output}, envelope=_SENT)


def filled_orders(exchange: Exchange, ledger: Ledger, asked: Asked) -> Reply:
    """Answer inquire-daily-ccld: a page of orders, newest first unless asked otherwise."""
    first, last = asked.date("INQR_STRT_DT"), asked.date("INQR_END_DT")
    sides = _SIDES.get(asked.fields.get("SLL_BUY_DVSN_CD", "").strip() or "00")
    if sides is None:
        raise missing_field("SLL_BUY_DVSN_CD")
    ticker, number = (asked.fields.get(name, "").strip() for name in ("PDNO", "ODNO"))
    only_open = asked.fields.get("CCLD_DVSN", "").strip() == "02"  # and all here are filled
    orders = [
        order
        for order in ledger.orders(account_number(asked))
        if first <= f"{order.at:%Y%m%d}" <= last
        and order.side in sides
        and ticker in ("", order.ticker)
        and number in ("", order.number)
        and not only_open
    ]
    if asked.fields.get("INQR_DVSN", "").strip() != "01":
        orders.reverse()
    sums = {
        "tot_ord_qty": str(sum(order.quantity for order in orders)),
        "tot_ccld_qty": str(sum(order.quantity for order in orders)),
        "pchs_avg_pric": f"{_mean_price(orders):.4f}",
        "tot_ccld_amt": str(sum(order.quantity * order.price for order in orders)),
        "prsm_tlex_smtl": "0",
    }
    page = PAPER_PAGE_ROWS if asked.tr_id.startswith("V") else PAGE_ROWS
    return paged(asked, [_filled(exchange, order) for order in orders], page, sums)


def open_orders(asked: Asked) -> Reply:
    """Answer inquire-psbl-rvsecncl: none, for every order is filled at once."""
    account_number(asked)
    outputs = {"ctx_area_fk100": " " * AREA, "ctx_area_nk100": " " * AREA, "output": []}
    return Reply(outputs, "D", _LAST_PAGE)


def paged(asked: Asked, rows: Sequence[Row], page: int, sums: object) -> Reply:
    """Return the page of ``rows`` that is asked for, and ``sums`` over all of them."""
    place = asked.fields.get("CTX_AREA_NK100", "").strip() if asked.next_page else ""
    start = int(place) if place.isdecimal() else 0
    more = len(rows) > start + page
    outputs = {
        "ctx_area_fk100": f"{asked['CANO']}!^{asked['ACNT_PRDT_CD']}".ljust(AREA),
        "ctx_area_nk100": (str(start + page) if more else "").ljust(AREA),
        "output1": rows[start : start + page],
        "output2": sums,
    }
    if more:
        return Reply(outputs, "M" if start else "F", _MORE_PAGES)
    return Reply(outputs, "E" if start else "D", _LAST_PAGE)


def account_number(asked: Asked) -> str:
    """Return the account that a call names, like 50000000-01."""
    number, product = asked["CANO"], asked["ACNT_PRDT_CD"]
    if not (number + product).isdecimal() or (len(number), len(product)) != (8, 2):
        raise refusal("2", "OPSQ2000", "ERROR : INPUT INVALID_CHECK_ACNO")
    return f"{number}-{product}"


def _filled(exchange: Exchange, order: Order) -> Row:
    issue = exchange.issue(order.ticker)
    name = issue.listing.name if issue else ""
    quantity = str(order.quantity)
    return {
        "ord_dt": f"{order.at:%Y%m%d}",
        "ord_gno_brno": "00950",
        "odno": order.number,
        "orgn_odno": "",
        "ord_dvsn_name": "시장가" if order.division in MARKET_DIVISIONS else "지정가",
        "sll_buy_dvsn_cd": "02" if order.side == "buy" else "01",
        "sll_buy_dvsn_cd_name": "현금매수" if order.side == "buy" else "현금매도",
        "pdno": order.ticker,
        "prdt_name": name,
        "ord_qty": quantity,
        "ord_unpr": str(order.price),
        "ord_tmd": f"{order.at:%H%M%S}",
        "tot_ccld_qty": quantity,
        "avg_prvs": str(order.price),
        "cncl_yn": "N",
        "tot_ccld_amt": str(order.quantity * order.price),
        "loan_dt": "",
        "ordr_empno": "",
        "ord_dvsn_cd": order.division,
        "cncl_cfrm_qty": "0",
        "rmn_qty": "0",
        "rjct_qty": "0",
        "ccld_cndt_name": "없음",
        "inqr_ip_addr": "",
        "cpbc_ordp_ord_rcit_dvsn_cd": "",
        "cpbc_ordp_infm_mthd_dvsn_cd": "",
        "infm_tmd": f"{order.at:%H%M%S}",
        "ctac_tlno": "",
        "prdt_type_cd": "300",
        "excg_dvsn_cd": "02",
        "cpbc_ordp_mtrl_dvsn_cd": "",
        "ord_orgno": "00950",
        "rsvn_ord_end_dt": "",
        "excg_id_dvsn_cd": "KRX",
        "stpm_cndt_pric": "0",
        "stpm_efct_occr_dtmd": "",
    }


def _mean_price(orders: Sequence[Order]) -> float:
    quantity = sum(order.quantity for order in orders)
    return sum(order.quantity * order.price for order in orders) / quantity if quantity else 0.0


def _limit(asked: Asked) -> int | None:
    text = asked["ORD_UNPR"]
    if not text.isdecimal():
        raise missing_field("ORD_UNPR")
    return None if asked["ORD_DVSN"] in MARKET_DIVISIONS else int(text)


def _quantity(asked: Asked) -> int:
    text = asked["ORD_QTY"]
    if not text.isdecimal() or int(text) == 0:
        raise missing_field("ORD_QTY")
    return int(text)


def _refused(turned_down: TurnedDown) -> Refusal:
    """Return the refusal of an order; which code the real ledger gives each is not known."""
    match turned_down.reason:
        case "unknown":
            return refusal("1", "MCA05918", "종목코드 오류입니다.")
        case "cash":
            return refusal("7", "40240000", "주문가능금액을 초과 했습니다")
        case "shares":
            return refusal("7", "40240000", "주문가능수량을 초과 했습니다")
        case "halted":
            text = "거래정지 종목입니다."
        case "tick":
            text = f"호가단위 오류입니다. 호가단위: {turned_down.most}원"
        case "limits":
            text = "상하한가 범위를 벗어난 주문입니다."
    return refusal("7", "APBK0400", text)
