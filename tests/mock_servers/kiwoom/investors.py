"""Who bought and who sold a ticker, newest session first: ka10060, ka10059, ka10008."""

from collections.abc import Callable
from datetime import datetime

from tests.mock_servers.exchange.flows import Flows, Side, flows, shared_out
from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kiwoom.numbers import MILLION, change, million, rate, signed
from tests.mock_servers.kiwoom.paging import paged
from tests.mock_servers.kiwoom.wire import KOREA, Asked, Reply, Row

ROWS = 100
EVENING = 18  # o'clock in Korea: from then on the figures of the day are final
INSTITUTIONS = (
    *("fnnc_invt", "insrnc", "invtrt", "etc_fnnc", "bank", "penfnd_etc", "samo_fund", "natn"),
)
OTHERS = ("ind_invsr", "etc_corp", "natfor")  # who is neither an institution nor a foreigner
LISTS = {"ka10059": "stk_invsr_orgn", "ka10060": "stk_invsr_orgn_chart"}
_FIRST = "00000000"


def investors(exchange: Exchange, now: Callable[[], float], asked: Asked) -> Reply:
    """Answer ka10060 and ka10059: million won, or shares; until the evening zeros for today."""
    until, issue = asked.date("dt"), asked.issue(exchange)
    in_shares = asked.one_of("amt_qty_tp", "12") == "2"
    way = asked.one_of("trde_tp", "012")
    unit_of_shares = int(asked.one_of("unit_tp", ("1", "1000")))
    unit = unit_of_shares if in_shares else 1
    name = LISTS[asked.api_id]
    if issue is None:
        return Reply({name: []})
    sides = flows(issue, exchange.seed)
    provisional = _provisional(exchange, now())

    def row(at: int) -> Row:
        figures = dict.fromkeys(("ind_invsr", "frgnr_invsr", "orgn", *INSTITUTIONS, *OTHERS), 0)
        if issue.bars.sessions[at] != provisional:
            figures = _figures(issue, sides, at, way, in_shares=in_shares)
        told = {who: change(round(figure / unit)) for who, figure in figures.items()}
        return {**_session(issue, at, with_volume=asked.api_id == "ka10059"), **told}

    return paged(name, issue.bars.span(_FIRST, until)[::-1], row, asked, ROWS)


def _provisional(exchange: Exchange, seconds: float) -> str:
    """Return the session whose figures are not final yet; "" if none is."""
    at = datetime.fromtimestamp(seconds, KOREA)
    today = f"{at:%Y%m%d}" == exchange.last_session
    return exchange.last_session if today and at.hour < EVENING else ""


def _figures(issue: Issue, sides: Flows, at: int, way: str, *, in_shares: bool) -> dict[str, int]:
    """Return each investor's figure of one session; of net buying the sum is 0."""
    bars = issue.bars
    volume = int(bars.volume[at])
    price = 1.0 if in_shares else (int(bars.value[at]) / volume if volume else 0.0) / MILLION
    seed = f"{issue.listing.ticker} {bars.sessions[at]}"

    def figure(side: Side) -> int:
        bought, sold = (round(int(column[at]) * price) for column in side)
        return {"0": bought - sold, "1": bought, "2": sold}[way]

    foreign, institution = figure(sides.foreign), figure(sides.institution)
    # What is left, so that net buying adds up to nothing although each figure is rounded.
    others = -foreign - institution if way == "0" else figure(sides.individual)
    return {
        "ind_invsr": 0,
        "frgnr_invsr": foreign,
        "orgn": institution,
        **dict(zip(INSTITUTIONS, shared_out(institution, 8, seed), strict=True)),
        **dict(zip(OTHERS, shared_out(others, 3, seed, first=0.96), strict=True)),
    }


def _session(issue: Issue, at: int, *, with_volume: bool) -> Row:
    bars = issue.bars
    moved = bars.change(at)
    base = int(bars.close[at]) - moved
    row = {
        "dt": bars.sessions[at],
        "cur_prc": signed(int(bars.close[at]), base),
        "pred_pre": change(moved),
        "acc_trde_prica": million(int(bars.value[at])),
    }
    if with_volume:
        row |= {
            "pre_sig": bars.sign(at),
            "flu_rt": change(round(10_000 * moved / base)),  # two decimals without a point
            "acc_trde_qty": str(bars.volume[at]),
        }
    return row


def foreign_holdings(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka10008: what foreigners held at the end of each session, in shares."""
    issue = asked.issue(exchange)
    if issue is None:
        return Reply({"stk_frgnr": []})
    bars, shares = issue.bars, issue.listing.shares
    net = flows(issue, exchange.seed).foreign
    daily = net.bought - net.sold
    at_end = int(shares * issue.listing.foreign_share)
    held = at_end - (daily.sum() - daily.cumsum())

    def row(at: int) -> Row:
        moved = bars.change(at)
        owned = min(max(int(held[at]), 0), shares)
        return {
            "dt": bars.sessions[at],
            "close_pric": signed(int(bars.close[at]), int(bars.close[at]) - moved),
            "pred_pre": change(moved),
            "trde_qty": str(bars.volume[at]),
            "chg_qty": change(int(daily[at])),
            "poss_stkcnt": str(owned),
            "wght": rate(100 * owned / shares),
            "gain_pos_stkcnt": str(shares - owned),
            "frgnr_limit": str(shares),
            "frgnr_limit_irds": "0",
            "limit_exh_rt": rate(100 * owned / shares),
        }

    return paged("stk_frgnr", range(len(bars))[::-1], row, asked, ROWS)
