"""Quotes: inquire-price and intstock-multprice.

A ticker that is not listed is no error here: its numbers are "0".
"""

from tests.mock_servers.exchange.bars import Bars
from tests.mock_servers.exchange.flows import flows
from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.quote import Quote, order_book
from tests.mock_servers.kis.wire import Asked, Reply, Row, percent

HUNDRED_MILLION = 100_000_000
QUOTES_A_CALL = 30
_NUMBERS = frozenset("0123456789.-")


def inquire_price(exchange: Exchange, asked: Asked) -> Reply:
    """Answer FHKST01010100."""
    ticker = asked.code
    issue = exchange.issue(ticker)
    if issue is not None:
        return Reply({"output": _price(exchange, issue)})
    like = _price(exchange, next(iter(exchange)))
    unknown = {name: "0" if _NUMBERS.issuperset(value) else "" for name, value in like.items()}
    return Reply({"output": {**unknown, "stck_shrn_iscd": ticker}})


def inquire_prices(exchange: Exchange, asked: Asked) -> Reply:
    """Answer FHKST11300006: up to 30 tickers in numbered fields."""
    fields = [f"FID_INPUT_ISCD_{number}" for number in range(1, QUOTES_A_CALL + 1)]
    tickers = [asked.fields[name] for name in fields if asked.fields.get(name)]
    return Reply({"output": [_short_price(exchange, ticker) for ticker in tickers]})


def price_fields(quote: Quote) -> Row:
    """Return the fields of a price that most calls spell alike."""
    return {
        "stck_prpr": str(quote.price),
        "prdy_vrss": str(quote.change),
        "prdy_vrss_sign": quote.sign,
        "prdy_ctrt": percent(quote.rate),
        "acml_vol": str(quote.volume),
        "acml_tr_pbmn": str(quote.value),
        "stck_oprc": str(quote.open),
        "stck_hgpr": str(quote.high),
        "stck_lwpr": str(quote.low),
        "stck_mxpr": str(quote.upper),
        "stck_llam": str(quote.lower),
    }


