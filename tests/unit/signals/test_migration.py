"""Signals that an older version kept are read by this one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command, config
from sqlalchemy import Engine, MetaData, Table, text

from app.database import MIGRATIONS, connect, upgrade, writing
from app.domain import Life, Terms
from app.signals.scans import ScanStore
from app.signals.store import SignalStore
from tests.unit.signals.test_store import NOW, a_signal

AT = NOW.replace(tzinfo=None)  # as the database keeps times


def migrate(engine: Engine, revision: str) -> None:
    given = config.Config()
    given.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        given.attributes["connection"] = connection
        command.upgrade(given, revision)


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Return a database with the tables of the first version."""
    url = f"sqlite:///{tmp_path}/old.db"
    if request.param == "postgresql":
        server = connect(request.getfixturevalue("postgres_url"))
        with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("DROP DATABASE IF EXISTS old_signals"))
            connection.execute(text("CREATE DATABASE old_signals"))
        server.dispose()
        url = request.getfixturevalue("postgres_url").removesuffix("/postgres") + "/old_signals"
    engine = connect(url)
    migrate(engine, "0001")
    yield engine
    engine.dispose()


def insert(engine: Engine, table_name: str, **row: Any) -> None:
    """Insert a row into a table as it is now."""
    table = Table(table_name, MetaData(), autoload_with=engine)
    with writing(engine) as connection:
        connection.execute(table.insert().values(**row))


def keep_old(engine: Engine, strategy: str, number: int, *, provisional: bool) -> None:
    found = a_signal(strategy=strategy, provisional=provisional)
    body = found.model_dump(mode="json", exclude={"terms", "parameters"})
    columns = ("strategy", "ticker", "pattern", "scan_id", "state", "grade", "score", "last_bar")
    row = {name: getattr(found, name) for name in columns} | {"provisional": provisional}
    insert(engine, "signal", id=number, body=body, **row, found_at=AT, changed_at=AT)
    insert(engine, "signal_change", id=number, signal_id=number, kind="new", body=body, at=AT)
    ticker, costs = f"00000{number}", {"calls": 3, "refused": 0, "waited_ms": 0}
    outcome = {"scan_id": "s1", "ticker": ticker, "status": "OK", "reason": "", "at": AT}
    insert(engine, "outcome", **outcome, results={}, signals=[body], **costs)


def test_signals_of_the_first_version_begin_their_life_where_they_were_seen_last(
    old: Engine,
) -> None:
    numbers = dict.fromkeys(("priority", "planned_calls", "done", "rounds"), 0)
    scan = {"id": "s1", "name": "manual", "state": "done", "reason": "", "strategies": []}
    insert(old, "scan", **scan, tickers=[], **numbers, created_at=AT, deadline=AT)
    keep_old(old, "vcp", 1, provisional=False)
    keep_old(old, "volatility_breakout", 2, provisional=False)
    keep_old(old, "another", 3, provisional=True)

    upgrade(old)

    store = SignalStore(old)
    kept = {each.signal.strategy: each for each in store.signals()}
    setup, breakout, running = (kept[name] for name in ("vcp", "volatility_breakout", "another"))
    assert setup.signal == a_signal(terms=Terms(waits=20, holds=60))
    assert (setup.found_on, setup.course.life) == (a_signal().last_bar, Life.NEW)
    assert setup.course.seen == (a_signal().last_bar, a_signal().price)
    assert breakout.course.life is Life.EXPIRED
    assert running.course.seen is None
    assert [change.signal.terms.waits for change in store.changes()] == [20, 0, 0]
    assert {change.standing.life for change in store.changes()} == {Life.NEW}
    assert sum(len(outcome.signals) for outcome in ScanStore(old).outcomes("s1")) == 3
