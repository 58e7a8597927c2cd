"""Kiwoom Securities: one account, through the limited transport."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from datetime import time as wall_time
from operator import attrgetter

from redis import Redis

from app.brokers import kiwoom_wire as wire
from app.brokers.base import Order, Receipt, Tally
from app.brokers.credentials import Credentials
from app.brokers.errors import BrokerRefused, BrokerUnavailable
from app.brokers.kiwoom_dialect import KiwoomDialect
from app.brokers.kiwoom_line import TOKEN_COOLDOWN_SECONDS, Call, KiwoomLine, issue_token
from app.brokers.kiwoom_listings import BOARDS, listing_of
from app.brokers.kiwoom_order import OrderDesk
from app.brokers.line import KeyPair
from app.brokers.transport import CallLimit, Transport, limits_of
from app.brokers.work import work
from app.domain import KOREA, Bar, InvestorFlow, Level, Listing, Market, OrderBook, Quote, Ticker
from app.limiter import Limiter, Quota
from app.profiles import Profile
from app.settings import Settings

FINAL_FROM = wall_time(18)  # in Korea; today's investor figures are zeros before

_STOCKS = "/api/dostk/stkinfo"
_STOCK = Call(_STOCKS, "ka10001")
_SEVERAL = Call(_STOCKS, "ka10095")
_LIST = Call(_STOCKS, "ka10099")
_ORDER_BOOK = Call("/api/dostk/mrkcond", "ka10004")
_INDEX = Call("/api/dostk/sect", "ka20001")
_CHARTS = "/api/dostk/chart"
_DAILY_BARS = Call(_CHARTS, "ka10081")
_INDEX_BARS = Call(_CHARTS, "ka20006")
_FLOWS = Call(_CHARTS, "ka10060")
_INDICES = {Market.KOSPI: ("0", "001"), Market.KOSDAQ: ("1", "101")}  # mrkt_tp, inds_cd


class Kiwoom:
    """A ``Broker``: one Kiwoom account."""

    def __init__(
        self,
        profile: Profile,
        name: str,
        line: KiwoomLine,
        desk: OrderDesk,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.profile = profile
        self._name = name
        self.line = line
        self._desk = desk
        self._clock = clock

    def work(self, *, priority: int) -> AbstractContextManager[Tally]:
        """Count the requests made inside, and give them this priority (0 first, 9 last)."""
        return work(priority=priority)

    def fetch_bars(self, ticker: Ticker, first: date, last: date) -> Iterator[list[Bar]]:
        """Yield pages of at most 600 adjusted bars, newest page first, each oldest first.

        A request a page; none beyond the page that reaches ``first``. It asks from today backwards,
        for Kiwoom adjusts only for what happened before the date that is asked for.
        """
        if first > last:
            return
        asked = {"stk_cd": ticker, "base_dt": f"{max(last, self._today()):%Y%m%d}"}
        pages = self.line.pages(
            f"daily bars of {ticker}",
            _DAILY_BARS,
            {**asked, "upd_stkpc_tp": "1"},
            wire.DailyBarsPage,
        )
        yield from _within(first, last, pages)

    def fetch_index_bars(self, market: Market, first: date, last: date) -> Iterator[list[Bar]]:
        """Yield pages of the daily bars of a board's index, as ``fetch_bars`` does; in points."""
        if first > last:
            return
        pages = self.line.pages(
            f"daily bars of the index {market}",
            _INDEX_BARS,
            {"inds_cd": _INDICES[market][1], "base_dt": f"{last:%Y%m%d}"},
            wire.IndexBarsPage,
        )
        yield from _within(first, last, pages)

    def fetch_index(self, market: Market) -> Quote | None:
        """Return the running bar of a board's index, in points."""
        market_type, code = _INDICES[market]
        asked = {"mrkt_tp": market_type, "inds_cd": code}
        now = self.line.ask(f"index {market}", _INDEX, asked, wire.IndexNow)
        if now is None or not now.price:
            return None
        return self._quote(market, now, base_price=now.price - (now.change or 0.0), name=market)

    def fetch_quote(self, ticker: Ticker) -> Quote | None:
        """Return the running bar of today, without its value; None for an unknown ticker."""
        asked = {"stk_cd": ticker}
        now = self.line.ask(f"price of {ticker}", _STOCK, asked, wire.StockNow)
        if now is None or not now.known:
            return None
        return self._quote(ticker, now, base_price=now.base_price, name=now.name)

    def fetch_quotes(self, tickers: Sequence[Ticker]) -> list[Quote]:
        """Return the quotes of at most 100 tickers with one request; unknown ones are left out.

        Raises:
            ValueError: no ticker, or more than 100.
        """
        most = self.profile.quotes_a_call
        if not 1 <= len(tickers) <= most:
            raise ValueError(f"{len(tickers)} tickers for one call: it takes 1 to {most}")
        asked = {"stk_cd": "|".join(tickers)}
        answer = self.line.ask("prices", _SEVERAL, asked, wire.StocksNow)
        return [
            self._quote(row.ticker, row, base_price=row.base_price, name=row.name)
            for row in (answer.rows if answer else [])
            if row.known and row.ticker in tickers
        ]

    def fetch_order_book(self, ticker: Ticker) -> OrderBook | None:
        """Return bids and asks by level; None for a ticker that Kiwoom does not know."""
        asked = {"stk_cd": ticker}
        book = self.line.ask(f"order book of {ticker}", _ORDER_BOOK, asked, wire.Book)
        if book is None or not book.told:
            return None
        return OrderBook(ticker, _levels(book.asks), _levels(book.bids))

    def fetch_flows(self, ticker: Ticker) -> list[InvestorFlow]:
        """Return the net buying of about 100 final sessions, oldest first.

        Left out: today until the evening, or until its figures are there.

        Raises:
            BrokerRefused: on most days more was bought than traded: they are of another unit.
        """
        what = f"investors of {ticker}"
        here = self._now().astimezone(KOREA)
        asked = {
            "dt": f"{here:%Y%m%d}",
            "stk_cd": ticker,
            "amt_qty_tp": "1",  # amounts
            "trde_tp": "0",  # net
            "unit_tp": "1000",  # of quantities; amounts are in million won either way
        }
        answer = self.line.ask(what, _FLOWS, asked, wire.DailyFlowsPage)
        rows = answer.rows if answer else []
        if 2 * sum(row.beyond_what_was_traded for row in rows) > len(rows):
            why = "on most days more was bought than traded: it is not in million won"
            raise BrokerRefused(f"{self._name}: {what}: {why}")
        evening = here.time() >= FINAL_FROM
        flows = [flow for row in rows if (flow := row.flow()) is not None]
        final = (
            flow
            for flow in flows
            if flow.session < here.date() or (evening and any(flow[1:]))  # zeros: not there yet
        )
        return sorted(final, key=attrgetter("session"))

    def fetch_listings(self) -> list[Listing]:
        """Return the products of KOSPI and KOSDAQ, those that are not scanned marked so.

        A request a board, and one for each further page.
        """
        return [listing for market in BOARDS for listing in self._listings(market)]

    def send_order(self, order: Order) -> Receipt:
        """Send ``order`` once, with one request.

        Raises:
            OrderRefused: not sent, or turned down: it was not carried out.
            BrokerUnavailable: no answer: whether it was carried out is not known.
        """
        return self._desk.send(order)

    def close(self) -> None:
        """Close the connections."""
        self.line.close()

    def _listings(self, market: Market) -> list[Listing]:
        what, asked = f"list of {market}", {"mrkt_tp": BOARDS[market]}
        pages = self.line.pages(what, _LIST, asked, wire.ListedStocksPage)
        found = [listing_of(row, market) for page in pages for row in page.rows]
        if not any(found):  # the other board alone would pass for the whole market
            raise BrokerUnavailable(f"{self._name}: {what}: it is empty")
        return [listing for listing in found if listing is not None]

    def _quote(self, ticker: Ticker, row: wire.Now, *, base_price: float, name: str) -> Quote:
        return Quote(
            ticker=ticker,
            at=self._now(),
            price=row.price,
            base_price=base_price,
            open=row.open,
            high=row.high,
            low=row.low,
            volume=row.volume,
            value=row.value_in_won,
            name=name,
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _today(self) -> date:
        return self._now().astimezone(KOREA).date()


def _within(
    first: date, last: date, pages: Iterator[wire.DailyBarsPage] | Iterator[wire.IndexBarsPage]
) -> Iterator[list[Bar]]:
    """Yield the bars from ``first`` to ``last``, each page oldest first; stop at ``first``."""
    for page in pages:
        bars = sorted((row.bar() for row in page.rows), key=attrgetter("session"))
        if wanted := [bar for bar in bars if first <= bar.session <= last]:
            yield wanted
        if not bars or bars[0].session <= first:
            return


def _levels(side: Sequence[wire.BookLevel]) -> tuple[Level, ...]:
    return tuple(Level(level.price, level.size) for level in side if level.price)


def open_kiwoom(
    settings: Settings,
    redis: Redis,
    limiter: Limiter,
    *,
    wait_for_token: bool,
    clock: Callable[[], float] = time.time,
) -> Kiwoom:
    """Return the Kiwoom account of the settings; nothing is sent yet.

    Raises:
        SettingsError: no key, or one that cannot be sent.
    """
    keys = KeyPair.read(settings)
    secrets = keys.texts()
    a_call = settings.rate_a_call
    transport = Transport(
        settings.base_url,
        name=settings.credential,
        limiter=limiter,
        limits=limits_of(settings.credential, settings.rate),
        call_limit=CallLimit("api-id", Quota(calls=a_call)) if a_call else None,
        dialect=KiwoomDialect(),
        secrets=secrets,
    )
    credentials = Credentials(
        redis,
        settings.credential,
        base_url=settings.base_url,
        key_pair=secrets,
        cooldown_seconds=TOKEN_COOLDOWN_SECONDS,
        issue=lambda: issue_token(transport, keys),
    )
    line = KiwoomLine(transport, credentials, keys, wait_for_token=wait_for_token)
    desk = OrderDesk(line, allowed=settings.orders_allowed)
    return Kiwoom(settings.profile, settings.credential, line, desk, clock=clock)