def worth_fields(issue: Issue, quote: Quote) -> Row:
    """Return what a company is worth by its price; ``hts_avls`` in 100 million won."""
    listing = issue.listing
    capital = listing.shares * listing.par
    return {
        "per": percent(quote.price / listing.earnings if listing.earnings else 0.0),
        "pbr": percent(quote.price / listing.book if listing.book else 0.0),
        "eps": percent(listing.earnings),
        "lstn_stcn": str(listing.shares),
        "hts_avls": str(listing.shares * quote.price // HUNDRED_MILLION),
        "cpfn": str(capital // HUNDRED_MILLION),
        "stck_fcam": str(listing.par),
        "vol_tnrt": percent(100 * quote.volume / listing.shares),
    }


def volume_rate(quote: Quote) -> str:
    """Return the volume in percent of the one before."""
    return percent(100 * quote.volume / quote.volume_before if quote.volume_before else 0.0)


def _price(exchange: Exchange, issue: Issue) -> Row:
    quote = exchange.quote(issue)
    net = flows(issue, exchange.seed).foreign
    foreign = int(net.bought[-1] - net.sold[-1])
    held = int(issue.listing.shares * issue.listing.foreign_share)
    mean_price = quote.value / quote.volume if quote.volume else float(quote.price)
    return {
        **_state(issue, quote),
        **price_fields(quote),
        **worth_fields(issue, quote),
        **_ranges(issue.bars, quote),
        **_pivots(issue.bars),
        "stck_sdpr": str(quote.base),
        "stck_sspr": str(quote.base * 4 // 5),
        "wghn_avrg_stck_prc": percent(mean_price),
        "aspr_unit": str(quote.tick),
        "prdy_vrss_vol_rate": volume_rate(quote),
        "bps": percent(issue.listing.book),
        "stac_month": "12",
        "frgn_ntby_qty": str(foreign),
        "pgtr_ntby_qty": str(foreign // 3),
        "frgn_hldn_qty": str(held),
        "hts_frgn_ehrt": percent(100 * issue.listing.foreign_share),
        "last_ssts_cntg_qty": str(quote.volume // 50),
        "whol_loan_rmnd_rate": "0.35",
    }


def _state(issue: Issue, quote: Quote) -> Row:
    listing = issue.listing
    administered = listing.under_administration
    state = "58" if quote.halted else "51" if administered else "55"
    board = "KOSPI" if listing.market == "KOSPI" else listing.market
    return {
        "iscd_stat_cls_code": state,
        "marg_rate": "100.00" if administered else "20.00",
        "rprs_mrkt_kor_name": "ETF" if listing.group == "EF" else board,
        "new_hgpr_lwpr_cls_code": "",
        "bstp_kor_isnm": listing.sector,
        "temp_stop_yn": "Y" if quote.halted else "N",
        "oprc_rang_cont_yn": "N",
        "clpr_rang_cont_yn": "N",
        "crdt_able_yn": "N" if administered else "Y",
        "grmn_rate_cls_code": "40",
        "elw_pblc_yn": "N",
        "stck_shrn_iscd": listing.ticker,
        "hts_deal_qty_unit_val": "1",
        "fcam_cnnm": f"{listing.par} 원",
        "cpfn_cnnm": f"{listing.shares * listing.par // HUNDRED_MILLION:,} 억",
        "apprch_rate": "",
        "vi_cls_code": "N",
        "ovtm_vi_cls_code": "N",
        "ssts_yn": "Y",
        "invt_caful_yn": "N",
        "mrkt_warn_cls_code": "00",
        "short_over_yn": "N",
        "sltr_yn": "N",
        "mang_issu_cls_code": "Y" if administered else "N",
    }


def _ranges(bars: Bars, quote: Quote) -> Row:
    """Return highest and lowest price of 250 sessions, 52 weeks and the year, with dates."""
    year = len(bars.span(bars.sessions[-1][:4] + "0101", bars.sessions[-1]))
    spans = {"d250": 250, "w52": 252, "dryy": year}
    fields: Row = {}
    for name, sessions in spans.items():
        start = max(len(bars) - sessions, 0)
        for side, column in (("hgpr", bars.high), ("lwpr", bars.low)):
            newest = column[start:].tolist()
            traded = [price for price in newest if price] or [quote.price]
            price = max(traded) if side == "hgpr" else min(traded)
            place = start + newest.index(price) if price in newest else len(bars) - 1
            rate = percent(100 * (quote.price - price) / price if price else 0.0)
            prefix = "stck_" if name == "dryy" else ""
            ending = "ctrt" if name == "w52" else "rate"
            fields[f"{prefix}{name}_{side}"] = str(price)
            fields[f"{name}_{side}_date"] = bars.sessions[place]
            fields[f"{name}_{side}_vrss_prpr_{ending}"] = rate
    return fields


def _pivots(bars: Bars) -> Row:
    """Return the floor-trader levels of the session before."""
    before = max(len(bars) - 2, 0)
    high, low, close = int(bars.high[before]), int(bars.low[before]), int(bars.close[before])
    middle = (high + low + close) // 3
    return {
        "pvt_scnd_dmrs_prc": str(middle + high - low),
        "pvt_frst_dmrs_prc": str(2 * middle - low),
        "pvt_pont_val": str(middle),
        "pvt_frst_dmsp_prc": str(2 * middle - high),
        "pvt_scnd_dmsp_prc": str(middle - high + low),
        "dmrs_val": str((middle + high) // 2),
        "dmsp_val": str((middle + low) // 2),
        "rstc_wdth_prc": str(close * 3 // 10),
    }


def _short_price(exchange: Exchange, ticker: str) -> Row:
    issue = exchange.issue(ticker)
    if issue is None:
        return {"inter_shrn_iscd": ticker, "inter_kor_isnm": "", "inter2_prpr": "0"}
    quote = exchange.quote(issue)
    asks, bids = order_book(issue, quote)
    return {
        "kospi_kosdaq_cls_name": issue.listing.market,
        "mrkt_trtm_cls_name": "",
        "hour_cls_code": "0",
        "inter_shrn_iscd": ticker,
        "inter_kor_isnm": issue.listing.name,
        "inter2_prpr": str(quote.price),
        "inter2_prdy_vrss": str(quote.change),
        "prdy_vrss_sign": quote.sign,
        "prdy_ctrt": percent(quote.rate),
        "acml_vol": str(quote.volume),
        "inter2_oprc": str(quote.open),
        "inter2_hgpr": str(quote.high),
        "inter2_lwpr": str(quote.low),
        "inter2_llam": str(quote.lower),
        "inter2_mxpr": str(quote.upper),
        "inter2_askp": str(asks[0].price),
        "inter2_bidp": str(bids[0].price),
        "seln_rsqn": str(asks[0].size),
        "shnu_rsqn": str(bids[0].size),
        "total_askp_rsqn": str(sum(level.size for level in asks)),
        "total_bidp_rsqn": str(sum(level.size for level in bids)),
        "acml_tr_pbmn": str(quote.value),
        "inter2_prdy_clpr": str(quote.base),
        "oprc_vrss_hgpr_rate": percent(
            100 * (quote.high - quote.open) / quote.open if quote.open else 0.0
        ),
        "intr_antc_cntg_vrss": "0",
        "intr_antc_cntg_vrss_sign": "3",
        "intr_antc_cntg_prdy_ctrt": "0.00",
        "intr_antc_vol": "0",
        "inter2_sdpr": str(quote.base),
    }
