"""What an account holds and can buy: inquire-balance and inquire-psbl-order."""

from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kis.orders import MARKET_DIVISIONS, account_number, paged
from tests.mock_servers.kis.wire import Asked, Reply, Row, percent, refusal
from tests.mock_servers.ledger import Ledger

PAGE_ROWS, PAPER_PAGE_ROWS = 50, 20
_ALWAYS_ZERO = (
    "cma_evlu_amt",
    "bfdy_buy_amt",
    "bfdy_sll_amt",
    "thdt_sll_amt",
    "bfdy_tlex_amt",
    "thdt_tlex_amt",
    "nxdy_auto_rdpt_amt",
    "d2_auto_rdpt_amt",
    "tot_loan_amt",
    "tot_stln_slng_chgs",
    "asst_icdc_amt",
)


def balance(exchange: Exchange, ledger: Ledger, asked: Asked) -> Reply:
    """Answer inquire-balance, a page of holdings and the sums over all of them."""
    account = ledger.account(account_number(asked))
    rows = [
        _holding(exchange, ticker, quantity, account.paid[ticker])
        for ticker, quantity in sorted(account.shares.items())
        if quantity
    ]
    page = PAPER_PAGE_ROWS if asked.tr_id.startswith("V") else PAGE_ROWS
    return paged(asked, rows, page, [_sums(account.cash, rows)])


def buying_power(exchange: Exchange, ledger: Ledger, asked: Asked) -> Reply:
    """Answer inquire-psbl-order."""
    cash = ledger.account(account_number(asked)).cash
    issue = exchange.issue(asked["PDNO"])
    if issue is None:
        raise refusal("1", "MCA05918", "종목코드 오류입니다.")
    quote = exchange.quote(issue)
    limit_price = asked.fields.get("ORD_UNPR", "").strip()
    at_market = asked["ORD_DVSN"] in MARKET_DIVISIONS or not limit_price.isdecimal()
    price = (quote.upper if at_market else int(limit_price)) or quote.upper
    output = {
        "ord_psbl_cash": str(cash),
        "ord_psbl_sbst": "0",
        "ruse_psbl_amt": "0",
        "fund_rpch_chgs": "0",
        "psbl_qty_calc_unpr": str(price),
        "nrcvb_buy_amt": str(cash),
        "nrcvb_buy_qty": str(cash // price),
        "max_buy_amt": str(cash),
        "max_buy_qty": str(cash // price),
        "cma_evlu_amt": "0",
        "ovrs_re_use_amt_wcrc": "0",
        "ord_psbl_frcr_amt_wcrc": "0",
    }
    return Reply({"output": output})


def _holding(exchange: Exchange, ticker: str, quantity: int, paid: int) -> Row:
    issue = exchange.issue(ticker)
    if issue is None:
        raise LookupError(f"{ticker} was bought and is not listed")
    price = exchange.quote(issue).price
    worth = price * quantity
    gain = percent(100 * (worth - paid) / paid if paid else 0.0)
    zeros = dict.fromkeys(
        ("bfdy_buy_qty", "bfdy_sll_qty", "thdt_sll_qty", "loan_amt", "stln_slng_chgs"), "0"
    )
    return {
        "pdno": ticker,
        "prdt_name": issue.listing.name,
        "trad_dvsn_name": "현금",
        **zeros,
        "thdt_buyqty": str(quantity),
        "hldg_qty": str(quantity),
        "ord_psbl_qty": str(quantity),
        "pchs_avg_pric": f"{paid / quantity:.4f}",
        "pchs_amt": str(paid),
        "prpr": str(price),
        "evlu_amt": str(worth),
        "evlu_pfls_amt": str(worth - paid),
        "evlu_pfls_rt": gain,
        "evlu_erng_rt": gain,
        "loan_dt": "",
        "expd_dt": "",
        "fltt_rt": "0.00000000",
        "bfdy_cprs_icdc": "0",
        "item_mgna_rt_name": "20%",
        "grta_rt_name": "",
        "sbst_pric": "0",
        "stck_loan_unpr": "0.0000",
    }


def _sums(cash: int, rows: list[Row]) -> Row:
    paid, worth = (sum(int(row[name]) for row in rows) for name in ("pchs_amt", "evlu_amt"))
    return {
        **dict.fromkeys(_ALWAYS_ZERO, "0"),
        "dnca_tot_amt": str(cash + paid),
        "nxdy_excc_amt": str(cash),
        "prvs_rcdl_excc_amt": str(cash),
        "thdt_buy_amt": str(paid),
        "scts_evlu_amt": str(worth),
        "tot_evlu_amt": str(cash + worth),
        "nass_amt": str(cash + worth),
        "fncg_gld_auto_rdpt_yn": "",
        "pchs_amt_smtl_amt": str(paid),
        "evlu_amt_smtl_amt": str(worth),
        "evlu_pfls_smtl_amt": str(worth - paid),
        "bfdy_tot_asst_evlu_amt": str(cash + worth),
        "asst_icdc_erng_rt": "0.00000000",
    }
