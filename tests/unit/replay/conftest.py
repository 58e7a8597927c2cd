"""A database of its own with the small market in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.database import connect
from app.market.bars import BarStore
from app.market.flows import FlowStore
from app.replay.ticker import Stores
from tests.unit.replay.market import MARKET, bars_on, store


@pytest.fixture
def empty_stores(sqlite_file: Path) -> Iterator[Stores]:
    """Return stores without a bar."""
    engine: Engine = connect(f"sqlite:///{sqlite_file}")
    yield Stores(BarStore(engine), FlowStore(engine))
    engine.dispose()


@pytest.fixture
def stores(empty_stores: Stores) -> Stores:
    """Return stores with the small market."""
    for ticker, rows in MARKET.items():
        store(empty_stores.bars, ticker, bars_on(rows))
    return empty_stores
