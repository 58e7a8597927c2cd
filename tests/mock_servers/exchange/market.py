"""The exchange as a broker sees it: what is listed, its quotes, order books, flows, indices."""

from collections.abc import Iterator, Sequence
from datetime import date

from tests.mock_servers.exchange.bars import Bars, compact
from tests.mock_servers.exchange.index import index_bars
from tests.mock_servers.exchange.issue import Issue, Planted
from tests.mock_servers.exchange.quote import Quote
from tests.mock_servers.exchange.sessions import last_sessions


class Exchange:
    """The market after the close of the last session on or before ``today``.

    ``indices``: bars of ``KOSPI``, ``KOSDAQ`` and ``KOSPI200``, in hundredths of a point.
    """

    def __init__(self, issues: Sequence[Issue], today: date, seed: int) -> None:
        self.today = today
        self.seed = seed
        self.last_session = compact(last_sessions(1, today)[0])
        self._issues = {issue.listing.ticker: issue for issue in issues}
        self.indices = _indices(issues)

    def __len__(self) -> int:
        return len(self._issues)

    def __iter__(self) -> Iterator[Issue]:
        return iter(self._issues.values())

    def issue(self, ticker: str) -> Issue | None:
        """Return what is listed under ``ticker``; None: nothing."""
        return self._issues.get(ticker)

    def quote(self, issue: Issue) -> Quote:
        """Return the state of ``issue`` at the end of the last session."""
        return Quote.of(issue, self.last_session)

    @property
    def planted(self) -> list[Planted]:
        """What scans must find, in the order of the list."""
        return [issue.planted for issue in self if issue.planted]


def _indices(issues: Sequence[Issue]) -> dict[str, Bars]:
    kospi, kosdaq = (
        [each for each in issues if each.listing.market == board and each.listing.group == "ST"]
        for board in ("KOSPI", "KOSDAQ")
    )
    return {
        "KOSPI": index_bars(kospi, 2500),
        "KOSDAQ": index_bars(kosdaq, 800),
        "KOSPI200": index_bars(kospi, 335),
    }
