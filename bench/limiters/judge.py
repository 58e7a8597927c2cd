"""What a cell's arrivals and calls say about its limiter: pure arithmetic on seconds."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from bench.limiters.caller import Call
from bench.limiters.cells import CALLS, WINDOW_SECONDS, Cell

RATE = CALLS / WINDOW_SECONDS
LATE_SECONDS = 0.005  # a violation that a window one or two clock ticks shorter would not show
ASKED_LATER_SECONDS = 0.020  # less than that apart, nobody can say who came first
STARVED = 0.1  # of an equal share

Arrival = tuple[float, int, bool]  # seconds, process, accepted


@dataclass(frozen=True)
class Verdict:
    """One cell: shares run from 0 to 1, times are seconds.

    ``use`` is of the budget, by accepted arrivals. ``violations`` are windows of one second with
    more than 2 arrivals, out of ``windows``; ``clear_violations`` those that were 5 ms short or
    more. ``overtaken`` are grants given after somebody who had asked later was served.
    ``call_seconds`` is the mean of a call, from permit to answer; ``cpu_seconds`` of what a grant
    costs its process, and ``cpu_median`` the median: on a busy machine they lie far apart.
    """

    cell: Cell
    arrivals: int
    refused: int
    use: float
    windows: int
    violations: int
    clear_violations: int
    most_in_a_second: int
    calls_of: list[int]
    overtaken: float
    waits: list[float]
    call_seconds: float
    cpu_seconds: float
    cpu_median: float
    round_trips: float

    @property
    def starved(self) -> int:
        """How many processes got less than a tenth of an equal share."""
        fair = sum(self.calls_of) / len(self.calls_of)
        return sum(calls < STARVED * fair for calls in self.calls_of)

    @property
    def even(self) -> bool:
        """Whether all processes got the same, to a call or to a tenth."""
        return max(self.calls_of) - min(self.calls_of) <= 1 or self.share_ratio <= 1.1

    @property
    def share_ratio(self) -> float:
        """Greatest share of the grants over the least."""
        least = min(self.calls_of)
        return max(self.calls_of) / least if least else float("inf")


def judge(
    cell: Cell, arrivals: Sequence[Arrival], calls: Sequence[Call], *, begin: float, end: float
) -> Verdict:
    """Judge what happened from ``begin`` to ``end``."""
    seen = sorted(arrival for arrival in arrivals if begin <= arrival[0] <= end)
    accepted = [at for at, _, fine in seen if fine]
    gaps = [later - at for at, later in zip(accepted, accepted[CALLS:], strict=False)]
    by_worker = Counter(worker for _, worker, _ in seen)
    granted = [
        call for call in calls if call.granted_at is not None and begin <= call.granted_at <= end
    ]
    return Verdict(
        cell,
        arrivals=len(seen),
        refused=len(seen) - len(accepted),
        use=CALLS / fmean(gaps) / RATE if gaps else 0.0,
        windows=len(gaps),
        violations=sum(gap < WINDOW_SECONDS for gap in gaps),
        clear_violations=sum(gap < WINDOW_SECONDS - LATE_SECONDS for gap in gaps),
        most_in_a_second=most_in_a_window([at for at, _, _ in seen]),
        calls_of=[by_worker[worker] for worker in range(cell.workers)],
        overtaken=overtaken(granted),
        waits=sorted(waits(calls, begin, end)),
        call_seconds=_mean(call.answered_at - (call.granted_at or 0.0) for call in granted),
        cpu_seconds=_mean(call.cpu_seconds for call in granted),
        cpu_median=median([call.cpu_seconds for call in granted] or [0.0]),
        round_trips=_mean(call.round_trips for call in granted),
    )


def most_in_a_window(stamps: Sequence[float]) -> int:
    """Return the greatest count in any window of a second; half-open: 1.000 s apart are two."""
    most, first = 0, 0
    for index, at in enumerate(stamps):
        while at - stamps[first] >= WINDOW_SECONDS:
            first += 1
        most = max(most, index - first + 1)
    return most


def overtaken(granted: Sequence[Call]) -> float:
    """Return the share of grants that came after the grant of one who had asked later."""
    count, latest = 0, 0.0
    for call in sorted(granted, key=lambda call: call.granted_at or 0.0):
        count += latest > call.asked_at + ASKED_LATER_SECONDS
        latest = max(latest, call.asked_at)
    return count / len(granted) if granted else 0.0


def waits(calls: Sequence[Call], begin: float, end: float) -> list[float]:
    """Return how long each wait was that began in time or never ended; the end cuts it off."""
    return [
        (call.granted_at or end) - call.asked_at
        for call in calls
        if call.asked_at < end and (call.asked_at >= begin or call.granted_at is None)
    ]


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the value that ``share`` of the sorted values do not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _mean(values: Iterable[float]) -> float:
    given = list(values)
    return fmean(given) if given else 0.0
