"""How well does our limiter do beside its peers? See README.md beside this file.

python bench/limiter.py                          the short form, under 3 minutes
python bench/limiter.py --long --markdown        the table and picture of README.md
python bench/limiter.py --only krx-scanner --only steindamm --profiles u50 --workers 8
"""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from redis import Redis
from rich.console import Console

from bench.limiters import picture, report
from bench.limiters.cells import PROFILES, WORKERS, Cell, grid
from bench.limiters.contenders import CONTENDERS, OURS, Contender
from bench.limiters.judge import percentile
from bench.limiters.processes import own_cpu_seconds, wake_ups
from bench.limiters.summary import PEERS_WORKERS, Results
from bench.limiters.trial import Round, Trial

SHORT_SECONDS, LONG_SECONDS = 40, 75
SHORT_ROUNDS, LONG_ROUNDS = 8, 20
PEERS_AT_ONCE = 3  # of every size: two cores bear no more without adding to the jitter


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="\n".join(__doc__.splitlines()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--long", action="store_true", help="all peers at every number of processes")
    add("--only", action="append", choices=list(CONTENDERS), help="a limiter; may be repeated")
    add("--profiles", nargs="+", choices=list(PROFILES), default=list(PROFILES), help="networks")
    add("--workers", nargs="+", type=int, choices=WORKERS, default=WORKERS, help="processes")
    add(
        "--seconds", type=int, help=f"a batch counts so long ({SHORT_SECONDS}; {LONG_SECONDS} long)"
    )
    add("--json", type=Path, metavar="FILE", help="write a row for each cell")
    add("--markdown", action="store_true", help="print the tables for a page")
    add("--picture", type=Path, metavar="FILE", help="draw use against violations, as SVG")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    signal.signal(signal.SIGTERM, _leave)
    console = Console(stderr=given.markdown, width=None if sys.stdout.isatty() else 120)
    chosen = [CONTENDERS[name] for name in given.only or CONTENDERS]
    contenders = [each for each in chosen if each.load()]
    if not contenders:
        return 2
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        trial = Trial(Path(folder), contenders, stack)
        console.print(machine(next(iter(trial.urls.values()))))
        results = measure(trial, contenders, given, console)
    taken = time.monotonic() - begun
    late = sorted(1000 * each for each in wake_ups)
    console.print(
        f"took {taken:.0f} s and {own_cpu_seconds() / taken:.2f} of a core on average;"
        f" load average now {os.getloadavg()[0]:.1f}; this machine wakes a process"
        f" {percentile(late, 0.5):.1f} ms late in the median, {percentile(late, 0.95):.1f} at p95"
    )
    report.print_tables(console, results)
    if given.markdown:
        print(report.markdown(results))
    if given.json:
        given.json.write_text(json.dumps(results.as_json(), indent=1))
    if given.picture:
        given.picture.write_text(picture.draw(results))
    return results.of(OURS).violations > 0


def measure(
    trial: Trial, contenders: Sequence[Contender], given: argparse.Namespace, console: Console
) -> Results:
    """Measure ours all the time, and the peers beside it, so many at a time as the cores bear."""
    seconds = given.seconds or (LONG_SECONDS if given.long else SHORT_SECONDS)
    console.print(f"uncontended: {len(contenders)} limiters by turns")
    uncontended = trial.uncontended(LONG_ROUNDS if given.long else SHORT_ROUNDS)
    batches = peers_in_batches(contenders, given)
    rounds: list[Round] = []
    with ExitStack() as stack:
        if any(each.name == OURS for each in contenders):
            ours = stack.enter_context(trial.running(grid(OURS, given.profiles, given.workers)))
            ours.last(0 if batches else seconds)
            rounds.append(ours)
        for number, cells in enumerate(batches, start=1):
            names = ", ".join(dict.fromkeys(cell.contender for cell in cells))
            console.print(f"{number} of {len(batches)}: {seconds} s of {names}")
            with trial.running(cells) as batch:
                batch.last(seconds)
            rounds.append(batch)
    return Results.of_rounds(rounds, uncontended)


def peers_in_batches(
    contenders: Sequence[Contender], given: argparse.Namespace
) -> Sequence[list[Cell]]:
    """Return the peers' cells: all at once with four processes, or a few peers of every size."""
    peers = [each.name for each in contenders if each.name != OURS]
    few = given.long or PEERS_WORKERS not in given.workers
    workers = given.workers if few else [PEERS_WORKERS]
    size = PEERS_AT_ONCE if few else max(1, len(peers))
    return [
        [
            cell
            for name in peers[first : first + size]
            for cell in grid(name, given.profiles, workers)
        ]
        for first in range(0, len(peers), size)
    ]


def machine(redis_url: str) -> str:
    """Return what the figures were measured on."""
    with Redis.from_url(redis_url) as redis:
        server = redis.info("server")["redis_version"]
    parts = [
        f"{datetime.now(UTC).date()}",
        f"{os.cpu_count()} cores",
        f"load average {os.getloadavg()[0]:.1f}",
        f"{platform.system()} {platform.machine()}",
        f"CPython {platform.python_version()}",
        f"Redis {server}",
        f"redis-py {version('redis')}",
    ]
    return ", ".join(parts)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(143)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
