"""What people see of a run: each line with the name of its process, and one block of addresses."""

import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from app.local.system import System

_COLOURS = (36, 33, 32, 35, 34, 31)  # ANSI, by turns
# What Celery says to one who sits at a worker's own terminal; here Ctrl-C reaches only us.
_NOT_FOR_US = ("worker: Hitting Ctrl+C again", "shutdown (MainProcess)", "Initiating Soft Shutdown")


def print_line(line: str) -> None:
    """Write ``line`` in one piece, so that lines of several threads never mix.

    When nobody reads any more (a closed terminal, `| head`), the run is told to stop.
    """
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        signal.raise_signal(signal.SIGTERM)


class Console:
    """Puts the name of a process before each of its lines, in a colour of its own."""

    def __init__(self, names: Iterable[str], say: Callable[[str], None], *, colour: bool) -> None:
        names = list(names)
        width = max(map(len, names), default=0)
        self._say = say
        self._prefixes = {name: f"{name:<{width}} |" for name in names}
        if colour:
            for number, (name, prefix) in enumerate(self._prefixes.items()):
                code = _COLOURS[number % len(_COLOURS)]
                self._prefixes[name] = f"\x1b[{code}m{prefix}\x1b[0m"

    def show(self, name: str, line: str) -> None:
        """Show one line of the process ``name``, unless it is blank or not for whoever reads it."""
        if line.strip() and not any(words in line for words in _NOT_FOR_US):
            self._say(f"{self._prefixes[name]} {line}")


def wants_colour() -> bool:
    """Say whether standard output is a terminal whose owner likes colours."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def summary(system: System) -> str:
    """Return the block of addresses that is shown when everything runs."""
    places = system.addresses
    rate = f"at most {system.settings.rate_in_words}"
    scanner = Path(sys.executable).with_name("scanner")
    if scanner.is_relative_to(Path.cwd()):
        scanner = scanner.relative_to(Path.cwd())
    rows = [("Broker", f"{places['broker']}  ({system.settings.profile.name}, {rate})")]
    if system.demo:
        rows.insert(
            0, ("DEMO", "no broker's key is set: a mock broker answers, its prices invented")
        )
    rows.append(("Page", f"{places['gateway']}  (API: /api/openapi.json)"))
    if "flower" in places:
        user, _, password = (system.flower_login or "").partition(":")
        login = f"user {user}, password {password}" if user else "login: FLOWER_BASIC_AUTH"
        rows.append(("Flower", f"{places['flower']}  ({login})"))
    rows += [
        ("Database", places["database"]),
        ("Redis", places["redis"]),
        ("Log", f"{system.log_level}  (LOG_LEVEL=INFO shows each task)"),
        ("Scan", f"{scanner} scan 005930 --wait   (in this folder, from another terminal)"),
        ("Stop", "Ctrl-C"),
    ]
    rows += [("Note", note) for note in system.notes]
    lines = (f"  {name:<9} {text}" for name, text in rows)
    return "\n".join(["", "krx-scanner runs", *lines, ""])
