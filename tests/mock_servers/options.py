"""The options that every mock server takes, and the clear line for a value that will not do."""

import argparse
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import NoReturn, TypeVar
from zoneinfo import ZoneInfo

from tests.mock_servers.exchange.bars_file import read_bars
from tests.mock_servers.exchange.listings import MOST_SHARES
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.seeded import LEAST_SESSIONS, MOST_SESSIONS, seeded_issues
from tests.mock_servers.latency import Latency
from tests.mock_servers.referee import Limit, Referee

KOREA = ZoneInfo("Asia/Seoul")
Number = TypeVar("Number", int, float, Fraction)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line and exits with 2."""

    def error(self, message: str) -> NoReturn:
        """Print the line and exit."""
        self.exit(2, f"{self.prog}: {message}\n")


def at_least(
    least: float, read: Callable[[str], Number], what: str, *, most: float = float("inf")
) -> Callable[[str], Number]:
    """Return a reader of numbers from ``least`` to ``most``; ``what`` says what is wanted."""

    def number(text: str) -> Number:
        with suppress(ValueError, ZeroDivisionError):
            value = read(text)
            if least <= value <= most:
                return value
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")

    return number


def day(text: str) -> date:
    """Read a date."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2025-02-28") from error


def parser_for(prog: str, about: str, *, port: int) -> Parser:
    """Return a parser with the options that every mock broker has."""
    parser = Parser(prog=prog, description=about)
    add = parser.add_argument
    milliseconds = at_least(0, float, "milliseconds, 0 or more", most=60_000)
    rate = at_least(0, _rate, "calls a second: 2, 2.5, 0.5, or 0 for no limit", most=10_000)
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add(
        "--port",
        type=at_least(0, int, "a port", most=65535),
        default=port,
        help="port to listen on; 0: a free one (default %(default)s)",
    )
    add(
        "--rate",
        type=rate,
        default=Fraction(2),
        help="calls a second of one app key, like 2.5; 0: no limit (default %(default)s)",
    )
    add(
        "--window",
        choices=("sliding", "calendar"),
        default="sliding",
        help="the second that the rate is counted in (default %(default)s)",
    )
    add("--latency", type=milliseconds, default=0.0, help="mean delay of a call, ms (default 0)")
    add("--jitter", type=milliseconds, default=0.0, help="delay is latency ± jitter (default 0)")
    add("--bars", type=Path, help="serve the daily bars of this CSV file, which may end in .gz")
    add("--today", type=day, help="the market's last day, closed (default: today in Korea)")
    add(
        "--tickers",
        type=at_least(10, int, f"a whole number, 10 to {MOST_SHARES}", most=MOST_SHARES),
        default=40,
        help="how many shares are made up without --bars (default %(default)s)",
    )
    add(
        "--seed",
        type=at_least(0, int, "a whole number, 0 or more"),
        default=1,
        help="of everything made up (default %(default)s)",
    )
    add(
        "--sessions",
        type=at_least(
            LEAST_SESSIONS,
            int,
            f"a whole number, {LEAST_SESSIONS} to {MOST_SESSIONS}",
            most=MOST_SESSIONS,
        ),
        default=LEAST_SESSIONS,
        help="of history without --bars (default %(default)s)",
    )
    return parser


@dataclass(frozen=True)
class Common:
    """The parts that the common options stand for."""

    exchange: Exchange
    referee: Referee
    latency: Latency
    about: str


def common_parts(parser: Parser, given: argparse.Namespace) -> Common:
    """Build what ``given`` asks for; a value that will not do ends the program with one line."""
    today: date = given.today or datetime.now(KOREA).date()
    try:
        if given.bars is None:
            issues = seeded_issues(given.tickers, given.seed, today, given.sessions)
            source = f"seed {given.seed}"
        else:
            issues = read_bars(given.bars, today)
            source = str(given.bars)
        latency = Latency(given.latency, given.jitter, seed=given.seed)
    except OSError as error:
        parser.error(f"cannot read {given.bars}: {error.strerror}")
    except ValueError as error:
        parser.error(str(error))
    limit = Limit.per_second(given.rate, calendar=given.window == "calendar")
    exchange = Exchange(issues, today, given.seed)
    rate = f"{float(given.rate):g} calls a second" if given.rate else "no limit"
    about = f"{len(exchange)} tickers from {source}, {exchange.last_session}, {rate}"
    return Common(exchange, Referee(limit), latency, about)


def _rate(text: str) -> Fraction:
    """Read a rate: so many calls in at most 1,000 s."""
    rate = Fraction(text).limit_denominator(1000)
    if not rate and Fraction(text):
        raise ValueError(f"{text} is less than a call in 1,000 s")
    return rate
