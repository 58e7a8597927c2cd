"""What a ticker is, and when the exchange opens: search-info, search-stock-info, chk-holiday."""

from datetime import date, timedelta

from tests.mock_servers.exchange.bars import compact
from tests.mock_servers.exchange.listings import Listing
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.sessions import is_session
from tests.mock_servers.kis.wire import DONE, Asked, Reply, Row, missing_field, refusal

HOLIDAY_ROWS = 24
MORE = {**DONE, "msg_cd": "KIOK0500", "msg1": "조회가 계속됩니다."}
_BOARDS = {"KOSPI": ("STK", "02"), "KOSDAQ": ("KSQ", "03"), "KONEX": ("KNX", "04")}
_KINDS = {"ST": "주권", "EF": "ETF", "EN": "ETN"}


def search_info(exchange: Exchange, asked: Asked) -> Reply:
    """Answer CTPF1604R."""
    listing = _listing(exchange, asked)
    english = f"Issue {listing.ticker}"
    output = {
        "pdno": f"00000A{listing.ticker}",
        "prdt_type_cd": asked["PRDT_TYPE_CD"],
        "prdt_name": listing.name,
        "prdt_name120": listing.name,
        "prdt_abrv_name": listing.name,
        "prdt_eng_name": english,
        "prdt_eng_name120": english,
        "prdt_eng_abrv_name": english,
        "std_pdno": listing.isin,
        "shtn_pdno": listing.ticker,
        "prdt_sale_stat_cd": "",
        "prdt_risk_grad_cd": "",
        "prdt_clsf_cd": "",
        "prdt_clsf_name": _KINDS[listing.group],
        "sale_strt_dt": listing.listed_on,
        "sale_end_dt": "",
    }
    return Reply({"output": output})


def search_stock_info(exchange: Exchange, asked: Asked) -> Reply:
    """Answer CTPF1002R."""
    listing = _listing(exchange, asked)
    market_id, exchange_code = _BOARDS[listing.market]
    output = {
        "pdno": f"00000A{listing.ticker}",
        "prdt_type_cd": asked["PRDT_TYPE_CD"],
        "mket_id_cd": market_id,
        "scty_grp_id_cd": listing.group,
        "excg_dvsn_cd": exchange_code,
        "setl_mmdd": "1231",
        "lstg_stqt": str(listing.shares),
        "papr": str(listing.par),
        "kospi200_item_yn": "Y" if listing.in_kospi200 else "N",
        "scts_mket_lstg_dt": listing.listed_on if listing.market == "KOSPI" else "",
        "kosdaq_mket_lstg_dt": listing.listed_on if listing.market == "KOSDAQ" else "",
        "lstg_abol_dt": "",
        "stck_kind_cd": "201" if listing.preferred else "101",
        "prdt_name": listing.name,
        "std_pdno": listing.isin,
        "admn_item_yn": "Y" if listing.under_administration else "N",
    }
    return Reply({"output": output})


def check_holidays(_: Exchange, asked: Asked) -> Reply:
    """Answer CTCA0903R: 24 calendar days from a date on."""
    try:
        start = date.fromisoformat(asked.date("BASS_DT"))
    except ValueError:
        raise missing_field("BASS_DT") from None
    days = [start + timedelta(days=ahead) for ahead in range(HOLIDAY_ROWS)]
    areas = {"ctx_area_nk": compact(days[-1]).ljust(20), "ctx_area_fk": " " * 20}
    return Reply({**areas, "output": [_day(day) for day in days]}, "M", MORE)


def _day(day: date) -> Row:
    weekday = "Y" if day.weekday() < 5 else "N"
    opened = "Y" if is_session(day) else "N"
    return {
        "bass_dt": compact(day),
        "wday_dvsn_cd": f"{day.isoweekday() % 7 + 1:02}",  # 01 is Sunday
        "bzdy_yn": weekday,
        "tr_day_yn": weekday,
        "opnd_yn": opened,
        "sttl_day_yn": opened,
    }


def _listing(exchange: Exchange, asked: Asked) -> Listing:
    issue = exchange.issue(asked["PDNO"][-7:].removeprefix("A"))
    if issue is None:
        raise refusal("7", "KIOK0560", "조회할 내용이 없습니다")
    return issue.listing
