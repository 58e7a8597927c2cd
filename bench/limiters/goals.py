"""What our limiter is meant to reach, and whether it does."""

from dataclasses import dataclass

from bench.limiters.contenders import OURS
from bench.limiters.idle import PING
from bench.limiters.summary import Results

LEAST_USE = {"none": 0.995, "u50": 0.945, "kis": 0.960, "ln200": 0.920}


@dataclass(frozen=True)
class Goal:
    """A figure beside its target."""

    name: str
    target: str
    figure: str
    reached: bool


def goals(results: Results) -> list[Goal]:
    """Return every goal that this run can judge; none when our limiter was not measured."""
    if not results.of(OURS):
        return []
    return [*_the_limit(results), *_the_order(results), *_the_cost(results)]


def _the_limit(results: Results) -> list[Goal]:
    ours, enforced = results.of(OURS), results.of(OURS, enforcing=True)
    broken = f"{ours.violations} of {ours.windows:,} windows"
    rows = [Goal("violations", "0", broken, ours.violations == 0)]
    for profile in results.profiles:
        group, least = results.of(OURS, profile=profile), LEAST_USE[profile]
        target = f">= {least:.1%}; {group.best_use:.1%} is the most at these round trips"
        rows.append(Goal(f"use, {profile}", target, f"{group.use:.1%}", group.use >= least))
    return [
        *rows,
        Goal("refused", "0 %", f"{enforced.refused_share:.1%}", enforced.refused == 0),
        Goal("goodput", ">= 92 %", f"{enforced.use:.1%}", enforced.use >= 0.92),
    ]


def _the_order(results: Results) -> list[Goal]:
    ours = results.of(OURS)
    longest = max(
        results.of(OURS, workers=workers).wait(1) / (1.25 * max(1, workers / 2))
        for workers in results.workers
    )
    return [
        Goal("overtaken", "<= 1 %", f"{ours.overtaken:.1%}", ours.overtaken <= 0.01),
        Goal("max/min", "<= 1.1, or one call apart", f"{ours.share_ratio:.2f}", ours.even),
        Goal("starved", "0", f"{ours.starved}", ours.starved == 0),
        Goal("longest wait", "<= 1.25 s for 2 processes", f"{longest:.0%} of it", longest <= 1),
    ]


def _the_cost(results: Results) -> list[Goal]:
    ours = results.of(OURS)
    trips, cpu, usual = ours.round_trips, 1000 * ours.cpu_seconds, 1000 * ours.cpu_median
    idle, ping = (1e6 * results.uncontended[name] for name in (OURS, PING))
    return [
        Goal("round trips a grant", "<= 4.5", f"{trips:.1f}", trips <= 4.5),
        Goal("CPU a grant", "<= 2 ms", f"{cpu:.2f} ms, median {usual:.2f}", cpu <= 2),
        Goal("acquire", f"<= 150 us; a PING takes {ping:.0f}", f"{idle:.0f} us", idle <= 150),
    ]
