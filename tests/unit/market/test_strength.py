from datetime import date

import pytest
from sqlalchemy import Engine

from app.market.strength import StrengthStore

FRIDAY, THURSDAY = date(2025, 2, 28), date(2025, 2, 27)


@pytest.fixture
def store(engine: Engine) -> StrengthStore:
    return StrengthStore(engine)


def test_a_percentile_is_of_one_session_and_one_ticker(store: StrengthStore) -> None:
    store.save(FRIDAY, {"005930": 97.5, "00088K": 0.0}, known=40)

    assert store.known(FRIDAY) == 40
    assert store.load(FRIDAY, "005930") == 97.5
    assert store.load(FRIDAY, "00088K") == 0.0
    assert store.load(FRIDAY, "000660") is None
    assert store.load(THURSDAY, "005930") is None
    assert store.known(THURSDAY) == 0


def test_the_ranking_that_knows_more_wins(store: StrengthStore) -> None:
    store.save(FRIDAY, {"005930": 50.0}, known=2_600)

    store.save(FRIDAY, {"005930": 97.5}, known=40)
    assert store.load(FRIDAY, "005930") == 50.0

    store.save(FRIDAY, {"005930": 60.0}, known=2_601)
    assert store.load(FRIDAY, "005930") == 60.0
