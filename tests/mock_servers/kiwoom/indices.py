"""The indices: ka10101 lists them, ka20001 tells the state of one.

Points have decimals, and the sign of their direction.
"""

from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kiwoom.charts import INDICES, index_bars
from tests.mock_servers.kiwoom.numbers import million, rate
from tests.mock_servers.kiwoom.wire import Asked, Reply

CLOSED_AT = "153000"
SECTORS = {  # market: those of its sectors that can be asked for here
    "0": [("001", "종합(KOSPI)")],
    "1": [("101", "종합(KOSDAQ)")],
    "2": [("201", "KOSPI200")],
    "4": [],  # KOSPI100
    "7": [],  # KRX100
}
_COUNTED_SIGNS = {"upl": "1", "rising": "2", "stdns": "3", "lst": "4", "fall": "5"}


def sector_list(asked: Asked) -> Reply:
    """Answer ka10101: of each market only the index over all of it."""
    market = asked.one_of("mrkt_tp", SECTORS)
    rows = [
        {"marketCode": market, "code": code, "name": name, "group": "1"}
        for code, name in SECTORS[market]
    ]
    return Reply({"list": rows})


def index_price(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka20001; volume in thousand shares, value in million won."""
    asked.one_of("mrkt_tp", "012")
    bars = index_bars(exchange, asked)
    last, moved = len(bars) - 1, bars.change(len(bars) - 1)
    base = int(bars.close[last]) - moved
    board = INDICES[asked["inds_cd"]].removesuffix("200")
    quotes = [exchange.quote(each) for each in exchange if each.listing.market == board]
    signs = [quote.sign for quote in quotes]
    traded = sum(quote.volume > 0 for quote in quotes)
    year = range(max(len(bars) - 252, 0), len(bars))
    highest = max(year, key=lambda at: int(bars.high[at]))
    lowest = min(year, key=lambda at: int(bars.low[at]))

    def points(hundredths: int) -> str:
        sign = "" if hundredths == base else "+" if hundredths > base else "-"
        return f"{sign}{hundredths / 100:.2f}"

    def away(hundredths: int) -> str:
        return rate(100 * (int(bars.close[last]) - hundredths) / hundredths)

    now = {
        "cur_prc": points(int(bars.close[last])),
        "pred_pre_sig": "2" if moved > 0 else "5" if moved < 0 else "3",
        "pred_pre": rate(moved / 100),
        "flu_rt": rate(100 * moved / base),
        "trde_qty": str(bars.volume[last] // 1000),
    }
    outputs = {
        **now,
        "trde_prica": million(int(bars.value[last])),
        "trde_frmatn_stk_num": str(traded),
        "trde_frmatn_rt": rate(100 * traded / max(len(quotes), 1)),
        "open_pric": points(int(bars.open[last])),
        "high_pric": points(int(bars.high[last])),
        "low_pric": points(int(bars.low[last])),
        **{field: str(signs.count(sign)) for field, sign in _COUNTED_SIGNS.items()},
        "52wk_hgst_pric": points(int(bars.high[highest])),
        "52wk_hgst_pric_dt": bars.sessions[highest],
        "52wk_hgst_pric_pre_rt": away(int(bars.high[highest])),
        "52wk_lwst_pric": points(int(bars.low[lowest])),
        "52wk_lwst_pric_dt": bars.sessions[lowest],
        "52wk_lwst_pric_pre_rt": away(int(bars.low[lowest])),
    }
    closing = {f"{name}_n": value for name, value in now.items()}
    tick = {"tm_n": CLOSED_AT, **closing, "acc_trde_qty_n": now["trde_qty"]}
    return Reply({**outputs, "inds_cur_prc_tm": [tick]})
