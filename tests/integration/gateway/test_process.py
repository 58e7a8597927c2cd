"""The gateway as a process: its address, its exit codes, its end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.conftest import PATIENCE_SECONDS, free_port, is_alive, wait_until
from tests.processes import Child
from tests.system import ROOT


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": f"sqlite:///{folder / 'scanner.db'}",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        **more,
    }


def run(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.gateway"],
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@contextmanager
def running(folder: Path, port: int, **more: str) -> Iterator[Child]:
    given = environment(folder, GATEWAY_PORT=str(port), **more)
    process = Child([sys.executable, "-m", "app.gateway"], cwd=folder, env=given)
    try:
        wait_until(lambda: is_alive(f"http://127.0.0.1:{port}"))
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("host", ["10.0.0.5", "::", "scanner.example"])
def test_it_is_not_open_to_other_machines_without_a_token(tmp_path: Path, host: str) -> None:
    done = run(tmp_path, GATEWAY_HOST=host)

    assert done.returncode == 2
    assert done.stderr == (
        "gateway: GATEWAY_TOKEN: got nothing, want a long random text, because GATEWAY_HOST "
        f"{host} can be reached from other machines\n"
    )


def test_a_bad_setting_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, GATEWAY_PORT="none")

    assert done.returncode == 2
    assert done.stderr == "gateway: GATEWAY_PORT: got 'none', want a port from 1 to 65535\n"


def test_a_port_that_is_taken_ends_it(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, port):
        done = run(tmp_path, GATEWAY_PORT=str(port))

    assert done.returncode == 3
    assert "address already in use" in done.stderr


def test_it_ends_although_somebody_follows(tmp_path: Path, redis_url: str) -> None:
    port = free_port()
    with (
        running(tmp_path, port, REDIS_URL=redis_url) as process,
        connect(f"ws://127.0.0.1:{port}/ws", proxy=None) as client,
        httpx.stream(
            "GET", f"http://127.0.0.1:{port}/events", timeout=PATIENCE_SECONDS, trust_env=False
        ) as events,
    ):
        assert "connected" in str(client.recv(PATIENCE_SECONDS))
        lines = events.iter_lines()
        assert next(lines) == "retry: 2000"
        process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as closed:
            list(client)
        for _ in lines:  # to its end: one that breaks off raises
            pass
        code = process.wait(PATIENCE_SECONDS)

    assert code == 0
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012  # it is coming back
