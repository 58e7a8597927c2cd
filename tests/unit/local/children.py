"""Small programs for tests, and whether they live."""

import os
import sys
from pathlib import Path

from app.local.processes import Program


def python(name: str, code: str, *, stage: int = 0) -> Program:
    """Return a program that runs ``code``, quickly: without site-packages."""
    return Program(name, (sys.executable, "-ISc", code), stage=stage)


def alive(pid: int) -> bool:
    """Say whether a process runs; one that only waits to be reaped does not."""
    try:
        os.kill(pid, 0)
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # no such system here, or gone since


def pretend_redis(folder: Path, name: str = "redis-server", version: str = "7.2.4") -> Path:
    """Put a program in ``folder`` that says it is a Redis server of ``version``."""
    program = folder / name
    program.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=0:0 bits=64'\n")
    program.chmod(0o755)
    return program
