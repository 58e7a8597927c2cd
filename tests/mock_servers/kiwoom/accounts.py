"""What an account holds: kt00001 and kt00018. The account is the key's: no call names one."""

from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kiwoom.numbers import padded, rate
from tests.mock_servers.kiwoom.paging import paged
from tests.mock_servers.kiwoom.wire import Asked, Reply, Row
from tests.mock_servers.ledger import Ledger

ROWS = 20
AMOUNT, PRICE = 15, 12  # digits
_DEPOSIT = (
    *("entr", "pymn_alow_amt", "ord_alow_amt", "20stk_ord_alow_amt", "30stk_ord_alow_amt"),
    *("40stk_ord_alow_amt", "50stk_ord_alow_amt", "60stk_ord_alow_amt", "100stk_ord_alow_amt"),
    *("d1_entra", "d1_pymn_alow_amt", "d2_entra", "d2_pymn_alow_amt"),
)
_NOTHING = (
    *("profa_ch", "bncr_profa_ch", "nxdy_bncr_sell_exct", "repl_amt", "ch_uncla", "loan_sum"),
    *("ls_sum", "crd_grnt_rt", "d1_slby_exct_amt", "d1_buy_exct_amt", "d1_sel_exct_amt"),
    *("d2_slby_exct_amt", "d2_buy_exct_amt", "d2_sel_exct_amt"),
)


def deposit(ledger: Ledger, asked: Asked) -> Reply:
    """Answer kt00001: here all cash is settled at once."""
    asked.one_of("qry_tp", "23")
    cash = padded(ledger.account(asked.account).cash, AMOUNT)
    zero = padded(0, AMOUNT)
    return Reply(
        {**dict.fromkeys(_DEPOSIT, cash), **dict.fromkeys(_NOTHING, zero), "stk_entr_prst": []}
    )


def balance(exchange: Exchange, ledger: Ledger, asked: Asked) -> Reply:
    """Answer kt00018: a page of holdings and the sums over all of them."""
    asked.one_of("qry_tp", "12")
    asked.one_of("dmst_stex_tp", ("KRX", "NXT"))
    account = ledger.account(asked.account)
    held = {ticker: quantity for ticker, quantity in account.shares.items() if quantity}
    paid = sum(account.paid[ticker] for ticker in held)
    worth = sum(quantity * _price(exchange, ticker) for ticker, quantity in held.items())
    sums = {
        "tot_pur_amt": padded(paid, AMOUNT),
        "tot_evlt_amt": padded(worth, AMOUNT),
        "tot_evlt_pl": padded(worth - paid, AMOUNT),
        "tot_prft_rt": rate(_gain(worth, paid)),
        "prsm_dpst_aset_amt": padded(account.cash + worth, AMOUNT),
        "tot_loan_amt": padded(0, AMOUNT),
        "tot_crd_loan_amt": padded(0, AMOUNT),
        "tot_crd_ls_amt": padded(0, AMOUNT),
    }

    def row(ticker: str) -> Row:
        return _holding(exchange, ticker, held[ticker], account.paid[ticker], worth)

    return paged("acnt_evlt_remn_indv_tot", sorted(held), row, asked, ROWS, **sums)


def _holding(exchange: Exchange, ticker: str, quantity: int, paid: int, total: int) -> Row:
    issue = exchange.issue(ticker)
    if issue is None:
        raise LookupError(f"{ticker} was bought and is not listed")
    quote = exchange.quote(issue)
    worth = quote.price * quantity
    shares, zero = padded(quantity, AMOUNT), padded(0, AMOUNT)
    return {
        "stk_cd": f"A{ticker}",
        "stk_nm": issue.listing.name,
        "evltv_prft": padded(worth - paid, AMOUNT),
        "prft_rt": rate(_gain(worth, paid)),
        "pur_pric": padded(round(paid / quantity), AMOUNT),
        "pred_close_pric": padded(quote.base, PRICE),
        "rmnd_qty": shares,
        "trde_able_qty": shares,
        "cur_prc": padded(quote.price, PRICE),
        "pred_buyq": zero,
        "pred_sellq": zero,
        "tdy_buyq": shares,
        "tdy_sellq": zero,
        "pur_amt": padded(paid, AMOUNT),
        "pur_cmsn": zero,
        "evlt_amt": padded(worth, AMOUNT),
        "sell_cmsn": zero,
        "tax": zero,
        "sum_cmsn": zero,
        "poss_rt": rate(100 * worth / total),
        "crd_tp": "00",
        "crd_tp_nm": "",
        "crd_loan_dt": "",
    }


def _price(exchange: Exchange, ticker: str) -> int:
    issue = exchange.issue(ticker)
    return exchange.quote(issue).price if issue else 0


def _gain(worth: int, paid: int) -> float:
    return 100 * (worth - paid) / paid if paid else 0.0
