"""The whole system on free ports, in a folder of its own: mock broker, Redis, workers."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx

from tests.conftest import (
    PATIENCE_SECONDS,
    RedisServer,
    free_port,
    http_client,
    running_redis,
    wait_until,
)
from tests.processes import Child

ROOT = Path(__file__).resolve().parent.parent
SCANNER = Path(sys.executable).with_name("scanner")


Mock = TypeVar("Mock", bound="MockBroker")


class MockBroker:
    """A mock broker in a process of its own, and what its referee saw."""

    module: ClassVar[str]

    def __init__(self, *options: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", self.module, "--port", str(self.port)]
        self.process = Child([*command, *options], cwd=ROOT, stdout=subprocess.DEVNULL)
        self._http = http_client(self.url)
        wait_until(self._healthy)

    def referee(self) -> dict[str, Any]:
        """Return what the referee counted since the start or the last reset."""
        counted: dict[str, Any] = self._http.get("/_referee").json()
        return counted

    def reset(self) -> None:
        """Let the referee count anew."""
        self._http.delete("/_referee").raise_for_status()

    def fault(self, **fault: Any) -> None:
        """Make the server misbehave; see docs/mock-servers.md."""
        self._http.post("/_faults", json=fault).raise_for_status()

    def stop(self) -> None:
        """End the server."""
        self._http.close()
        self.process.terminate()
        self.process.wait()

    def _healthy(self) -> bool:
        assert self.process.poll() is None, "the mock server has ended"
        try:
            return self._http.get("/health").is_success
        except httpx.TransportError:
            return False

    @property
    def settings(self) -> dict[str, str]:
        """Return the variables of an account there."""
        raise NotImplementedError


class MockKis(MockBroker):
    """A mock KIS server."""

    module = "tests.mock_servers.kis"

    @property
    def settings(self) -> dict[str, str]:
        """Return the variables of a paper account."""
        return {
            "KIS_BASE_URL": self.url,
            "KIS_APP_KEY": "a-test-app-key",
            "KIS_APP_SECRET": "a-test-app-secret",
            "KIS_ACCOUNT_NO": "50000000-01",
        }


class MockKiwoom(MockBroker):
    """A mock Kiwoom server."""

    module = "tests.mock_servers.kiwoom"

    @property
    def settings(self) -> dict[str, str]:
        """Return the variables of a live account: a paper one has a call of each kind a second."""
        return {
            "BROKER": "kiwoom",
            "KIWOOM_ENV": "live",
            "KIWOOM_API_URL": self.url,
            "KIWOOM_APP_KEY": "a-test-app-key",
            "KIWOOM_SECRET_KEY": "a-test-app-secret",
        }


class System:
    """Redis, mock broker and workers, addressed by environment variables."""

    def __init__(self, folder: Path, redis: RedisServer, mock: MockBroker, **settings: str) -> None:
        self.folder = folder
        self.redis = redis
        self.mock = mock
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        self.environment = kept | {
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": redis.url,
            "DATABASE_URL": f"sqlite:///{folder / 'scanner.db'}",
            **mock.settings,
            "REMAP_SIGTERM": "SIGQUIT",
            **settings,
        }
        self.scan_workers: list[Child] = []
        self._processes: list[Child] = []

    def start_worker(self, name: str, queues: str) -> Child:
        """Start a worker of concurrency 1 in a session of its own; its log is NAME.log."""
        options = ["-Q", queues, "-c", "1", "-n", f"{name}@%h", "-l", "INFO"]
        return self._start(name, "worker", *options, "--without-mingle", "--without-gossip")

    def start_beat(self) -> None:
        """Start the scheduler: it sends the sweep."""
        self._start("beat", "beat", "-l", "INFO")

    def start_workers(self, scan_workers: int = 2) -> list[Child]:
        """Start scan workers and one signal worker; return the scan workers."""
        self.start_worker("signals", "signals,control")
        for number in range(1, scan_workers + 1):
            self.scan_workers.append(self.start_worker(f"scan{number}", "broker"))
        return self.scan_workers

    def scanner(
        self,
        *arguments: str,
        settings: Mapping[str, str] | None = None,
        timeout_seconds: float = 2 * PATIENCE_SECONDS,
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line to its end."""
        return subprocess.run(
            [SCANNER, *arguments],
            cwd=self.folder,
            env=self.environment | dict(settings or {}),
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )

    def scan(
        self, *arguments: str, timeout_seconds: float = 2 * PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """Run ``scanner scan … --wait --json`` and return its object."""
        asked = ("scan", *arguments, "--wait", "--json")
        done = self.scanner(*asked, timeout_seconds=timeout_seconds)
        assert done.stdout, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def _start(self, name: str, *arguments: str) -> Child:
        command = [sys.executable, "-m", "celery", "-A", "workers.celery_app", *arguments]
        with (self.folder / f"{name}.log").open("ab") as log:
            process = Child(command, cwd=self.folder, env=self.environment, stdout=log, stderr=log)
        self._processes.append(process)
        return process

    def log(self, name: str) -> str:
        """Return what a worker has logged."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def stop(self) -> None:
        """Kill every worker with its children."""
        for process in self._processes:
            kill_group(process)


def kill_group(process: Child) -> None:
    """Kill a worker and its children, as a power cut would."""
    if process.poll() is None:  # else its number may be another's by now
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def running_broker(broker: type[Mock], *options: str) -> Iterator[Mock]:
    """Run a mock broker for the length of the block."""
    mock = broker(*options)
    try:
        yield mock
    finally:
        mock.stop()


@contextmanager
def running_system(
    folder: Path,
    *,
    broker: type[MockBroker] = MockKis,
    mock: Sequence[str] = ("--tickers", "40", "--seed", "1"),
    **settings: str,
) -> Iterator[System]:
    """Run Redis and a mock broker with these options; workers are started by the test."""
    with ExitStack() as stack:
        redis = stack.enter_context(running_redis(folder, append_only=True))
        server = stack.enter_context(running_broker(broker, *mock))
        system = System(folder, redis, server, **settings)
        stack.callback(system.stop)
        yield system
