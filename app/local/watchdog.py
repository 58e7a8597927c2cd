"""Ends what ``scanner up`` started when it is gone without a word: kill -9, out of memory.

A small process of its own that holds one end of a pipe. It is told the process groups that run;
when the other end closes before all are done, it kills the rest. Standard library only: it
starts without the project, in some 20 ms.
"""

import contextlib
import os
import signal
import subprocess
import sys


class Watchdog:
    """The side of ``scanner up``: tells the other process which groups run."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        """Have the process group ``group`` killed when this process is gone."""
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """Take ``group`` off the list: it has ended."""
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """End the watchdog; it kills what is still on its list."""
        self._process.communicate()

    def _tell(self, line: str) -> None:
        pipe = self._process.stdin
        with contextlib.suppress(BrokenPipeError):  # somebody ended the watchdog: do without
            if pipe:
                os.write(pipe.fileno(), line.encode())  # short enough to arrive whole


def kill_group(group: int) -> None:
    """Kill every process of ``group``, if there is still one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says so of zombies
        os.killpg(group, signal.SIGKILL)


def main() -> None:
    """Read ``+GROUP`` and ``-GROUP`` until the pipe closes, then kill what is left."""
    running = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            running.add(group)
        else:
            running.discard(group)
    for group in running:
        kill_group(group)


if __name__ == "__main__":
    main()
