"""What a running ``scanner up`` leaves for others: ``var/run.json``, and a lock on the folder."""

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.settings import RUN_FILE


class AlreadyRuns(Exception):
    """Another ``scanner up`` runs in this folder; the message says where to find it."""


@contextmanager
def only_one(file: Path = RUN_FILE) -> Iterator[None]:
    """Hold the folder of ``file`` for the length of the block; its lock ends with the process.

    Raises:
        AlreadyRuns: somebody else holds it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name("up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRuns(_who_runs(file)) from None
        file.unlink(missing_ok=True)  # of one that was killed
        yield


def _who_runs(file: Path) -> str:
    try:
        run = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "`scanner up` is just starting in this folder"
    places = ", ".join(f"{name} {address}" for name, address in run["addresses"].items())
    return f"`scanner up` already runs in this folder: pid {run['pid']}; {places}"


@dataclass
class RunFile:
    """The file, from the moment that everything runs; readable by its owner only.

    ``settings`` are what another process needs to find the system; secrets stay out of them.
    """

    started: datetime
    addresses: Mapping[str, str]
    settings: Mapping[str, str]
    file: Path = RUN_FILE
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: bool = False
    _closed: bool = False

    def open(self, processes: Mapping[str, int]) -> None:
        """Write the file, unless the run is over by now."""
        with self._lock:
            self._open = not self._closed
            if self._open:
                self._write(processes)

    def update(self, processes: Mapping[str, int]) -> None:
        """Write it again with the processes of now, if it is there."""
        with self._lock:
            if self._open:
                self._write(processes)

    def close(self) -> None:
        """Remove the file."""
        with self._lock:
            self._open, self._closed = False, True
            self.file.unlink(missing_ok=True)

    def _write(self, processes: Mapping[str, int]) -> None:
        run = {
            "pid": os.getpid(),
            "started": self.started.isoformat(timespec="seconds"),
            "addresses": dict(self.addresses),
            "settings": dict(self.settings),
            "processes": dict(processes),
        }
        new = self.file.with_suffix(".new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(run, out, indent=2)
        new.replace(self.file)  # readers see the old one or the new one, never half of it
