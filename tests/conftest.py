"""What every test may ask for: a real Redis, a real database, free ports, a mock broker."""

import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext

import httpx
import pytest
from hypothesis import HealthCheck, settings
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import Engine, inspect, text

from app.database import connect, upgrade, writing
from app.local.redis_server import redis_binary
from tests.postgres import running_postgres
from tests.processes import Child

# A busy machine is slow: a property test fails for its property, not for its time.
settings.register_profile(
    "suite", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")

# A shell that runs the tests in its background has them, and all they start, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

PATIENCE_SECONDS = 120.0  # for what will come; long, because waiting costs only where a test fails

_NO_TLS = SSLContext(PROTOCOL_TLS_CLIENT)  # httpx would read all root certificates for each client
_chance = random.SystemRandom()  # the suite's own seed would give all its processes one port


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put whole systems first, and of each kind what freezes and waits: no long file ends late."""
    chaos = {item.path for item in items if item.get_closest_marker("chaos")}
    folders = ("e2e", "integration", "unit")

    def rank(path: Path) -> tuple[int, bool]:
        folder = path.relative_to(Path(__file__).parent).parts[0]
        return folders.index(folder), path not in chaos

    items.sort(key=lambda item: rank(item.path))


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on.

    It lies below those that a client is given: nobody's connection can take it meanwhile.
    """
    while True:
        port = _chance.randrange(10_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def wait_until(true: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Poll until ``true()`` holds; fail the test when it does not within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.01)


def http_client(base_url: str) -> httpx.Client:
    """Return a client of a server on this machine: patient, without a proxy or certificates."""
    return httpx.Client(
        base_url=base_url, trust_env=False, verify=_NO_TLS, timeout=PATIENCE_SECONDS
    )


def is_alive(url: str) -> bool:
    """Say whether the server at ``url`` answers at /health."""
    with http_client(url) as http:
        try:
            return http.get("/health").is_success
        except httpx.TransportError:
            return False


def answers(url: str) -> bool:
    """Say whether a Redis answers at ``url``."""
    try:
        with Redis.from_url(url, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except RedisConnectionError:
        return False


class RedisServer:
    """A Redis of the test's own, to be killed, frozen and started again."""

    def __init__(self, folder: Path, *, append_only: bool = False) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._append_only = append_only
        self.process: Child | None = None
        self.start()

    def start(self) -> None:
        """Start the server (again) and wait until it answers."""
        command = [str(redis_binary()), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--dir", str(self._folder)]
        command += ["--appendonly", "yes" if self._append_only else "no"]
        self.process = Child(command, stdout=subprocess.DEVNULL)
        wait_until(lambda: answers(self.url))

    def kill(self) -> None:
        """End the server at once, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def freeze(self, *, seconds: float) -> None:
        """Stop the server for a while without its clients noticing a closed connection."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def forget(self) -> None:
        """Throw away what a killed server has written: the next start is empty."""
        shutil.rmtree(self._folder / "appendonlydir", ignore_errors=True)
        (self._folder / "appendonly.aof").unlink(missing_ok=True)  # Redis 6


@contextmanager
def running_redis(folder: Path, *, append_only: bool = False) -> Iterator[RedisServer]:
    """Run a Redis server for the length of the block."""
    server = RedisServer(folder, append_only=append_only)
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the suite's Redis server."""
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """Return a client of an empty Redis, which is left as empty to those who do not empty it."""
    with Redis.from_url(redis_url) as client:
        client.flushall()
        yield client
        client.flushall()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """Return a Redis server that this test may kill."""
    with running_redis(tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Return the address of an empty database on the suite's PostgreSQL server."""
    with running_postgres(free_port(), wait_until) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> Iterator[Engine]:
    """Return the PostgreSQL database with its tables; what a test leaves there stays."""
    engine = connect(postgres_url)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with empty tables, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "empty.db"
    engine = connect(f"sqlite:///{file}")
    upgrade(engine)
    engine.dispose()
    return file


@pytest.fixture
def sqlite_file(migrated_sqlite: Path, tmp_path: Path) -> Path:
    """Return a SQLite file with empty tables, ``scanner.db`` in the test's folder."""
    return Path(shutil.copy(migrated_sqlite, tmp_path / "scanner.db"))


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Return a database with empty tables: the test runs on SQLite and again on PostgreSQL."""
    if request.param == "sqlite":
        engine = connect(f"sqlite:///{request.getfixturevalue('sqlite_file')}")
        yield engine
        engine.dispose()
    else:
        engine = request.getfixturevalue("migrated_postgres")
        tables = set(inspect(engine).get_table_names()) - {"alembic_version"}
        with writing(engine) as connection:
            connection.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY"))
        yield engine
