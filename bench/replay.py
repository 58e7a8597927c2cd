"""How long does a replay take? See README.md beside this file.

python bench/replay.py                                 the short form: 40 tickers, 60 sessions
python bench/replay.py --tickers 200 --sessions 250    what a year of a small market takes
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from datetime import date
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from app.bootstrap import Services, connect, replay_stores
from app.domain import KOREA, Bar, InvestorFlow, Listing, Status, Ticker
from app.market.bars import Span
from app.replay.plan import Plan
from app.replay.pool import replay_all
from app.replay.result import Replayed
from app.replay.strength import jobs_of
from app.settings import load_settings

NEWEST = date(2025, 2, 28)
LOOKBACK = 280  # sessions before the first, so that every strategy has all that it reads


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tickers", type=int, default=40)
    parser.add_argument("--sessions", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(database_url=f"sqlite:///{folder}/scanner.db")
        with connect(settings) as services:
            sessions = services.calendar.newest_sessions(NEWEST, LOOKBACK + given.sessions)
            tickers = [f"{code:06d}" for code in range(given.tickers)]
            start = time.perf_counter()
            for seed, ticker in enumerate(tickers):
                store(services, ticker, sessions, seed)
            print(f"stored       {time.perf_counter() - start:.1f} s for the made-up market")
            report(services, tickers, sessions[LOOKBACK:], given.workers)


def store(services: Services, ticker: Ticker, sessions: list[date], seed: int) -> None:
    """Store a walk that rises, rests and narrows in turns, and who bought it."""
    chance = np.random.default_rng(seed)
    count = len(sessions)
    calm = 0.012 + 0.010 * np.sin(np.arange(count) / chance.uniform(12, 40)) ** 2
    moves = np.clip((0.05 + chance.standard_t(4, count)) * calm, -0.3, 0.25)
    close = np.round(20_000 * np.exp(np.cumsum(moves)) + 500)
    before = np.append(close[0], close[:-1])
    high = np.round(np.maximum(before, close) * (1 + calm * chance.random(count)))
    low = np.round(np.minimum(before, close) * (1 - calm * chance.random(count)))
    volume = np.round(3e6 * np.exp(chance.normal(0, 0.6, count)))
    columns = zip(before, high, low, close, volume, close * volume, strict=True)
    rows = [Bar(day, *map(float, row)) for day, row in zip(sessions, columns, strict=True)]
    services.bars.fill(ticker, Span(sessions[0], sessions[-1]), [rows], final=sessions[-1])
    shares = chance.normal(0.01, 0.06, (count, 2)) * (close * volume)[:, None]
    flows = [
        InvestorFlow(day, float(foreign), float(institution), -float(foreign + institution))
        for day, (foreign, institution) in zip(sessions, shares, strict=True)
    ]
    now = services.calendar.closes(NEWEST).astimezone(KOREA)
    services.flows.save(ticker, flows, final=NEWEST, now=now)


def report(services: Services, tickers: list[Ticker], sessions: list[date], workers: int) -> None:
    plan = Plan.of(
        services.calendar,
        sessions[0],
        sessions[-1],
        newest=NEWEST,
        strategies=services.strategies,
    )
    start = time.perf_counter()
    bars = {ticker: services.bars.load(ticker, plan.span) for ticker in tickers}
    jobs = jobs_of([Listing(ticker, "", None) for ticker in tickers], bars, plan)
    ranked = time.perf_counter()
    opened = partial(replay_stores, services.settings)
    done = Replayed.of(plan, replay_all(jobs, plan, opened, workers=workers), [])
    end = time.perf_counter()
    days = len(tickers) * len(sessions)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = children.ru_utime + children.ru_stime if workers > 1 else time.process_time()
    print(
        f"replay       {end - start:.1f} s for {len(tickers)} tickers x {len(sessions)} sessions x "
        f"{len(plan.strategies)} strategies, {workers} processes; ranks {ranked - start:.1f} s"
    )
    print(
        f"             {used:.1f} s of CPU, {1000 * used / days:.2f} ms a ticker and session; "
        f"load average {os.getloadavg()[0]:.1f}"
    )
    for name, counts in done.statuses.items():
        found = sum(row.number for row in done.rows if row.strategy == name and row.grade is None)
        print(f"             {name}: {counts[Status.OK]} of {days} scored, {found} signals")


if __name__ == "__main__":
    main()
