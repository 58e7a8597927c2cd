"""``scanner up`` with all its real processes: found by others, mended, and gone without a trace."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from app.settings import Settings
from tests.conftest import PATIENCE_SECONDS, free_port, wait_until
from tests.processes import Child

SCANNER = Path(sys.executable).with_name("scanner")
SMALL = ("--scan-workers", "1", "--no-flower", "--no-beat")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


class Up:
    """A running ``scanner up`` in a folder of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        names = {name.upper() for name in Settings.model_fields}
        self.folder = folder
        self.environment = {k: v for k, v in os.environ.items() if k not in names}
        self.environment["FLOWER_PORT"] = str(free_port())
        self.output = folder / "output.txt"
        with self.output.open("w") as output:
            self.process = Child(
                [SCANNER, "up", *options],
                cwd=folder,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    @property
    def file(self) -> Path:
        return self.folder / "var" / "run.json"

    @property
    def run(self) -> dict[str, Any]:
        """Return what it leaves for others, once everything runs."""
        wait_until(lambda: self.file.exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.said
        read: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return read

    def scanner(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command in the same folder."""
        return subprocess.run(
            [SCANNER, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def up(folder: Path, *options: str) -> Iterator[Up]:
    running = Up(folder, *options)
    try:
        yield running
    finally:
        running.process.kill()  # its watchdog ends the others
        running.process.wait()


def members(sessions: set[int]) -> list[str]:
    """Return the processes that live in ``sessions``."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, fields = stat.read_text(encoding="utf-8").rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, _parent, _group, session = fields.split()[:4]
        if int(session) in sessions and state != "Z":
            found.append(name)
    return found


def test_a_run_is_found_mended_and_gone_without_a_trace(tmp_path: Path) -> None:
    with up(tmp_path) as running:
        run = running.run
        assert running.file.stat().st_mode & 0o777 == 0o600
        assert run["pid"] == running.process.pid
        names = {"redis", "mock", "stream", "scan1", "scan2", "signals", "beat"}
        names |= {"gateway", "flower"}
        assert set(run["processes"]) == names

        gateway = run["addresses"]["gateway"]
        assert requests.get(f"{gateway}/health", timeout=60).json() == {"status": "alive"}
        flower = run["addresses"]["flower"]
        assert requests.get(f"{gateway}/api/system", timeout=60).json()["flower"] == flower
        login = running.said.partition("(user ")[2].partition(")")[0]
        user, password = login.split(", password ")
        assert requests.get(flower, timeout=60).status_code == 401
        assert requests.get(flower, auth=(user, password), timeout=60).status_code == 200
        assert password not in json.dumps(run)

        second = running.scanner("up")
        assert (second.returncode, f"pid {run['pid']}" in second.stderr) == (1, True)

        killed = run["processes"]["scan1"]
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: running.run["processes"].get("scan1", killed) != killed)
        assert "scan1   | was ended by SIGKILL; starts again in 1 s" in running.said

        sessions = set(running.run["processes"].values())
        running.process.send_signal(signal.SIGINT)
        running.process.wait(PATIENCE_SECONDS)

        assert running.process.returncode == 0
        assert members(sessions) == []
        assert not running.file.exists()


def test_a_second_ctrl_c_ends_all_at_once(tmp_path: Path) -> None:
    with up(tmp_path, *SMALL) as running:
        sessions = set(running.run["processes"].values())
        os.kill(running.run["processes"]["scan1"], signal.SIGSTOP)  # it would take the whole 5 s
        running.process.send_signal(signal.SIGINT)
        wait_until(lambda: "Stopping" in running.said)

        wait_until(lambda: interrupted(running.process))

        assert members(sessions) == []


def interrupted(process: Child) -> bool:
    """Press Ctrl-C, and say whether it has ended."""
    process.send_signal(signal.SIGINT)
    return process.poll() is not None


@pytest.mark.chaos
def test_a_killed_run_leaves_no_process_and_is_in_nobodys_way(tmp_path: Path) -> None:
    with up(tmp_path, *SMALL) as killed:
        sessions = set(killed.run["processes"].values())
        killed.process.kill()

        wait_until(lambda: members(sessions) == [])
        assert killed.file.exists()

    with up(tmp_path, *SMALL) as following:
        wait_until(lambda: not following.file.exists())
        assert following.run["pid"] == following.process.pid
