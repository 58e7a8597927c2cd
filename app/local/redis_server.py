"""Find a Redis server binary on this machine, or bring one."""

import shutil
from pathlib import Path


def redis_binary() -> Path:
    """Return the path of a Redis server."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    raise FileNotFoundError("no redis-server")
