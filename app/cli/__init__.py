"""The command line, for people and their scripts: ``scanner --help``.

Exit codes: 0 done, 1 found problems, 2 bad usage, 3 not reachable, 130 interrupted. What was asked
for goes to standard output; progress and the one line of an error to standard error.
"""

import io
import sys
from collections.abc import Sequence

import typer

from app.cli.commands import app


def run(arguments: Sequence[str]) -> int:
    """Carry out one command; return its exit code."""
    try:
        code = app(list(arguments), prog_name="scanner", standalone_mode=False)
    except typer.TyperException as error:
        words = error.format_message().replace("Value error, ", "").split()  # as pydantic begins
        if words[:3] == ["No", "such", "command"] and words[-1].endswith("'."):  # none is like it
            words.append("See scanner --help.")
        typer.echo(f"scanner: {' '.join(words)}", err=True)
        return error.exit_code
    return code or 0


def main() -> None:
    """Carry out the command that this process was called with."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal of EUC-KR has no ✓
    sys.exit(run(sys.argv[1:]))
