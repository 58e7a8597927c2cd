"""What may be scanned: the broker's list, kept for the session's date, or a person's CSV file."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from redis import Redis
from redis.exceptions import LockError

from app.domain import Listing, Market, Ticker, parse_ticker
from app.market.csv_file import read

KEPT_SECONDS = 4 * 24 * 3600  # over a weekend; a session's list is read for a day
FETCH_SECONDS = 60  # whoever fetches for longer, or died over it, holds nobody up any more
ALL = "all"

_LISTINGS = TypeAdapter(list[Listing])


class Universe:
    """Listings by ticker. ``csv``, if given, stands for the broker's list."""

    def __init__(self, redis: Redis, broker: str, *, csv: Path | None = None) -> None:
        self._redis = redis
        self._broker = broker
        self._csv = csv
        self._loaded: tuple[date, Mapping[Ticker, Listing]] | None = None

    def load(self, session: date) -> Mapping[Ticker, Listing] | None:
        """Return the list of ``session``; None when it has not been saved yet.

        Raises:
            CsvError: a line of the CSV file is broken.
        """
        if self._loaded and self._loaded[0] == session:
            return self._loaded[1]
        listings = self._kept(session) if self._csv is None else read_csv(self._csv)
        if listings is not None:
            self._loaded = session, listings
        return listings

    def of(self, session: date, fetch: Callable[[], Iterable[Listing]]) -> Mapping[Ticker, Listing]:
        """Return the list of ``session``; the first of all processes to need it fetches it.

        Raises:
            CsvError: a line of the CSV file is broken.
            ValueError: the fetched list is empty.
        """
        kept = self.load(session)
        if kept is not None:
            return kept
        lock = self._redis.lock(f"{self._key(session)}:lock", timeout=FETCH_SECONDS)
        lock.acquire(blocking_timeout=FETCH_SECONDS)
        try:
            kept = self.load(session)  # another one fetched it meanwhile
            return self.save(session, fetch()) if kept is None else kept
        finally:
            with suppress(LockError):  # its time was over, or it was never had
                lock.release()

    def save(self, session: date, listings: Iterable[Listing]) -> Mapping[Ticker, Listing]:
        """Keep the broker's list for every process, and return it by ticker.

        Raises:
            ValueError: it is empty.
        """
        rows = list(listings)
        if not rows:
            raise ValueError(f"{self._broker} gave an empty list of shares for {session}")
        self._redis.set(self._key(session), _LISTINGS.dump_json(rows), ex=KEPT_SECONDS)
        self._loaded = session, _by_ticker(rows)
        return self._loaded[1]

    def _kept(self, session: date) -> Mapping[Ticker, Listing] | None:
        kept = self._redis.get(self._key(session))
        if not isinstance(kept, bytes):
            return None
        try:
            return _by_ticker(_LISTINGS.validate_json(kept))
        except ValidationError:  # another version wrote it
            return None

    def _key(self, session: date) -> str:
        return f"universe:{self._broker}:{session}"


def read_csv(file: Path) -> dict[Ticker, Listing]:
    """Return the listings of a CSV file with the columns ``ticker,name,market``.

    A text in the column ``excluded``, if there is one, says why a share is not scanned.

    Raises:
        CsvError: a line is broken or a ticker stands twice; it names file and line.
    """
    return read(file, ("ticker", "name", "market"), _listing)


def select(listings: Iterable[Listing], market: str) -> list[Listing]:
    """Return what is scanned of ``kospi``, ``kosdaq`` or ``all``: without the excluded ones.

    Raises:
        ValueError: it is another market.
    """
    boards = _boards(market)
    return [each for each in listings if each.market in boards and not each.excluded]


def excluded(listings: Iterable[Listing], market: str) -> Counter[str]:
    """Return how many shares of ``market`` are not scanned, by reason.

    Raises:
        ValueError: it is another market than ``kospi``, ``kosdaq`` or ``all``.
    """
    boards = _boards(market)
    return Counter(each.excluded for each in listings if each.market in boards and each.excluded)


def _boards(market: str) -> set[Market]:
    if market.lower() == ALL:
        return set(Market)
    try:
        return {Market(market.upper())}
    except ValueError as error:
        raise ValueError(f"{market!r} is not a market: kospi, kosdaq or all") from error


def _by_ticker(listings: Iterable[Listing]) -> dict[Ticker, Listing]:
    return {listing.ticker: listing for listing in listings}


def _listing(line: dict[str, str]) -> tuple[Ticker, Listing]:
    ticker = parse_ticker(line["ticker"])
    try:
        market = Market(line["market"].upper())
    except ValueError as error:
        raise ValueError(f"market {line['market']!r}, want KOSPI or KOSDAQ") from error
    return ticker, Listing(ticker, line["name"], market, line.get("excluded") or None)
