"""What ``scanner doctor`` looks at: each check a question, an answer, and what to do."""

import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from app.bootstrap import Services
from app.brokers.errors import BrokerError, KeyRefused
from app.cli.output import ago, counted, korean_time, won
from app.cli.services import public
from app.database import reading
from app.domain import KOREA
from app.limiter import PermitTimeout
from app.queues import FOR_A_PERSON, beat_is_alive
from app.settings import SettingsError

ASKED_FOR = "005930"
OLDEST_REDIS = (6, 2)
GREATEST_SKEW_SECONDS = 5.0
START = "`scanner up` starts everything"


class Verdict(StrEnum):
    """How serious an answer is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Check(NamedTuple):
    """One line: what was looked at, how it is, and what to do about it."""

    about: str
    verdict: Verdict
    found: str
    advice: str = ""


def of_settings(services: Services) -> Iterator[Check]:
    """Look at what is set."""
    settings = services.settings
    profile = f"{settings.profile.name} at {settings.base_url}"
    yield Check("settings", Verdict.OK, profile)
    if warning := settings.above_published_rate:
        yield Check("rate", Verdict.WARN, warning, "lower RATE_LIMIT_RPS, or leave it unset")
    else:
        yield Check("rate", Verdict.OK, settings.rate_in_words)
    if settings.has_credentials:
        yield Check("key", Verdict.OK, f"a key for {settings.credential} is set")
    else:
        names = settings.variables
        advice = f"set {names.key} and {names.secret}, or try the demo: scanner up"
        yield Check("key", Verdict.WARN, "no key is set", advice)


def of_redis(services: Services) -> Iterator[Check]:
    """Look at Redis, which is reachable, and how it keeps what it is given."""
    info = services.redis.info()
    version = str(info["redis_version"])
    new_enough = tuple(int(part) for part in version.split(".")[:2]) >= OLDEST_REDIS
    yield Check(
        "redis",
        Verdict.OK if new_enough else Verdict.FAIL,
        f"{version} at {public(services.settings.redis_url)}",
        "" if new_enough else "Redis 6.2 or newer is needed",
    )
    kept = bool(info["aof_enabled"])
    yield Check(
        "append-only file",
        Verdict.OK if kept else Verdict.WARN,
        "on" if kept else "off: a restart of Redis loses what is queued",
        "" if kept else "set `appendonly yes` in Redis",
    )
    policy = str(info["maxmemory_policy"])
    never = policy == "noeviction"
    yield Check(
        "eviction",
        Verdict.OK if never else Verdict.FAIL,
        policy if never else f"{policy}: Redis may throw away messages and the limiter's memory",
        "" if never else "set `maxmemory-policy noeviction` in Redis",
    )
    yield _clock(services)


def _clock(services: Services) -> Check:
    seconds, us = services.redis.time()
    there = datetime.fromtimestamp(seconds + us / 1e6, UTC)
    skew = (services.clock() - there).total_seconds()
    if abs(skew) <= GREATEST_SKEW_SECONDS:
        return Check("clock", Verdict.OK, f"{abs(skew):.1f} s from that of Redis")
    return Check(
        "clock",
        Verdict.WARN,
        f"{abs(skew):,.0f} s {'ahead of' if skew > 0 else 'behind'} that of Redis",
        "set both machines' clocks by NTP: token times and sessions follow them",
    )


def of_database(services: Services) -> Iterator[Check]:
    """Look at the database; connecting to it brings its tables up to date."""
    with reading(services.engine):
        where = public(services.settings.database_url)
    yield Check("database", Verdict.OK, f"{where}, its tables are up to date")


def of_workers(services: Services) -> Iterator[Check]:
    """Look at who works and who keeps the time."""
    now = services.clock()
    alive, swept = beat_is_alive(services.queues, now)
    lost = "no scan starts by the schedule, and a lost ticker stays lost"
    if alive and swept:
        yield Check("beat", Verdict.OK, f"last sweep {ago(swept, now)}")
    elif swept:
        yield Check("beat", Verdict.FAIL, f"last sweep {ago(swept, now)}: {lost}", START)
    else:
        unseen = "no sweep was seen yet (the first comes 30 s after beat's start); without beat "
        yield Check("beat", Verdict.WARN, unseen + lost, START)
    workers = services.queues.workers()
    if not workers:
        yield Check("workers", Verdict.FAIL, "none answers: nothing is scanned", START)
        return
    yield Check("workers", Verdict.OK, ", ".join(workers))
    hosts = {name.rpartition("@")[2] for name in workers}
    if len(hosts) > 1 and services.engine.dialect.name == "sqlite":
        yield Check(
            "several hosts",
            Verdict.WARN,
            f"workers run on {', '.join(sorted(hosts))}, and a SQLite file serves one host",
            "set DATABASE_URL to a PostgreSQL that all of them reach",
        )


def of_market(services: Services) -> Iterator[Check]:
    """Look at what is known of sessions and of the tickers to scan."""
    calendar, now = services.calendar, services.clock()
    year = now.astimezone(KOREA).year
    try:
        coming = calendar.sessions(date(year, 1, 1), date(year + 1, 12, 31))
    except ValueError as error:
        advice = "upgrade the package `holidays`, or correct CALENDAR_FILE"
        yield Check("calendar", Verdict.FAIL, str(error), advice)
        return
    market = calendar.state(now)
    then = f"{market.next} at {market.at.astimezone(KOREA):%m-%d %H:%M}"
    known = f"{len(coming)} sessions in {year} and {year + 1}"
    yield Check("calendar", Verdict.OK, f"{known}; now {market.phase}, {then}")
    try:
        listings = services.universe.load(calendar.session_at(now))
    except ValueError as error:
        yield Check("universe", Verdict.FAIL, str(error), "correct the file UNIVERSE_CSV names")
        return
    if listings is None:
        advice = "nothing to do: the first scan of the session fetches it"
        yield Check("universe", Verdict.OK, "not fetched yet for this session", advice)
        return
    scanned = sum(not each.excluded for each in listings.values())
    yield Check("universe", Verdict.OK, f"{scanned:,} of {len(listings):,} tickers are scanned")


def of_messages(services: Services) -> Iterator[Check]:
    """Look at who gets messages, and what could not be delivered within a day."""
    if not services.receivers:
        yield Check("messages", Verdict.OK, "nobody gets any: NOTIFY_URLS is not set")
        return
    try:
        services.check_receivers()
    except SettingsError as error:
        advice = "correct it, then try it: scanner notify-test"
        yield Check("messages", Verdict.FAIL, str(error), advice)
        return
    names = ", ".join(receiver.name for receiver in services.receivers)
    least = services.settings.notify_grade
    yield Check("messages", Verdict.OK, f"to {names}: signals of grade {least} and better")
    since = services.clock() - timedelta(days=1)
    for failure in services.messages.failures(since=since):
        what = f"{failure.receiver} at {korean_time(failure.at)}: {failure.reason}"
        advice = "try it: scanner notify-test"
        given_up = ", given up" if failure.given_up else ", it is tried again"
        yield Check("messages", Verdict.WARN, what + given_up, advice)


def of_flower(services: Services) -> Iterator[Check]:
    """Say where Flower is, which no scan needs: as FLOWER_URL says, else on this machine."""
    if given := services.settings.flower_url:
        yield Check("flower", Verdict.OK, f"{given}, as FLOWER_URL says")
        return
    port = services.settings.flower_port
    with socket.socket() as probe:
        probe.settimeout(1.0)
        answers = probe.connect_ex(("127.0.0.1", port)) == 0
    where = f"http://127.0.0.1:{port}"
    found = f"{where} answers" if answers else f"none answers at {where}"
    yield Check("flower", Verdict.OK, found)


def of_broker(services: Services) -> Iterator[Check]:
    """Ask the broker for an access token and one quote; costs up to two requests."""
    services.redis.ping()  # without it no permit comes, and this would wait a minute for one
    try:
        with services.broker.work(priority=FOR_A_PERSON) as tally:
            quote = services.broker.fetch_quote(ASKED_FOR)
    except SettingsError as error:
        yield Check("broker", Verdict.FAIL, str(error))
    except KeyRefused as error:
        environment = services.settings.variables.environment
        advice = f"check the key, its secret and {environment}"
        yield Check("broker", Verdict.FAIL, str(error), advice)
    except (BrokerError, PermitTimeout) as error:
        yield Check("broker", Verdict.FAIL, str(error), "try again later")
    else:
        price = f"{ASKED_FOR} at {won(quote.price)} won" if quote else f"it has no {ASKED_FOR}"
        yield Check("broker", Verdict.OK, f"answers: {price}; {counted(tally.calls, 'request')}")
