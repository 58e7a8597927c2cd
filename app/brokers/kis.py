"""KIS, Korea Investment & Securities: one account, through the limited transport."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from datetime import time as wall_time
from functools import partial
from operator import attrgetter

from pydantic import SecretStr
from redis import Redis

from app.brokers import kis_chart, kis_wire
from app.brokers.base import Order, Receipt, Tally
from app.brokers.credentials import Credentials
from app.brokers.errors import BrokerRefused, BrokerUnavailable
from app.brokers.kis_dialect import KisDialect
from app.brokers.kis_line import QUOTATIONS, TOKEN_COOLDOWN_SECONDS, Call, KisLine, issue_token
from app.brokers.kis_master import KOSDAQ, KOSPI, listings_in
from app.brokers.kis_order import OrderDesk
from app.brokers.line import KeyPair
from app.brokers.transport import Transport, limits_of
from app.brokers.work import work
from app.domain import KOREA, Bar, InvestorFlow, Level, Listing, Market, OrderBook, Quote, Ticker
from app.limiter import Limiter
from app.profiles import Profile
from app.settings import Settings

FINAL_FROM = wall_time(18)  # in Korea; a day's investor figures are estimates before
MASTER_URL = "https://new.real.download.dws.co.kr"

_PRICE = Call(f"{QUOTATIONS}/inquire-price", "FHKST01010100")
_PRICES = Call(f"{QUOTATIONS}/intstock-multprice", "FHKST11300006")
_FLOWS = Call(f"{QUOTATIONS}/inquire-investor", "FHKST01010900")
_ORDER_BOOK = Call(f"{QUOTATIONS}/inquire-asking-price-exp-ccn", "FHKST01010200")


class Kis:
    """A ``Broker``: one KIS account."""

    def __init__(
        self,
        profile: Profile,
        name: str,
        line: KisLine,
        desk: OrderDesk,
        master_files: Transport,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.profile = profile
        self._name = name
        self.line = line
        self._desk = desk
        self._master_files = master_files
        self._clock = clock

    def work(self, *, priority: int) -> AbstractContextManager[Tally]:
        """Count the requests made inside, and give them this priority (0 first, 9 last)."""
        return work(priority=priority)

    def fetch_bars(self, ticker: Ticker, first: date, last: date) -> Iterator[list[Bar]]:
        """Yield pages of at most 100 adjusted bars, newest page first, each oldest first.

        A request a page; none beyond a page that is short or that reaches ``first``.
        """
        size = self.profile.bars_a_call
        return kis_chart.daily_bars(self.line, ticker, first, last, rows_a_page=size)

    def fetch_index_bars(self, market: Market, first: date, last: date) -> Iterator[list[Bar]]:
        """Yield pages of at most 50 bars of a board's index, as ``fetch_bars`` does; in points."""
        return kis_chart.index_bars(self.line, market, first, last)

    def fetch_quote(self, ticker: Ticker) -> Quote | None:
        """Return the running bar of today; None for a ticker that KIS does not know."""
        now = self.line.get(f"price of {ticker}", _PRICE, _of(ticker), kis_wire.PriceAnswer).output
        if now is None:
            return None
        return self._quote(ticker, now, halted=now.halted)

    def fetch_quotes(self, tickers: Sequence[Ticker]) -> list[Quote]:
        """Return the quotes of at most 30 tickers with one request; unknown ones are left out.

        Raises:
            BrokerRefused: a paper account has no such call; none was made.
            ValueError: no ticker, or more than 30.
        """
        most = self.profile.quotes_a_call
        if not most:
            raise BrokerRefused(f"{self._name}: KIS serves no batched quotes to a paper account")
        if not 1 <= len(tickers) <= most:
            raise ValueError(f"{len(tickers)} tickers for one call: it takes 1 to {most}")
        params: dict[str, str] = {}
        for place, ticker in enumerate(tickers, 1):
            params |= {f"{field}_{place}": value for field, value in _of(ticker).items()}
        rows = self.line.get("prices", _PRICES, params, kis_wire.BatchPriceAnswer).output
        return [self._quote(row.ticker, row, name=row.name) for row in rows]

    def fetch_order_book(self, ticker: Ticker) -> OrderBook | None:
        """Return bids and asks by level; None for a ticker that KIS does not know."""
        book = self.line.get(
            f"order book of {ticker}", _ORDER_BOOK, _of(ticker), kis_wire.OrderBookAnswer
        ).output1
        return None if book is None else OrderBook(ticker, _levels(book.asks), _levels(book.bids))

    def fetch_flows(self, ticker: Ticker) -> list[InvestorFlow]:
        """Return the net buying of about 30 final sessions, oldest first.

        Left out: sessions that KIS has not counted yet, and today until the evening.
        """
        rows = self.line.get(
            f"investors of {ticker}", _FLOWS, _of(ticker), kis_wire.DailyFlowsAnswer
        ).output
        here = self._now().astimezone(KOREA)
        counted = [flow for row in rows if (flow := row.flow()) is not None]
        evening = here.time() >= FINAL_FROM
        final = (flow for flow in counted if flow.session < here.date() or evening)
        return sorted(final, key=attrgetter("session"))

    def fetch_listings(self) -> list[Listing]:
        """Return the products of KOSPI and KOSDAQ, those that are not scanned marked so.

        Two requests, for the master files; their host gets no key.
        """
        listings = []
        for layout in (KOSPI, KOSDAQ):
            path = f"/common/master/{layout.file}"
            packed = self._master_files.fetch_file(layout.file, path)
            try:
                listings += listings_in(packed, layout)
            except ValueError as error:
                raise BrokerUnavailable(f"{self._name}: {layout.file}: {error}") from error
        return listings

    def send_order(self, order: Order) -> Receipt:
        """Send ``order`` once: two requests, for its hash and for itself.

        Raises:
            OrderRefused: not sent, or turned down: it was not carried out.
            BrokerUnavailable: no answer: whether it was carried out is not known.
        """
        return self._desk.send(order)

    def close(self) -> None:
        """Close the connections."""
        self.line.close()
        self._master_files.close()

    def _quote(
        self,
        ticker: Ticker,
        row: kis_wire.Price | kis_wire.BatchPrice,
        *,
        name: str = "",
        halted: bool = False,
    ) -> Quote:
        return Quote(
            ticker=ticker,
            at=self._now(),
            price=row.price,
            base_price=row.base_price,
            open=row.open,
            high=row.high,
            low=row.low,
            volume=row.volume,
            value=row.value,
            name=name,
            halted=halted,
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _of(ticker: Ticker) -> dict[str, str]:
    """Return the query that names a ticker at the Korea Exchange."""
    return {"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": ticker}


def _levels(side: Sequence[kis_wire.BookLevel]) -> tuple[Level, ...]:
    return tuple(Level(level.price, level.size) for level in side if level.price)


def open_kis(
    settings: Settings,
    redis: Redis,
    limiter: Limiter,
    *,
    wait_for_token: bool,
    clock: Callable[[], float] = time.time,
) -> Kis:
    """Return the KIS account of the settings; nothing is sent yet.

    Raises:
        SettingsError: no key, or one that cannot be sent.
    """
    keys = KeyPair.read(settings)
    account = settings.kis_account_no
    to_host = partial(
        Transport,
        name=settings.credential,
        limiter=limiter,
        limits=limits_of(settings.credential, settings.rate),
        dialect=KisDialect(),
    )
    secrets = [*keys.texts(), *_account_secrets(account)]
    rest = to_host(settings.base_url, secrets=secrets)
    credentials = Credentials(
        redis,
        settings.credential,
        base_url=settings.base_url,
        key_pair=keys.texts(),
        cooldown_seconds=TOKEN_COOLDOWN_SECONDS,
        issue=lambda: issue_token(rest, keys),
    )
    line = KisLine(rest, credentials, keys, wait_for_token=wait_for_token)
    desk = OrderDesk(
        line,
        paper=settings.profile.paper,
        account=account,
        allowed=settings.orders_allowed,
    )
    files = to_host(_master_url(settings))
    return Kis(settings.profile, settings.credential, line, desk, files, clock=clock)


def _account_secrets(account: SecretStr | None) -> list[str]:
    if account is None:
        return []
    number = account.get_secret_value()
    return [number, number.replace("-", ""), number.split("-")[0]]


def _master_url(settings: Settings) -> str:
    if settings.kis_master_url:
        return settings.kis_master_url.rstrip("/")
    return MASTER_URL if settings.official else settings.base_url
