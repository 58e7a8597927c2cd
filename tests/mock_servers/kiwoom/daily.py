"""The days of a ticker in detail, newest first: ka10015."""

from tests.mock_servers.exchange.flows import flows
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kiwoom.numbers import change, million, rate, signed
from tests.mock_servers.kiwoom.paging import paged
from tests.mock_servers.kiwoom.wire import Asked, Reply, Row

ROWS = 100
_HOURS = ("bf_mkrt", "opmr", "af_mkrt")  # before the session, in it, after it


def daily_detail(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka10015: the sessions up to ``strt_dt``; here all is traded in the session."""
    until, issue = asked.date("strt_dt"), asked.issue(exchange)
    if issue is None:
        return Reply({"daly_trde_dtl": []})
    bars, sides = issue.bars, flows(issue, exchange.seed)

    def row(at: int) -> Row:
        moved = bars.change(at)
        base = int(bars.close[at]) - moved
        individual, foreign, institution = (
            change(int(side.bought[at] - side.sold[at])) for side in sides
        )
        return {
            "dt": bars.sessions[at],
            "close_pric": signed(int(bars.close[at]), base),
            "pred_pre_sig": bars.sign(at),
            "pred_pre": change(moved),
            "flu_rt": rate(100 * moved / base),
            "trde_qty": str(bars.volume[at]),
            "trde_prica": million(int(bars.value[at])),
            **_by_hours(str(bars.volume[at]), million(int(bars.value[at]))),
            "tot_3": str(bars.volume[at]),
            "prid_trde_qty": "0",
            "cntr_str": "100.00",
            "for_poss": str(int(issue.listing.shares * issue.listing.foreign_share)),
            "for_wght": rate(100 * issue.listing.foreign_share),
            "for_netprps": foreign,
            "orgn_netprps": institution,
            "ind_netprps": individual,
            "frgn": foreign,
            "crd_remn_rt": "0.35",
            "prm": "0",
        }

    return paged("daly_trde_dtl", bars.span("00000000", until)[::-1], row, asked, ROWS)


def _by_hours(volume: str, value: str) -> Row:
    fields: Row = {}
    for hours in _HOURS:
        inside = hours == "opmr"
        fields[f"{hours}_trde_qty"] = volume if inside else "0"
        fields[f"{hours}_trde_wght"] = "100.00" if inside else "0.00"
        fields[f"{hours}_trde_prica"] = value if inside else "0"
        fields[f"{hours}_trde_prica_wght"] = "100.00" if inside else "0.00"
    return fields
