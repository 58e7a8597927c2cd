from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from app.bootstrap import replay_stores
from app.database import DatabaseUnavailable
from app.replay.pool import replay_all
from app.replay.result import Replayed
from app.replay.ticker import Job
from app.settings import load_settings
from tests.unit.replay.market import MARKET, listing_of, plan_of

JOBS = [Job(listing_of(ticker), {}) for ticker in MARKET]


def replayed(database: Path, workers: int) -> Replayed:
    settings = load_settings(database_url=f"sqlite:///{database}")
    opened = partial(replay_stores, settings)
    with closing(replay_all(JOBS, plan_of(), opened, workers=workers)) as tracks:
        return Replayed.of(plan_of(), tracks, [])


@pytest.mark.usefixtures("stores")
def test_processes_side_by_side_find_what_one_finds(sqlite_file: Path) -> None:
    alone, together = replayed(sqlite_file, 1), replayed(sqlite_file, 2)

    assert len(alone.findings) > 0
    assert together.findings == alone.findings
    assert (together.rows, together.base) == (alone.rows, alone.base)
    assert together.statuses == alone.statuses


@pytest.mark.parametrize("workers", [1, 2])
def test_a_database_that_is_away_is_said_as_such(tmp_path: Path, workers: int) -> None:
    file = tmp_path / "scanner.db"
    file.write_text("no database " * 1000)

    with pytest.raises(DatabaseUnavailable):
        replayed(file, workers)
