"""Processes that a test starts: they end with it, however it ends.

Whoever kills pytest with a signal that nobody can catch leaves no server and no worker behind.
"""

import atexit
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from app.local.watchdog import Watchdog


class Child(subprocess.Popen[bytes]):
    """A process in a session of its own; when we are gone, it is killed with its children."""

    def __init__(self, command: Sequence[str | Path], **options: Any) -> None:
        super().__init__(command, start_new_session=True, **options)
        _watchdog().watch(self.pid)

    def poll(self) -> int | None:
        """Return its exit code; None: it runs."""
        code = super().poll()
        if code is not None:
            _watchdog().forget(self.pid)  # another process may get its number
        return code

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit code."""
        code = super().wait(timeout)
        _watchdog().forget(self.pid)
        return code


@cache
def _watchdog() -> Watchdog:
    watchdog = Watchdog()
    atexit.register(watchdog.close)
    return watchdog
