"""The database: one engine a process, the tables' common metadata, and its migrations.

SQLite (WAL) on one host, PostgreSQL for several. A transaction that writes says so at its start,
so that two writers wait for each other instead of failing half-way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InterfaceError, OperationalError

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_UPGRADE_LOCK = 5_116_280  # any number: advisory lock of whoever migrates a PostgreSQL


class DatabaseUnavailable(Exception):
    """The database does not answer or is not ours; the message carries no password."""


def connect(url: str) -> Engine:
    """Return an engine for ``url``; nothing is opened yet but a missing SQLite folder is made."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True, pool_size=2, max_overflow=4)
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that will write; it commits at the end of the block.

    Raises:
        DatabaseUnavailable: the database does not answer.
    """
    with translated(), engine.execution_options(writes=True).begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that only reads: one consistent view, held as short as possible.

    Raises:
        DatabaseUnavailable: the database does not answer.
    """
    with translated(), engine.connect() as connection:
        yield connection


def upgrade(engine: Engine) -> None:
    """Bring the tables to the newest migration; several processes may call it at once.

    Raises:
        DatabaseUnavailable: the database does not answer.
    """
    from alembic import command  # noqa: PLC0415 - 0.3 s that only the one who migrates should pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the driver raises when the database is away into DatabaseUnavailable."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise DatabaseUnavailable(f"the database does not answer: {error.orig}") from error


def _prepare_sqlite(dbapi: DBAPIConnection, _record: object) -> None:
    dbapi.isolation_level = None  # transactions begin where we say, not where sqlite3 guesses
    cursor = dbapi.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")  # safe with WAL: a power cut loses no integrity
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
