"""The calls of an older mock of Kiwoom, which people have written clients and tests against.

It chose the call by its path, took any Authorization, and failed with HTTP 400, 401 and 422. What
it drew at random stands here with the exchange's own prices.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from tests.mock_servers.exchange.bars import Bars, compact
from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kiwoom.charts import bar_row
from tests.mock_servers.kiwoom.services import ROOT, Service
from tests.mock_servers.kiwoom.stocks import BOARDS
from tests.mock_servers.kiwoom.wire import Asked, Body, Refusal, Reply, Row, as_texts

BASIC, DAILY, CHART, INFO = (f"{ROOT}{name}" for name in ("ka10001", "ka10081", "chart", "stkinfo"))
OLDER_PATHS = (BASIC, DAILY)
SHARED_PATHS = (CHART, INFO)  # with an api-id a real call
FLOW_ROWS = 10
CHART_DAYS, INDEX_DAYS = 60, 5  # of the calendar, before the day asked for and before today
INDICES = {"KS11": "KOSPI", "KQ11": "KOSDAQ"}
USUAL_FLOW = {"amt_qty_tp": "1", "trde_tp": "0", "unit_tp": "1000"}
SATURDAY = 5  # as Python counts the days of a week
SPREAD = 100  # won, from the price to bid and ask
DONE = "정상처리되었습니다"
_NEVER_GIVEN = ("trst", "pens", "fin", "ins", "etc_fin")


class OlderCalls:
    """Answers a call of the older mock; ``real`` are the calls that some of them lead to."""

    def __init__(self, exchange: Exchange, real: Mapping[str, Service]) -> None:
        self._exchange = exchange
        self._real = real

    def is_meant(self, path: str, api_id: str, body: Body) -> bool:
        """Say whether a call is one of the older mock's."""
        older_path = path in OLDER_PATHS or (path in SHARED_PATHS and not api_id)
        return older_path or "jsonrpc" in body

    def answer(self, path: str, authorization: str, body: bytes) -> Reply:
        """Return the answer.

        Raises:
            Refusal: with an HTTP status, as the older mock failed.
        """
        if not authorization.strip():
            raise failure(401, "Unauthorized")
        return replace(self._reply(path, _object_in(body)), message=DONE)

    def _reply(self, path: str, body: Body) -> Reply:
        fields = as_texts(body)
        asked = Asked("", fields)
        if "jsonrpc" in body or path == BASIC:
            return self._basic(body)
        if path == DAILY:
            return self._daily(asked)
        if path == CHART:
            return self._flows(asked) if "base_dt" not in fields else self._chart(asked)
        ticker = fields.get("stk_cd")
        if ticker and ticker not in INDICES:  # an index was told nothing but the list
            return self._as_real("ka10001", asked, {"stk_cd": ticker})
        return self._list(fields.get("mrkt_tp", "") or "0")

    def _basic(self, body: Body) -> Reply:
        """Answer the JSON-RPC of t0414: eight texts."""
        ticker = older_ticker(body)
        issue = self._exchange.issue(ticker)
        if issue is None:
            raise failure(400, "Invalid ticker")
        quote = self._exchange.quote(issue)
        numbers = (quote.price, quote.change, f"{quote.rate:.2f}")
        levels = (quote.price - SPREAD, quote.price + SPREAD, quote.volume)
        row = [ticker, issue.listing.name, *map(str, numbers), *map(str, levels)]
        return Reply({"jsonrpc": "2.0", "result": {"t0414": row}, "id": body.get("id")})

    def _daily(self, asked: Asked) -> Reply:
        """Answer the chart of a path of its own, oldest first."""
        ticker = _required(asked, "stk_cd")
        if asked.fields.get("isu_cd_tp") == "02":
            return Reply({"dtal_1": self._recent(ticker)})
        before = min(_day(_required(asked, "base_dt"), "base_dt"), self._tomorrow)
        issue = self._issue(ticker)
        days = (before - timedelta(days=back) for back in range(CHART_DAYS, 0, -1))
        rows = [_daily_row(issue, day) for day in days if day.weekday() < SATURDAY]
        return Reply({"stk_dt_pole_chart_qry": [row for row in rows if row]})

    @property
    def _tomorrow(self) -> date:
        return self._exchange.today + timedelta(days=1)

    def _recent(self, ticker: str) -> list[Row]:
        """Return the sessions of the five days before today: of an index, in points."""
        index = self._exchange.indices.get(INDICES.get(ticker, ""))
        bars = index or self._issue(ticker).bars
        first = self._exchange.today - timedelta(days=INDEX_DAYS)
        last = self._exchange.today - timedelta(days=1)
        number: Callable[[int], str] = (lambda points: f"{points / 100:.2f}") if index else str
        return [
            {
                "dt": bars.sessions[at],
                "opn_prc": number(int(bars.open[at])),
                "hgh_prc": number(int(bars.high[at])),
                "lw_prc": number(int(bars.low[at])),
                "cls_prc": number(int(bars.close[at])),
                "trde_qty": str(bars.volume[at]),
            }
            for at in bars.span(compact(first), compact(last))
        ]

    def _flows(self, asked: Asked) -> Reply:
        """Answer the investors: the real rows with the older names beside."""
        _day(_required(asked, "dt"), "dt")
        ticker = _required(asked, "stk_cd")
        given = {name: value for name, value in asked.fields.items() if value}
        reply = self._as_real("ka10060", asked, {**USUAL_FLOW, **given})
        rows = reply.outputs["stk_invsr_orgn_chart"]
        assert isinstance(rows, list)
        bars = self._issue(ticker).bars
        older = [row | _older_flow(bars, row["dt"]) for row in rows[:FLOW_ROWS]]
        return Reply({"stk_invsr_orgn_chart": older})

    def _chart(self, asked: Asked) -> Reply:
        fields = {"upd_stkpc_tp": "1", **asked.fields}
        return self._as_real("ka10081", asked, fields)

    def _as_real(self, api_id: str, asked: Asked, fields: Mapping[str, str]) -> Reply:
        """Return what the real call answers; a ticker that is not listed fails in the old way."""
        self._issue(_required(asked, "stk_cd"))
        return self._real[api_id].answer(Asked(api_id, fields))

    def _list(self, market: str) -> Reply:
        board = {code: name for name, (code, _) in BOARDS.items()}.get(market, "")
        rows = [
            {
                "code": issue.listing.ticker,
                "name": issue.listing.name,
                "upName": issue.listing.sector,
                "marketCode": market,
                "marketName": board,
                "state": "01",
                "listCount": str(issue.listing.shares),
                "regDay": issue.listing.listed_on,
                "lastPrice": str(self._exchange.quote(issue).base),
            }
            for issue in self._exchange
            if issue.listing.market == board and issue.listing.group == "ST"
        ]
        return Reply({"list": rows})

    def _issue(self, ticker: str) -> Issue:
        issue = Asked("", {"stk_cd": ticker}).issue(self._exchange)
        if issue is None:
            raise failure(400, "Invalid ticker")
        return issue


