"""The options that every mock server takes, and the clear line for a value that will not do."""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from tests.mock_servers.exchange.bars_file import read_bars
from tests.mock_servers.exchange.listings import MOST_SHARES
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.seeded import LEAST_SESSIONS, MOST_SESSIONS, seeded_issues
from tests.mock_servers.latency import Latency
from tests.mock_servers.referee import Limit, Referee
from tests.mock_servers.scenarios.reading import Scenario, load, names

KOREA = ZoneInfo("Asia/Seoul")
Number = TypeVar("Number", int, float, Fraction)


class _ListScenarios(argparse.Action):
    """Prints the scenarios, a line each, and ends."""

    def __init__(self, option_strings: Sequence[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **more)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        for name in names():
            sys.stdout.write(f"{name:14} {load(name).about}\n")
        parser.exit()


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


def key_and_secret(text: str) -> tuple[str, str]:
    """Read KEY:SECRET."""
    key, _, secret = text.partition(":")
    if not key or not secret:
        raise argparse.ArgumentTypeError("an app key is written KEY:SECRET")
    return key, secret


def day(text: str) -> date:
    """Read a date."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2025-02-28") from error


def _rate(text: str) -> Fraction:
    rate = Fraction(text).limit_denominator(1000)
    if not rate and Fraction(text):
        raise ValueError(f"{text} is less than a call in 1,000 s")
    return rate


# Reads a rate: so many calls in at most 1,000 s.
calls_a_second = at_least(0, _rate, "calls a second: 2, 2.5, 0.5, or 0 for no limit", most=10_000)


def parser_for(prog: str, about: str, *, port: int) -> Parser:
    """Return a parser with the options that every mock broker's REST server has."""
    parser = market_parser_for(prog, about, port=port)
    add = parser.add_argument
    milliseconds = at_least(0, float, "milliseconds, 0 or more", most=60_000)
    add(
        "--rate",
        type=calls_a_second,
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
    add(
        "--app-key",
        action="append",
        type=key_and_secret,
        metavar="KEY:SECRET",
        help="take only this pair; may be repeated (default: any key with its first secret)",
    )
    return parser


def market_parser_for(prog: str, about: str, *, port: int) -> Parser:
    """Return a parser with the options that every mock server has: where it is, what it serves."""
    parser = Parser(prog=prog, description=about)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    add(
        "--port",
        type=at_least(0, int, "a port", most=65535),
        default=port,
        help="port to listen on; 0: a free one (default %(default)s)",
    )
    add("--bars", type=Path, help="serve the daily bars of this CSV file, which may end in .gz")
    add("--scenario", metavar="NAME", help="plant what this scenario, or this .toml file, says")
    add("--list-scenarios", action=_ListScenarios, help="say which scenarios there are, and end")
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


def common_parts(
    parser: Parser, given: argparse.Namespace, *, call_rate: Fraction = Fraction(0)
) -> Common:
    """Build what ``given`` asks for; a value that will not do ends the program with one line.

    ``call_rate``: calls a second of one app key and one call; 0: no limit of its own.
    """
    try:
        latency = Latency(given.latency, given.jitter, seed=given.seed)
    except ValueError as error:
        parser.error(str(error))
    exchange, about = market_of(parser, given)
    limit, call_limit = (
        Limit.per_second(rate, calendar=given.window == "calendar")
        for rate in (given.rate, call_rate)
    )
    rate = f"{float(given.rate):g} calls a second" if given.rate else "no limit"
    return Common(exchange, Referee(limit, call_limit), latency, f"{about}, {rate}")


def market_of(parser: Parser, given: argparse.Namespace) -> tuple[Exchange, str]:
    """Return the exchange that ``given`` asks for, and a few words about it.

    A value that will not do ends the program with one line.
    """
    try:
        scenario = load(given.scenario) if given.scenario else None
        today = _today(given.today, scenario)
        if given.bars is None:
            plan = scenario.plant if scenario else None
            issues = seeded_issues(given.tickers, given.seed, today, given.sessions, plan)
            source = f"seed {given.seed}"
        elif scenario:
            parser.error("--scenario is planted into a made-up market: leave --bars away")
        else:
            issues = read_bars(given.bars, today)
            source = str(given.bars)
    except OSError as error:
        parser.error(f"cannot read {given.bars}: {error.strerror}")
    except ValueError as error:
        parser.error(str(error))
    if scenario:
        source = f"{source}, scenario {given.scenario}"
    exchange = Exchange(issues, today, given.seed)
    return exchange, f"{len(exchange)} tickers from {source}, {exchange.last_session}"


def _today(asked: date | None, scenario: Scenario | None) -> date:
    """Return the market's last day: as asked for, of the scenario, or today in Korea.

    Raises:
        ValueError: the scenario plays on another day than the one asked for.
    """
    fixed = scenario.today if scenario else None
    if asked and fixed and asked != fixed:
        raise ValueError(f"the scenario plays on {fixed}: leave --today away")
    return asked or fixed or datetime.now(KOREA).date()
