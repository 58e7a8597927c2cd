"""The database: one engine a process, the tables' common metadata, and its migrations.

SQLite (WAL) on one host, PostgreSQL for several. A transaction that writes says so at its start,
so that two writers wait for each other instead of failing half-way.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import (
    URL,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Table,
    TypeDecorator,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    OperationalError,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC: SQLite has no zones, and would give back a naive one."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return ``value`` in UTC without a zone; a naive one is refused."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored time, aware again."""
        return value and value.replace(tzinfo=UTC)


# A plain DatabaseError is SQLite's for a file of something else.
_UNUSABLE = (DatabaseError, InterfaceError, OperationalError)


class DatabaseUnavailable(Exception):
    """The database does not answer, or says that it cannot; the message carries no password."""


def connect(url: str) -> Engine:
    """Return an engine for ``url``; nothing is opened yet but a missing SQLite folder is made.

    Raises:
        DatabaseUnavailable: the address cannot be read, the folder cannot be made, or the driver
            is not installed.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # its words may hold a part of the password
        wanted = "sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME"
        raise DatabaseUnavailable(f"the database's address cannot be read, want {wanted}") from None
    if address.get_backend_name() != "sqlite":
        return _postgres(address)
    if address.database and address.database != ":memory:":
        folder = Path(address.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnavailable(f"{folder} cannot be made: {error.strerror}") from error
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
    """Open a transaction that only reads; hold it as short as possible.

    Raises:
        DatabaseUnavailable: the database does not answer.
    """
    with translated(), engine.connect() as connection:
        yield connection


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows ``on_conflict_…`` and whose result's ``rowcount`` can be read."""
    # SQLAlchemy drops an INSERT's row count unless told; psycopg's is then -1.
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).execution_options(preserve_rowcount=True)
    return postgresql.insert(table).execution_options(preserve_rowcount=True)


def lock(connection: Connection, name: str) -> None:
    """Wait until no other writer holds ``name``, and hold it to the end of the transaction."""
    if connection.dialect.name == "postgresql":  # on SQLite there is one writer at a time anyway
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def upgrade(engine: Engine) -> None:
    """Bring the tables to the newest migration; several processes may call it at once.

    Raises:
        DatabaseUnavailable: the database does not answer, or a newer version made its tables.
    """
    newest = max(path.name for path in MIGRATIONS.glob("versions/[0-9]*.py"))
    with reading(engine) as connection:
        if _revision(connection) == newest.partition("_")[0]:
            return
    from alembic import command, config, util  # noqa: PLC0415 - only who migrates pays half a second

    given = config.Config()
    given.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        lock(connection, "migrations")
        given.attributes["connection"] = connection
        try:
            command.upgrade(given, "head")
        except util.CommandError as error:
            raise DatabaseUnavailable(f"the tables are not this version's: {error}") from error


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the driver raises when the database cannot be used into DatabaseUnavailable."""
    try:
        yield
    except DBAPIError as error:
        if type(error) not in _UNUSABLE:
            raise
        said = " ".join(str(error.orig).split())  # libpq's words go over several lines
        raise DatabaseUnavailable(f"the database cannot be used: {said}") from error


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _postgres(address: URL) -> Engine:
    try:
        engine = create_engine(
            address,
            pool_pre_ping=True,
            pool_size=2,
            max_overflow=4,
            connect_args={"connect_timeout": 5},  # psycopg would wait for minutes
        )
    except ModuleNotFoundError as error:
        raise DatabaseUnavailable(
            f"PostgreSQL needs {error.name}: pip install 'psycopg[binary]'"
        ) from error
    event.listen(engine, "connect", _check_postgres, insert=True)  # SQLAlchemy's own stumbles
    return engine


def _check_postgres(dbapi: DBAPIConnection, _record: object) -> None:
    encoding = dbapi.info.parameter_status("server_encoding")
    if encoding != "UTF8":  # names in JSON could not be read there
        name = dbapi.info.dbname
        dbapi.close()
        raise DatabaseUnavailable(
            f"the database {name} is encoded as {encoding}, want UTF8: "
            "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )


def _prepare_sqlite(dbapi: DBAPIConnection, _record: object) -> None:
    dbapi.isolation_level = None  # transactions begin where we say, not where sqlite3 guesses
    cursor = dbapi.cursor()
    try:
        _switch_to_wal(cursor)
        cursor.execute("PRAGMA synchronous = NORMAL")  # safe with WAL: a power cut loses nothing
        cursor.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        dbapi.close()  # the pool does not know it yet
        raise
    cursor.close()


def _switch_to_wal(cursor: DBAPICursor) -> None:
    """Switch a new file over; where others do so at the same time, wait for them.

    This one statement fails at once when the file is locked: it does not wait for ``timeout``.
    """
    for _ in range(100):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            cursor.execute("BEGIN EXCLUSIVE")  # this one waits
            cursor.execute("COMMIT")
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
