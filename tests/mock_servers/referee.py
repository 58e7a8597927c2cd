"""The referee: counts every arrival with code of its own and says what is beyond the limit.

Times are integer nanoseconds of one clock that never steps back. Windows are half-open: calls
exactly one window apart do not meet. A refused call is an arrival, but not against the limit.
"""

from array import array
from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tests.mock_servers.call import Call

SECOND_NS = 1_000_000_000
Report = dict[str, Any]


@dataclass(frozen=True)
class Limit:
    """``calls`` in every window, sliding or of the calendar; 0 calls: no limit."""

    calls: int = 0
    window_ns: int = SECOND_NS
    calendar: bool = False

    @classmethod
    def per_second(cls, rate: Fraction, *, calendar: bool = False) -> Self:
        """Return the limit of ``rate`` calls a second in whole calls: 2.5 is 5 calls in 2 s."""
        return cls(rate.numerator, rate.denominator * SECOND_NS, calendar)

    def admits(self, earlier: "array[int]", at_ns: int) -> bool:
        """Say whether one more call at ``at_ns`` keeps the limit; ``earlier`` is sorted."""
        past_ns = at_ns % self.window_ns if self.calendar else self.window_ns - 1
        in_window = len(earlier) - bisect_left(earlier, at_ns - past_ns)
        return self.calls == 0 or in_window < self.calls

    @property
    def calls_a_second(self) -> float:
        """Return the rate; 0: no limit."""
        return self.calls * SECOND_NS / self.window_ns

    def report(self) -> Report:
        """Return the limit ready for JSON."""
        return {
            "calls": self.calls,
            "window_seconds": self.window_ns / SECOND_NS,
            "window": "calendar" if self.calendar else "sliding",
        }

    def use(self, stamps: "array[int]") -> float | None:
        """Return the share of the budget used from first to last call; None if not defined."""
        if self.calls == 0 or len(stamps) <= self.calls:
            return None
        windows = (stamps[-1] - stamps[0]) / self.window_ns
        return (len(stamps) - self.calls) / (self.calls * windows)


def sorted_stamps() -> "array[int]":
    """Return an empty column of times."""
    return array("q")


def most_in_a_window(stamps: "array[int]", window_ns: int) -> int:
    """Return the greatest number of sorted ``stamps`` in any half-open window."""
    times: NDArray[np.int64] = np.array(stamps, dtype=np.int64)
    first = np.searchsorted(times, times - window_ns, side="right")
    return int((np.arange(1, len(times) + 1) - first).max(initial=0))


@dataclass
class _Account:
    """What one app key sent. Stamps come nearly in order, so they are kept sorted."""

    arrived: "array[int]" = field(default_factory=sorted_stamps)
    admitted: "array[int]" = field(default_factory=sorted_stamps)
    by_id: "dict[str, array[int]]" = field(default_factory=dict)
    refused: int = 0


class Referee:
    """Holds each app key to ``limit``, and each of its calls to ``call_limit``."""

    def __init__(self, limit: Limit, call_limit: Limit | None = None) -> None:
        self._limit = limit
        self._call_limit = call_limit or Limit()
        self.reset()

    @property
    def calls_a_second(self) -> float:
        """Return how often one call may come: its own limit, else the account's."""
        return (self._call_limit if self._call_limit.calls else self._limit).calls_a_second

    def reset(self) -> None:
        """Forget everything seen."""
        self._accounts: dict[str, _Account] = {}
        self._endpoints: Counter[str] = Counter()
        self._tickers: Counter[str] = Counter()
        self._refused_by_fault = 0
        self._delays = 0
        self._delay_ns = 0

    def admit(self, call: Call, at_ns: int) -> bool:
        """Count the arrival and say whether it is within the limits."""
        account = self._account(call.account)
        insort(account.arrived, at_ns)
        self._endpoints[call.name] += 1
        self._tickers.update(call.tickers)
        same_call = account.by_id.setdefault(call.id, sorted_stamps())
        if not (
            self._limit.admits(account.admitted, at_ns)
            and self._call_limit.admits(same_call, at_ns)
        ):
            account.refused += 1
            return False
        insort(account.admitted, at_ns)
        if self._call_limit.calls:
            insort(same_call, at_ns)
        return True

    def note_fault_refusal(self) -> None:
        """Count a refusal that was asked for as a fault."""
        self._refused_by_fault += 1

    def note_answer(self, delay_ns: int) -> None:
        """Count how long an answer took inside the server, network delay included."""
        self._delays += 1
        self._delay_ns += delay_ns

    def report(self, *, with_arrivals: bool = False) -> Report:
        """Return the account of everything seen since the last reset, ready for JSON.

        ``refused`` counts every refusal for the rate, asked for as a fault or not; ``violations``
        the arrivals beyond the limit. Accounts stand there by the start of their names.
        """
        accounts = {
            name[:8]: self._report(account, with_arrivals=with_arrivals)
            for name, account in self._accounts.items()
        }
        arrived = [stamp for each in self._accounts.values() for stamp in each.arrived]
        violations = sum(account.refused for account in self._accounts.values())
        return {
            "limit": self._limit.report(),
            "call_limit": self._call_limit.report() if self._call_limit.calls else None,
            "total": len(arrived),
            "refused": violations + self._refused_by_fault,
            "violations": violations,
            "greatest": max((self._greatest(each) for each in self._accounts.values()), default=0),
            "use": _only([self._limit.use(each.admitted) for each in self._accounts.values()]),
            "first": min(arrived) / SECOND_NS if arrived else None,
            "last": max(arrived) / SECOND_NS if arrived else None,
            "mean_delay_ms": self._delay_ns / self._delays / 1e6 if self._delays else None,
            "by_endpoint": dict(self._endpoints.most_common()),
            "by_ticker": dict(self._tickers.most_common()),
            "by_app_key": accounts,
        }

    def _report(self, account: _Account, *, with_arrivals: bool) -> Report:
        report: Report = {
            "total": len(account.arrived),
            "violations": account.refused,
            "greatest": self._greatest(account),
            "use": self._limit.use(account.admitted),
        }
        if with_arrivals:
            report["arrivals"] = [stamp / SECOND_NS for stamp in account.arrived]
        return report

    def _greatest(self, account: _Account) -> int:
        return most_in_a_window(account.arrived, self._limit.window_ns)

    def _account(self, key: str | None) -> _Account:
        """Return the account of ``key``; calls without a key belong to the first one."""
        if key is None:
            key = next(iter(self._accounts), "")
        elif key not in self._accounts and "" in self._accounts:
            self._accounts[key] = self._accounts.pop("")
        return self._accounts.setdefault(key, _Account())


def _only(values: list[float | None]) -> float | None:
    """Return the one value there is; None when several app keys were seen, or none."""
    return values[0] if len(values) == 1 else None
