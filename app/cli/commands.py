"""Every command with its options; each hands them to its own module.

What a command works with is imported when it is called: Celery, SQLAlchemy and numpy take seconds,
and ``scanner --help`` needs none of them.
"""

from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Scan the Korean stock market without ever breaking the broker's rate limit.",
    epilog="Start everything on this machine: scanner up",
    add_completion=True,
    pretty_exceptions_enable=False,  # its tracebacks can show local variables, secrets among them
    context_settings={"help_option_names": ["-h", "--help"]},
)


class MarketName(StrEnum):
    """What ``--market`` takes."""

    KOSPI = "kospi"
    KOSDAQ = "kosdaq"
    ALL = "all"


class GradeName(StrEnum):
    """What ``--grade`` takes."""

    S = "S"
    A = "A"
    B = "B"
    C = "C"


Json = Annotated[bool, typer.Option("--json", help="Answer as JSON on standard output.")]
AsOf = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Only what was known after the close of this date."),
]
Strategies = Annotated[
    list[str] | None,
    typer.Option("--strategy", metavar="NAME", help="This strategy only; may be repeated."),
]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"krx-scanner {version('krx-scanner')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def scanner(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version."),
    ] = False,
) -> int:
    """Scan the Korean stock market without ever breaking the broker's rate limit."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        return 2
    return 0


@app.command(epilog="Example: scanner up --scan-workers 4")
def up(
    *,
    scan_workers: Annotated[
        int, typer.Option(min=1, max=64, help="How many processes scan; they share one limit.")
    ] = 2,
    flower: Annotated[bool, typer.Option(help="Watch tasks and workers in a browser.")] = True,
    beat: Annotated[bool, typer.Option(help="Scan by the schedule.")] = True,
    as_json: Json = False,
) -> int:
    """Run the whole system on this machine until Ctrl-C; without a broker's key, a demo."""
    from app.cli.up import up as command

    return command(scan_workers=scan_workers, flower=flower, beat=beat, as_json=as_json)


@app.command(
    epilog="Examples: scanner scan 005930 000660 --wait"
    "\n\nscanner scan --market kospi --strategy vcp"
)
def scan(
    *,
    tickers: Annotated[
        list[str] | None, typer.Argument(metavar="TICKER", help="Issue codes, like 005930.")
    ] = None,
    market: Annotated[
        MarketName | None, typer.Option(case_sensitive=False, help="A whole market instead.")
    ] = None,
    strategy: Strategies = None,
    as_of: AsOf = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Follow the scan and show what it found.")
    ] = False,
    name: Annotated[str, typer.Option(help="What to call the scan.")] = "manual",
    as_json: Json = False,
) -> int:
    """Scan tickers or a market now, before everything that is queued for the schedule."""
    from app.cli.scan import Wanted
    from app.cli.scan import scan as command

    wanted = Wanted(
        tickers=tickers or [],
        market=market,
        strategies=strategy or [],
        as_of=as_of,
        name=name,
    )
    return command(wanted, wait=wait, as_json=as_json)


@app.command(
    epilog="Examples: scanner signals --grade S --life open  ·  scanner signals --follow"
    "\n\nscanner signals --export csv --output signals.csv"
)
def signals(
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with new and changed ones.")
    ] = False,
    changes: Annotated[
        bool, typer.Option("--changes", help="Their history instead, the newest change last.")
    ] = False,
    strategy: Strategies = None,
    ticker: Annotated[
        list[str] | None, typer.Option(metavar="TICKER", help="This one only; may be repeated.")
    ] = None,
    grade: Annotated[
        list[GradeName] | None,
        typer.Option(case_sensitive=False, help="This grade only; may be repeated."),
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="This state only, like SETUP; may be repeated."),
    ] = None,
    life: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LIFE",
            help="new, active, triggered, target_hit, stopped, expired, withdrawn, or open: all "
            "that are not over; may be repeated.",
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Of this session and later ones.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Of this session and earlier ones.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many; 50 in a list, all in an export.")
    ] = None,
    export: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="Write csv, json or parquet instead.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to; else to standard output.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Show the signals that were found, the newest session first, the best of it on top."""
    from app.cli.signals import Filters, Way
    from app.cli.signals import signals as command

    filters = Filters(
        strategies=strategy or [],
        tickers=ticker or [],
        grades=[each.value for each in grade or []],
        states=state or [],
        lives=life or [],
        since=since,
        until=until,
        limit=limit,
    )
    way = Way(follow=follow, changes=changes, export=export, output=output, as_json=as_json)
    return command(filters, way)


