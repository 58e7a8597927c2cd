"""What a run leaves for others to find it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.local.run_file import AlreadyRuns, RunFile, only_one

STARTED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def run_file(folder: Path) -> RunFile:
    return RunFile(
        STARTED,
        {"redis": "redis://127.0.0.1:6379/0"},
        {"REDIS_URL": "redis://127.0.0.1:6379/0"},
        folder / "run.json",
    )


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    run_file(tmp_path).open({"redis": 7})

    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600


def test_it_follows_the_processes_from_its_opening_to_its_close(tmp_path: Path) -> None:
    file, path = run_file(tmp_path), tmp_path / "run.json"

    file.update({"redis": 7})
    assert not path.exists()

    file.open({"redis": 7})
    file.update({"redis": 8})
    assert json.loads(path.read_text())["processes"] == {"redis": 8}

    file.close()
    file.update({"redis": 9})
    file.open({"redis": 9})
    assert not path.exists()


def test_a_second_run_in_the_folder_is_told_where_the_first_is(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    with only_one(path):
        run_file(tmp_path).open({})

        with pytest.raises(AlreadyRuns, match=r"pid \d+; redis redis://127.0.0.1:6379/0"):
            only_one(path).__enter__()


def test_what_a_killed_run_left_is_gone_with_the_next(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text("{}")

    with only_one(path):
        assert not path.exists()
    with only_one(path):
        pass
