"""Tasks that lead to the broker: start a scan, scan one ticker, fetch quotes and indices."""

from typing import Any

from celery import Task

from app.brokers.errors import BrokerError, BrokerUnavailable
from app.domain import NO_BROKER, BadTicker, Market, parse_ticker
from app.queues import FETCH_INDEX, FETCH_QUOTES, SCAN_TICKER, START_SCAN, ScanRequest
from app.signals.scans import NoSuchScan
from workers.celery_app import app
from workers.services import services
from workers.troubles import handled


class TickerTask(Task[Any, None]):
    """A ticker's task: whatever ends it, the ticker is accounted for."""

    def on_failure(
        self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: object
    ) -> None:
        """Record the ticker as failed, with the reason; of a scan that there is."""
        given = dict(zip(("ticker", "scan_id"), args, strict=False)) | kwargs
        scan_id = given.get("scan_id") or task_id
        if "ticker" in given:
            services().keeper.fail_ticker(given["ticker"], scan_id, _reason(exc))


# A ticker that kills its worker is tried three times; the count is shared with its own retries.
@app.task(
    bind=True,
    base=TickerTask,
    name=SCAN_TICKER,
    max_retries=2,
    default_retry_delay=0,
    retry_on_worker_lost=True,
    throws=(BrokerError, BadTicker, NoSuchScan),
)
def scan_ticker(self: TickerTask, ticker: str, scan_id: str | None = None) -> None:
    """Scan one ticker; without ``scan_id`` it makes a scan of one."""
    with handled(self):
        services().runner.scan_ticker(parse_ticker(ticker), scan_id, own_id=str(self.request.id))


@app.task(bind=True, name=FETCH_QUOTES, max_retries=2, default_retry_delay=0, throws=(BrokerError,))
def fetch_quotes(self: Task[Any, None], tickers: list[str], scan_id: str) -> None:
    """Fetch the running bars of a batch; a ticker without one asks for its own later."""
    with handled(self):
        services().runner.fetch_quotes(tickers, scan_id)


@app.task(bind=True, name=FETCH_INDEX, max_retries=2, default_retry_delay=0, throws=(BrokerError,))
def fetch_index(self: Task[Any, None], market: str, scan_id: str) -> None:
    """Fetch the bars of an index; without them a scan does not know the market's regime."""
    with handled(self):
        services().runner.fetch_index(Market(market), scan_id)


class ScanTask(Task[Any, None]):
    """A scan's task: when it cannot be started, that is recorded with the reason."""

    def on_failure(
        self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: object
    ) -> None:
        """Record the scan as failed."""
        request = ScanRequest.model_validate({"id": task_id} | args[0])
        services().keeper.fail_scan(request, _reason(exc))


@app.task(
    bind=True,
    base=ScanTask,
    name=START_SCAN,
    max_retries=5,  # all of a scan hangs on it
    default_retry_delay=0,
    throws=(BrokerError, ValueError),
)
def start_scan(self: ScanTask, request: dict[str, Any]) -> None:
    """Plan a scan, record it and put its tickers on the queue."""
    with handled(self, fails_when_void=True):
        services().runner.start(ScanRequest.model_validate({"id": self.request.id} | request))


def _reason(error: Exception) -> str:
    words = str(error) or type(error).__name__
    return f"{NO_BROKER}: {words}" if isinstance(error, BrokerUnavailable) else words