@app.command(epilog="Example: scanner status")
def status(*, as_json: Json = False) -> int:
    """Show what runs: Redis, database, workers, schedule, queues, scans, market, rate."""
    from app.cli.status import status as command

    return command(as_json=as_json)


@app.command(epilog="Example: scanner quota --follow")
def quota(
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Once a second.")] = False,
    as_json: Json = False,
) -> int:
    """Show the rate limit: what is used, in flight, cooling down, waiting, refused."""
    from app.cli.quota import quota as command

    return command(follow=follow, as_json=as_json)


@app.command(epilog="Example: scanner bars 005930 --last 20")
def bars(
    *,
    ticker: Annotated[str, typer.Argument(metavar="TICKER", help="An issue code, like 005930.")],
    last: Annotated[int, typer.Option(min=1, max=10_000, help="The newest so many.")] = 20,
    as_of: AsOf = None,
    as_json: Json = False,
) -> int:
    """Show the stored daily bars of a ticker; the broker is not asked."""
    from app.cli.bars import bars as command

    return command(ticker, last=last, as_of=as_of, as_json=as_json)


@app.command(
    epilog="Examples: scanner explain 005930 --strategy vcp"
    "\n\nscanner explain 005930 --as-of 2025-02-28"
)
def explain(
    *,
    ticker: Annotated[str, typer.Argument(metavar="TICKER", help="An issue code, like 005930.")],
    strategy: Strategies = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> int:
    """Show why a ticker is a signal or why not: score, gates, pull-backs, levels, a picture."""
    from app.cli.explain import explain as command

    return command(ticker, strategies=strategy or [], as_of=as_of, as_json=as_json)


@app.command(
    epilog="Examples: scanner replay --strategy vcp --from 2024-03-04 --to 2025-02-28"
    "\n\nscanner replay --market kosdaq --from 2025-01-02 --html replay.html --csv replay.csv"
)
def replay(
    *,
    tickers: Annotated[
        list[str] | None, typer.Argument(metavar="TICKER", help="These; else all with bars.")
    ] = None,
    first: Annotated[
        str, typer.Option("--from", metavar="DATE", help="The first session, like 2024-03-04.")
    ],
    last: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="The last; else the newest final.")
    ] = None,
    market: Annotated[
        MarketName | None, typer.Option(case_sensitive=False, help="A whole market instead.")
    ] = None,
    strategy: Strategies = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a line a signal.")] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report with pictures.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that work side by side.")
    ] = 2,
    as_json: Json = False,
) -> int:
    """Scan past sessions again, on stored bars alone, and show what became of the signals."""
    from app.cli.replay import Wanted
    from app.cli.replay import replay as command

    wanted = Wanted(
        tickers=tickers or [],
        market=market,
        strategies=strategy or [],
        first=first,
        last=last,
        csv=csv,
        html=html,
        workers=workers,
    )
    return command(wanted, as_json=as_json)


@app.command(epilog="Example: scanner strategies")
def strategies(*, as_json: Json = False) -> int:
    """Show the strategies: their names, what they look for, how they score."""
    from app.cli.strategies import strategies as command

    return command(as_json=as_json)


@app.command(epilog="Examples: scanner doctor  ·  scanner doctor --broker")
def doctor(
    *,
    broker: Annotated[
        bool,
        typer.Option("--broker", help="Ask the broker for a token and one quote as well."),
    ] = False,
    as_json: Json = False,
) -> int:
    """Check settings, Redis, database, workers, clock and calendar; say what to do."""
    from app.cli.doctor import doctor as command

    return command(broker=broker, as_json=as_json)


@app.command(epilog="Example: scanner notify-test")
def notify_test(*, as_json: Json = False) -> int:
    """Send one test message to each receiver of NOTIFY_URLS; say what became of it."""
    from app.cli.notify_test import notify_test as command

    return command(as_json=as_json)
