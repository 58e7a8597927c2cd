"""The healthchecks of the containers tell a process that works from one that does not."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.conftest import free_port, wait_until
from tests.system import ROOT, System, running_system


def check(*arguments: str, redis_url: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT / "docker",
        env={"REDIS_URL": redis_url},
        capture_output=True,
        text=True,
        check=False,
    )


def is_well(system: System, role: str) -> bool:
    return check("works.py", role, redis_url=system.redis.url).returncode == 0


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Return a system of which nothing runs yet but Redis and the mock broker."""
    with running_system(tmp_path_factory.mktemp("health")) as running:
        yield running


def test_a_worker_is_well_while_redis_hears_it(system: System) -> None:
    said = check("works.py", "worker", redis_url=system.redis.url)
    assert (said.returncode, said.stderr) == (1, "no sign of a worker within 5 s\n")

    worker = system.start_worker("scan", "broker")
    wait_until(lambda: is_well(system, "worker"))

    worker.send_signal(signal.SIGSTOP)
    assert not is_well(system, "worker")


def test_beat_is_well_while_it_holds_the_lock(system: System) -> None:
    assert not is_well(system, "beat")

    system.start_beat()

    wait_until(lambda: is_well(system, "beat"))


@pytest.mark.parametrize("role", ["worker", "beat"])
def test_without_redis_nobody_is_well_and_one_line_says_why(role: str) -> None:
    said = check("works.py", role, redis_url=f"redis://:secret@127.0.0.1:{free_port()}/0")

    assert said.returncode == 1
    assert said.stderr.startswith("Redis does not answer: ")
    assert "secret" not in said.stderr


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 503)
        self.end_headers()


@pytest.fixture
def server() -> Iterator[str]:
    """Return the port of a server that is well at /health only."""
    with HTTPServer(("127.0.0.1", 0), _Page) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield str(running.server_port)
        running.shutdown()
        thread.join()


def test_a_server_is_well_when_it_answers_with_200(server: str) -> None:
    assert check("answers.py", server).returncode == 0

    said = check("answers.py", server, "/other")

    assert (said.returncode, said.stderr) == (1, f"port {server} answers /other with 503\n")


def test_a_server_that_does_not_answer_is_not_well() -> None:
    port = free_port()

    said = check("answers.py", str(port))

    assert said.returncode == 1
    assert said.stderr.startswith(f"port {port} does not answer: ")