def older_ticker(body: Body) -> str:
    """Return the ticker that a t0414 is about; "" if it names none."""
    found: object = body
    for name in ("params", "t0414InBlock", "shcode"):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def older_trouble(status: int) -> Refusal:
    """Return the older mock's answer when it was itself in trouble; its code is a text."""
    return Refusal({"return_code": "-1", "return_msg": f"서버 에러: {status}"}, status)


def failure(status: int, detail: object) -> Refusal:
    """Return a failure as the older mock's framework wrote it."""
    return Refusal({"detail": detail}, status)


def _object_in(body: bytes) -> Body:
    """Return the fields of a body; an empty one has none."""
    try:
        read = json.loads(body or "{}")
    except (ValueError, RecursionError):
        raise _unprocessable("json_invalid", "JSON decode error") from None
    if not isinstance(read, dict):
        raise _unprocessable("dict_type", "Input should be a valid dictionary")
    return read


def _required(asked: Asked, name: str) -> str:
    value = asked.fields.get(name, "").strip()
    if not value:
        raise _unprocessable("missing", "Field required", name)
    return value


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _unprocessable("date_parsing", "Input should be like 20250228", name) from None


def _unprocessable(kind: str, message: str, *where: str) -> Refusal:
    return failure(422, [{"type": kind, "loc": ["body", *where], "msg": message}])


def _daily_row(issue: Issue, day: date) -> Row:
    """Return the bar of a weekday; a holiday has none, so it stands still. Empty before all."""
    bars, dt = issue.bars, compact(day)
    at = bisect_right(bars.sessions, dt) - 1
    if at < 0:
        return {}
    row = bar_row(bars, at, issue.listing.shares)
    moved = bars.change(at)
    if bars.sessions[at] != dt:
        prices = dict.fromkeys(("open_pric", "high_pric", "low_pric"), row["cur_prc"])
        idle = {"dt": dt, "trde_qty": "0", "trde_prica": "0", "trde_tern_rt": "0.00"}
        row, moved = row | prices | idle, 0
    return row | {"pred_pre": str(moved), "pred_pre_sig": "-" if moved < 0 else "+"}


def _older_flow(bars: Bars, session: str) -> Row:
    (at,) = bars.places([session])
    moved = bars.change(at)
    rate = 100 * moved / (int(bars.close[at]) - moved)
    return {
        "cur_prc": str(bars.close[at]),
        "flu_rt": f"{rate:+.2f}",
        "trde_qty": str(bars.volume[at]),
        **dict.fromkeys(_NEVER_GIVEN, "0"),
    }
