from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from redis import Redis

from app.domain import Listing, Market
from app.market.csv_file import CsvError
from app.market.universe import Universe, excluded, read_csv, select

SESSION = date(2026, 8, 20)
SAMSUNG = Listing("005930", "삼성전자", Market.KOSPI, value=1.2e12)
ETF = Listing("069500", "KODEX 200", Market.KOSPI, "ETF")
PREFERRED = Listing("005935", "삼성전자우", Market.KOSPI, "preferred share")
KOSDAQ = Listing("0126Z0", "새로운종목", Market.KOSDAQ)
LISTINGS = [SAMSUNG, ETF, PREFERRED, KOSDAQ]


def by_ticker(listings: list[Listing]) -> dict[str, Listing]:
    return {listing.ticker: listing for listing in listings}


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    return tmp_path / "universe.csv"


def test_a_saved_list_is_there_for_every_process_of_the_same_broker_and_session(
    redis: Redis,
) -> None:
    saved = Universe(redis, "kis").save(SESSION, LISTINGS)

    loaded = Universe(redis, "kis").load(SESSION)

    assert loaded == saved == by_ticker(LISTINGS)
    assert Universe(redis, "kiwoom").load(SESSION) is None
    assert Universe(redis, "kis").load(date(2026, 8, 21)) is None


def test_a_saved_list_goes_by_itself(redis: Redis) -> None:
    Universe(redis, "kis").save(SESSION, LISTINGS)

    assert 0 < redis.ttl("universe:kis:2026-08-20") <= 4 * 24 * 3600


def test_a_list_is_read_from_redis_once_a_session(redis: Redis) -> None:
    Universe(redis, "kis").save(SESSION, LISTINGS)
    universe = Universe(redis, "kis")
    first = universe.load(SESSION)
    redis.flushall()

    assert universe.load(SESSION) is first
    assert universe.load(date(2026, 8, 21)) is None


def test_of_all_processes_that_need_a_list_at_once_one_fetches_it(redis: Redis) -> None:
    together = Barrier(4)
    fetched = []

    def fetch() -> list[Listing]:
        fetched.append(1)
        return LISTINGS

    def need(_number: int) -> object:
        universe = Universe(redis, "kis")
        together.wait()
        return universe.of(SESSION, fetch)

    with ThreadPoolExecutor(4) as processes:
        lists = list(processes.map(need, range(4)))

    assert len(fetched) == 1
    assert all(each == by_ticker(LISTINGS) for each in lists)


def test_a_fetch_that_fails_holds_up_nobody(redis: Redis) -> None:
    def fail() -> list[Listing]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        Universe(redis, "kis").of(SESSION, fail)

    assert Universe(redis, "kis").of(SESSION, lambda: LISTINGS) == by_ticker(LISTINGS)


def test_a_list_whose_fetch_took_too_long_is_kept_all_the_same(redis: Redis) -> None:
    def fetch() -> list[Listing]:
        redis.delete("universe:kis:2026-08-20:lock")  # as when its time is over
        return LISTINGS

    assert Universe(redis, "kis").of(SESSION, fetch) == by_ticker(LISTINGS)


def test_an_empty_list_is_not_kept(redis: Redis) -> None:
    with pytest.raises(ValueError, match="kis gave an empty list of shares for 2026-08-20"):
        Universe(redis, "kis").save(SESSION, [])

    assert not redis.keys()


def test_a_list_that_another_version_wrote_counts_as_none(redis: Redis) -> None:
    redis.set("universe:kis:2026-08-20", b'[{"code": "005930"}]')

    assert Universe(redis, "kis").load(SESSION) is None


def test_a_csv_file_stands_for_the_brokers_list(redis: Redis, csv_file: Path) -> None:
    csv_file.write_text("ticker,name,market\n005930,삼성전자,KOSPI\n", encoding="utf-8")
    universe = Universe(redis, "kis", csv=csv_file)

    loaded = universe.load(SESSION)

    assert loaded == {"005930": Listing("005930", "삼성전자", Market.KOSPI)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_csv_file_may_be_saved_by_excel(csv_file: Path, encoding: str) -> None:
    lines = "ticker,name,market,excluded\r\n005930 , 삼성전자,kospi,\r\n069500,코덱스,KOSPI,ETF\r\n"
    csv_file.write_text(lines, encoding=encoding, newline="")

    assert list(read_csv(csv_file).values()) == [
        Listing("005930", "삼성전자", Market.KOSPI),
        Listing("069500", "코덱스", Market.KOSPI, "ETF"),
    ]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (b"ticker,name\n005930,a\n", "line 1: want the columns ticker,name,market"),
        (b"", "line 1: want the columns ticker,name,market"),
        (b"ticker,name,market\n05930,a,KOSPI\n", "line 2: '05930' is not a ticker: six digits"),
        (b"ticker,name,market\n005930,a,NYSE\n", "line 2: market 'NYSE', want KOSPI or KOSDAQ"),
        (b"ticker,name,market\n\n005930,a\n", "line 3: market '', want KOSPI or KOSDAQ"),
        (
            b"ticker,name,market\n005930,a,KOSPI\n005930,a,KOSPI\n",
            "line 3: 005930 stands twice, want one line for each",
        ),
        (b"ticker,name,market\n005930,a,KOSPI,x\n", "line 2: 4 values, want 3"),
        (b'ticker,name,market\n005930,"a"b,KOSPI\n', "line 2: ',' expected after '\"'"),
        (b'ticker,name,market\n005930,"a,KOSPI\n', "line 2: unexpected end of data"),
    ],
)
def test_a_broken_line_is_named_with_its_file(csv_file: Path, lines: bytes, complaint: str) -> None:
    csv_file.write_bytes(lines)

    with pytest.raises(CsvError, match=f"universe.csv, {complaint}"):
        read_csv(csv_file)


def test_a_file_that_cannot_be_read_is_named(csv_file: Path) -> None:
    with pytest.raises(CsvError, match=r"universe.csv: No such file or directory; want a CSV"):
        read_csv(csv_file)

    csv_file.write_bytes(b"\x81\x00\xff")
    with pytest.raises(CsvError, match=r"universe.csv: neither UTF-8 nor cp949; want a CSV file"):
        read_csv(csv_file)


def test_a_market_is_scanned_without_the_excluded_which_are_counted_by_reason() -> None:
    assert select(LISTINGS, "kospi") == [SAMSUNG]
    assert select(LISTINGS, "KOSDAQ") == [KOSDAQ]
    assert select(LISTINGS, "all") == [SAMSUNG, KOSDAQ]
    assert excluded(LISTINGS, "all") == {"ETF": 1, "preferred share": 1}
    assert not excluded(LISTINGS, "kosdaq")


def test_another_market_is_refused() -> None:
    with pytest.raises(ValueError, match="'nyse' is not a market: kospi, kosdaq or all"):
        select(LISTINGS, "nyse")
