"""One access token for all threads and processes, over real HTTP."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

from redis import Redis

from app.brokers.kis import open_kis
from app.limiter import Limiter
from app.settings import Settings
from tests.integration.brokers.rig import Rig

TOKEN, PRICE = "/oauth2/tokenP", "inquire-price"
TICKERS = ["005930", "000660", "035420", "051910", "006400", "005380", "068270", "000270"]


def test_many_threads_cause_one_request_for_a_token(rig: Rig) -> None:
    kis = rig.open()

    with ThreadPoolExecutor(8) as threads:
        quotes = list(threads.map(kis.fetch_quote, TICKERS * 8))

    assert all(quote is not None for quote in quotes)
    assert (rig.calls(TOKEN), rig.calls(PRICE)) == (1, 64)
    assert rig.mock.referee()["violations"] == 0


def fetch_price(settings: Settings, ticker: str) -> float | None:
    """Open an account in a process of its own and ask for one price."""
    with Redis.from_url(settings.redis_url.get_secret_value()) as redis:
        limiter = Limiter(redis)
        kis = open_kis(settings, redis, limiter, wait_for_token=False)
        quote = kis.fetch_quote(ticker)
        kis.close()
        limiter.close()
        return quote.price if quote else None


def test_eight_processes_cause_one_request_for_a_token(rig: Rig, redis_url: str) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    settings = rig.settings(redis_url=redis_url)

    with context.Pool(8) as processes:
        asked = [(settings, ticker) for ticker in TICKERS]
        prices = processes.starmap(fetch_price, asked, chunksize=1)

    assert all(prices)
    assert (rig.calls(TOKEN), rig.calls(PRICE)) == (1, 8)
    assert rig.mock.referee()["violations"] == 0
