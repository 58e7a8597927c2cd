"""A contender in one row: its cells put together."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Self

from bench.limiters.cells import Cell
from bench.limiters.contenders import CONTENDERS
from bench.limiters.judge import Verdict, percentile
from bench.limiters.trial import Round

PEERS_WORKERS = 4  # with so many processes the contenders are compared
QUIET = "none"


@dataclass(frozen=True)
class Results:
    """All verdicts of a run, and what was counted by contender rather than by cell."""

    verdicts: list[Verdict]
    commands: dict[str, float]  # a grant
    scripts: dict[str, float]  # a grant
    uncontended: dict[str, float]  # seconds

    @classmethod
    def of_rounds(cls, rounds: Sequence[Round], uncontended: dict[str, float]) -> Self:
        """Return what came out of the rounds, each with contenders of its own."""
        verdicts = [verdict for each in rounds for verdict in each.verdicts()]
        grants: Counter[str] = Counter()
        for verdict in verdicts:
            grants[verdict.cell.contender] += verdict.arrivals

        def a_grant(counts: dict[str, int]) -> dict[str, float]:
            return {name: count / max(1, grants[name]) for name, count in counts.items()}

        commands, scripts = {}, {}
        for each in rounds:
            commands.update(a_grant(each.commands))
            scripts.update(a_grant(each.scripts))
        return cls(verdicts, commands, scripts, uncontended)

    @property
    def contenders(self) -> list[str]:
        """Who was measured, ours first."""
        measured = {verdict.cell.contender for verdict in self.verdicts}
        return [name for name in CONTENDERS if name in measured]

    @property
    def profiles(self) -> list[str]:
        """The networks, in the order of the cells."""
        return list(dict.fromkeys(verdict.cell.profile for verdict in self.verdicts))

    @property
    def workers(self) -> list[int]:
        """The numbers of processes, least first."""
        return sorted({verdict.cell.workers for verdict in self.verdicts})

    @property
    def common_workers(self) -> int:
        """The number of processes with which all contenders are compared."""
        return max(
            (each for each in self.workers if self.all_have(each)),
            key=lambda workers: (workers == PEERS_WORKERS, workers),
        )

    def all_have(self, workers: int) -> bool:
        """Say whether every contender ran with so many processes."""
        return all(self.of(name, workers=workers) for name in self.contenders)

    def of(
        self,
        contender: str,
        *,
        profile: str | None = None,
        workers: int | None = None,
        enforcing: bool = False,
        jitter: bool = False,
    ) -> "Group":
        """Return the verdicts that fit; ``jitter``: those on a network that is not even."""

        def fits(cell: Cell) -> bool:
            return (
                cell.contender == contender
                and cell.enforcing == enforcing
                and profile in {None, cell.profile}
                and workers in {None, cell.workers}
                and not (jitter and cell.profile == QUIET)
            )

        return Group([verdict for verdict in self.verdicts if fits(verdict.cell)])

    def round_trips(self, contender: str, group: "Group") -> float:
        """Return the round trips a grant, as the callers saw them or else as scripts called."""
        if CONTENDERS[contender].counted:
            return group.round_trips
        return self.scripts[contender]

    def as_json(self) -> list[dict[str, Any]]:
        """Return a row for each cell; shares from 0 to 1, times in seconds."""
        return [
            {
                "limiter": verdict.cell.contender,
                "profile": verdict.cell.profile,
                "processes": verdict.cell.workers,
                "enforcing": verdict.cell.enforcing,
                **Group([verdict]).as_json(),
                "calls_of": verdict.calls_of,
                "commands_a_grant": self.commands[verdict.cell.contender],
                "scripts_a_grant": self.scripts[verdict.cell.contender],
                "uncontended_seconds": self.uncontended[verdict.cell.contender],
            }
            for verdict in self.verdicts
        ]


class Group:
    """Verdicts read as one: means of shares and costs, sums of counts, the worst of extremes."""

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        self._verdicts = verdicts
        self.waits = sorted(wait for verdict in verdicts for wait in verdict.waits)
        self.use = _mean(verdict.use for verdict in verdicts)
        self.arrivals = sum(verdict.arrivals for verdict in verdicts)
        self.windows = sum(verdict.windows for verdict in verdicts)
        self.violations = sum(verdict.violations for verdict in verdicts)
        self.clear_violations = sum(verdict.clear_violations for verdict in verdicts)
        self.refused = sum(verdict.refused for verdict in verdicts)
        self.most_in_a_second = max((each.most_in_a_second for each in verdicts), default=0)
        self.share_ratio = max((verdict.share_ratio for verdict in verdicts), default=1.0)
        self.even = all(verdict.even for verdict in verdicts)
        self.starved = max((verdict.starved for verdict in verdicts), default=0)
        self.overtaken = _mean(verdict.overtaken for verdict in verdicts)
        self.call_seconds = _mean(verdict.call_seconds for verdict in verdicts)
        self.cpu_seconds = _mean(verdict.cpu_seconds for verdict in verdicts)
        self.cpu_median = _mean(verdict.cpu_median for verdict in verdicts)
        self.round_trips = _mean(verdict.round_trips for verdict in verdicts)

    def __bool__(self) -> bool:
        return bool(self._verdicts)

    @property
    def violated(self) -> float:
        """The share of windows with more calls than allowed."""
        return self.violations / self.windows if self.windows else 0.0

    @property
    def best_use(self) -> float:
        """What a permit that comes back with the answer allows at the round trips measured."""
        return 1 / (1 + self.call_seconds)

    @property
    def refused_share(self) -> float:
        """The share of calls that an enforcing referee refused."""
        return self.refused / self.arrivals if self.arrivals else 0.0

    def wait(self, share: float) -> float:
        """Return the wait that ``share`` of all do not exceed, in seconds."""
        return percentile(self.waits, share)

    def as_json(self) -> dict[str, Any]:
        """Return all of it but the single waits."""
        counts = {
            name: None if value == float("inf") else value
            for name, value in vars(self).items()
            if name not in _LONG
        }
        waits = {f"wait_p{share}": self.wait(share / 100) for share in (50, 95, 100)}
        return counts | waits


_LONG = {"_verdicts", "waits"}


def _mean(values: Iterable[float]) -> float:
    given = list(values)
    return fmean(given) if given else 0.0
