import sqlite3
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from app.database import DatabaseUnavailable, connect, metadata, reading, upgrade, writing
from tests.conftest import free_port


def upgraded_tables(url: str) -> list[str]:
    """Upgrade the database at ``url`` and return its tables: the work of one process."""
    engine = connect(url)
    upgrade(engine)
    tables = inspect(engine).get_table_names()
    engine.dispose()
    return sorted(tables)


def upgrade_in_processes(url: str, number: int) -> list[list[str]]:
    processes = get_context("forkserver")
    processes.set_forkserver_preload(["tests.unit.test_database", "alembic.command"])
    with processes.Pool(number) as pool:
        return pool.map(upgraded_tables, [url] * number, chunksize=1)


def empty_postgres(postgres_url: str, name: str, options: str = "") -> str:
    """Return the address of a new database on the suite's server."""
    server = connect(postgres_url)
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name} {options}"))
    server.dispose()
    return postgres_url.removesuffix("/postgres") + f"/{name}"


def test_the_migrations_make_the_tables_that_the_code_describes(engine: Engine) -> None:
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, metadata) == []


def test_eight_processes_may_upgrade_an_empty_sqlite_at_once(tmp_path: Path) -> None:
    tables = upgrade_in_processes(f"sqlite:///{tmp_path}/new/scanner.db", 8)

    assert tables == [sorted([*metadata.tables, "alembic_version"])] * 8


def test_eight_processes_may_upgrade_an_empty_postgresql_at_once(postgres_url: str) -> None:
    tables = upgrade_in_processes(empty_postgres(postgres_url, "eight"), 8)

    assert tables == [sorted([*metadata.tables, "alembic_version"])] * 8


def test_an_upgrade_of_tables_that_are_up_to_date_waits_for_no_writer(engine: Engine) -> None:
    with writing(engine):
        upgrade(engine)


def test_tables_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/scanner.db")
    upgrade(engine)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(DatabaseUnavailable, match=r"not this version's: .*'9999'"):
        upgrade(engine)
    engine.dispose()


def test_what_is_written_before_an_error_is_taken_back(engine: Engine) -> None:
    def insert_twice(connection: Connection) -> None:
        row = text("INSERT INTO bar_history VALUES ('005930', '2026-01-02', '2026-01-05')")
        connection.execute(row)
        connection.execute(row)  # breaks the primary key

    with pytest.raises(IntegrityError), writing(engine) as connection:
        insert_twice(connection)

    with reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM bar_history")) == 0


def test_a_postgresql_that_does_not_answer_is_named_without_its_password() -> None:
    engine = connect(f"postgresql+psycopg://scanner:hunter2@127.0.0.1:{free_port()}/scanner")

    with pytest.raises(DatabaseUnavailable, match=r"cannot be used: .*127\.0\.0\.1") as caught:
        upgrade(engine)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_postgresql_database_that_cannot_hold_korean_is_refused(postgres_url: str) -> None:
    options = "ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
    engine = connect(empty_postgres(postgres_url, "plain", options))

    with pytest.raises(DatabaseUnavailable, match="database plain is encoded as SQL_ASCII"):
        upgrade(engine)


@pytest.mark.parametrize("url", ["nonsense", "postgresql+psycopg://a:hunter2@host:x/b"])
def test_an_address_that_cannot_be_read_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot be read, want sqlite:///FILE") as caught:
        connect(url)

    assert "hunter2" not in str(caught.value)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are notes, not a database")
    engine = connect(f"sqlite:///{tmp_path}/notes.txt")

    with pytest.raises(DatabaseUnavailable, match="file is not a database"):
        upgrade(engine)
    engine.dispose()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DatabaseUnavailable, match="file/var cannot be made"):
        connect(f"sqlite:///{tmp_path}/file/var/scanner.db")


def test_a_file_of_ours_is_in_write_ahead_mode(migrated_sqlite: Path) -> None:
    with sqlite3.connect(migrated_sqlite) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    connection.close()

    assert mode == "wal"
