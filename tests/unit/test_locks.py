"""The locks are what ``pyproject.toml`` asks for, and name no address."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]


def asked(*groups: str) -> dict[str, Requirement]:
    """Return what the project and ``groups`` of it ask for directly, by name."""
    lines = list(PROJECT["project"]["dependencies"])
    for group in groups:
        lines += [line for line in GROUPS[group] if isinstance(line, str)]
    wanted = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement for requirement in wanted}


def locked(lock: str) -> tuple[dict[str, str], set[str]]:
    """Return the version of each package in ``lock``, and those that the project asks for."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.findall(r"^([a-z0-9._-]+)==(\S+) (.*\n(?: .*\n)*)", text, re.MULTILINE)
    direct = {name for name, _, why in entries if re.search(r"# +(via )?krx-scanner", why)}
    return {name: version for name, version, _ in entries}, direct


LOCKS = [
    ("requirements.lock", ("build",)),
    ("requirements-dev.lock", ("build", "dev")),
    ("requirements-bench.lock", ("build", "dev", "bench")),
]


@pytest.mark.parametrize(("lock", "groups"), LOCKS)
def test_a_lock_has_what_is_asked_for_and_nothing_that_no_longer_is(
    lock: str, groups: tuple[str, ...]
) -> None:
    wanted = asked(*groups)
    versions, direct = locked(lock)

    assert direct == set(wanted)
    unfit = {n: versions[n] for n, need in wanted.items() if versions[n] not in need.specifier}
    assert unfit == {}


@pytest.mark.parametrize("lock", [lock for lock, _ in LOCKS])
def test_a_lock_names_no_address(lock: str) -> None:
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links", (ROOT / lock).read_text())


def test_every_lock_has_the_same_versions() -> None:
    runtime, development, bench = (locked(lock)[0] for lock, _ in LOCKS)

    assert runtime.items() <= development.items() <= bench.items()
