"""What the tasks do: start a scan, scan one of its tickers, fetch quotes for many, or indices.

Each may be done twice and each may be cut short; the sweep sends again what has no outcome.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from app.brokers.base import Broker
from app.domain import Market, Scan, Ticker
from app.plan import Planner
from app.queues import BY_DEFAULT, Queues, ScanRequest
from app.scan import Scanner
from app.signals.feed import Feed
from app.signals.scans import NoSuchScan, Plan, ScanState, ScanStore
from app.signals.store import SignalStore
from app.whole_market import WholeMarket

BEFORE_INDICES = 10  # tickers at most: first signals do not wait for what no strategy reads


class Runner:
    """Carry out what stands on the queues ``control`` and ``broker``."""

    def __init__(
        self,
        *,
        broker: Broker,
        planner: Planner,
        scanner: Scanner,
        market: WholeMarket,
        scans: ScanStore,
        signals: SignalStore,
        queues: Queues,
        feed: Feed,
        clock: Callable[[], datetime],
    ) -> None:
        self._broker = broker
        self._planner = planner
        self._scanner = scanner
        self._market = market
        self._scans = scans
        self._signals = signals
        self._queues = queues
        self._feed = feed
        self._clock = clock

    def start(self, request: ScanRequest) -> ScanState | None:
        """Plan and record a scan, and send its tickers; None when it was recorded before."""
        now = self._clock()
        plan = self._planner.plan(request, now)
        if request.market and plan.tickers:
            view = self._scanner.view(request.as_of)
            self._market.rank(self._scanner.listings().values(), view)
        state = self._scans.record(plan, now=now)
        if state is ScanState.RUNNING:
            self._send(plan)
        if state is not None:
            self._feed.announce([{"type": "scan", "id": request.id, "state": state}])
        return state

    def scan_ticker(self, ticker: Ticker, scan_id: str | None, *, own_id: str) -> None:
        """Scan one ticker and hand on its outcome; nothing when it is accounted for already.

        Without ``scan_id`` it makes a scan of one, with ``own_id``.

        Raises:
            NoSuchScan: nobody recorded it.
        """
        scan = self._scans.load(scan_id) if scan_id else self._alone(ticker, own_id)
        if scan is None:
            raise NoSuchScan(f"there is no scan {scan_id}")
        if scan.closed or self._signals.has_outcome(scan.id, ticker):
            return
        with self._broker.work(priority=scan.priority) as spent:
            try:
                found = self._scanner.scan(ticker, scan)
            finally:  # a try that failed has cost its calls as well
                calls, refused = self._queues.count_calls(
                    scan.id, ticker, spent.calls, spent.refused
                )
        self._queues.send_outcome(found.model_copy(update={"calls": calls, "refused": refused}))

    def fetch_quotes(self, tickers: Sequence[Ticker], scan_id: str) -> None:
        """Fetch the running bars of a batch for the tickers of a scan."""
        scan = self._scans.load(scan_id)
        if scan and not scan.closed:
            with self._counted(scan):
                self._scanner.fetch_quotes(tickers)

    def fetch_index(self, market: Market, scan_id: str) -> None:
        """Fetch what is missing of an index, and note the regime with the scan."""
        scan = self._scans.load(scan_id)
        if scan is None:
            return
        view = self._scanner.view(scan.as_of)
        with self._counted(scan):
            self._market.fetch_index(market, view)
        self._scans.note_regime(scan.id, self._market.regime(view))

    def _send(self, plan: Plan) -> None:
        few = min(BEFORE_INDICES, len(plan.tickers) // 2)
        first = few if plan.indices else len(plan.tickers)
        self._queues.send_tickers(plan.scan, plan.tickers[:first], batches=plan.batches)
        for market in plan.indices:  # a task each: none may take longer than a ticker's
            self._queues.send_index(plan.scan, market)
        if plan.tickers[first:]:
            self._queues.send_tickers(plan.scan, plan.tickers[first:])

    @contextmanager
    def _counted(self, scan: Scan) -> Iterator[None]:
        """Give the requests made inside the scan's priority, and add them to what it has cost."""
        with self._broker.work(priority=scan.priority) as spent:
            try:
                yield
            finally:
                self._scans.add_calls(scan.id, spent.calls, spent.refused)

    def _alone(self, ticker: Ticker, own_id: str) -> Scan | None:
        request = ScanRequest(id=own_id, name="shell", tickers=[ticker], priority=BY_DEFAULT)
        now = self._clock()
        self._scans.record(self._planner.plan(request, now), now=now)
        return self._scans.load(own_id)
