"""What workers get together: the whole budget, never more, and each the same share."""

import pytest
from redis import Redis

from app.limiter import Limiter, Quota
from tests.unit.limiter.conftest import T0, warm
from tests.unit.limiter.simulation import Draw, Simulation, evenly, long_tail

NOTHING = evenly(0.0002, 0.0003)
JITTER = evenly(0.0, 0.05)
BROKER = evenly(0.01, 0.03)  # 40 ms there and back in the mean
NETWORKS = {"none": NOTHING, "jitter": JITTER, "broker": BROKER, "long tail": long_tail}


@pytest.mark.parametrize("workers", [1, 2, 4, 8])
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_the_whole_budget_is_used_and_not_one_call_more(
    limiter: Limiter, workers: int, network: Draw
) -> None:
    crew = Simulation(limiter, workers, network)

    crew.run(until=120)

    assert crew.violations() == 0
    assert crew.use() >= crew.best_use() - 0.01


@pytest.mark.parametrize("workers", [2, 4, 8])
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_each_gets_the_same_share_in_turn_with_few_questions(
    limiter: Limiter, workers: int, network: Draw
) -> None:
    crew = Simulation(limiter, workers, network)

    crew.run(until=120)

    assert max(crew.calls_of.values()) - min(crew.calls_of.values()) <= 2
    assert max(crew.waits) <= workers / 2 * 1.25
    assert crew.commands / len(crew.arrivals) <= 4.5


def test_eighteen_calls_a_second_are_paced_as_well(limiter: Limiter) -> None:
    crew = Simulation(limiter, 40, BROKER, quota=Quota(18, 1.0))

    crew.run(until=20)

    assert crew.violations() == 0
    assert crew.use() >= crew.best_use() - 0.01
    assert crew.commands / len(crew.arrivals) <= 4.5


@pytest.mark.parametrize("moment", [20.3, 20.4, 20.6, 20.8, 21.0, 21.2])
def test_a_worker_that_dies_waiting_costs_no_permit(limiter: Limiter, moment: float) -> None:
    crew = Simulation(limiter, 5, NOTHING)
    crew.run(until=moment)
    crew.gone.add(next(worker for worker in range(5) if worker not in crew.holding))

    crew.run(until=60)

    assert crew.violations() == 0
    assert crew.use() >= crew.best_use() - 0.005  # one call in 120 would be 0.008


def test_a_worker_that_dies_holding_costs_its_permit_for_one_lease(limiter: Limiter) -> None:
    crew = Simulation(limiter, 4, BROKER)
    moment = 20.0
    while not crew.holding:
        moment += 0.01
        crew.run(until=moment)
    crew.gone.update(crew.holding)

    crew.run(until=80)

    assert crew.violations() == 0
    assert limiter.state("kis:main", now=T0 + 80).lapsed == len(crew.gone)


def test_workers_that_oversleep_are_passed_over_and_others_use_their_turn(
    limiter: Limiter,
) -> None:
    crew = Simulation(limiter, 8, NOTHING, overslept=0.2)

    crew.run(until=120)

    assert crew.violations() == 0
    assert crew.use() >= 0.9


def test_the_last_one_at_work_takes_each_permit_as_soon_as_it_is_free(limiter: Limiter) -> None:
    crew = Simulation(limiter, 4, BROKER)
    crew.run(until=20)
    crew.gone.update(set(range(4)) - crew.holding - {0})
    crew.run(until=40)
    crew.arrivals.clear()

    crew.run(until=160)

    assert crew.use() >= crew.best_use() - 0.01


def test_the_credit_wins_back_what_a_constant_latency_costs(redis: Redis) -> None:
    bold = Limiter(redis, credit=0.8)
    warm(bold, "kis:main")
    crew = Simulation(bold, 4, evenly(0.03, 0.04))
    crew.run(until=120)  # 200 calls until the least round trip counts as known
    crew.arrivals.clear()

    crew.run(until=240)
    bold.close()

    assert crew.violations() == 0
    assert crew.best_use() == pytest.approx(0.935, abs=0.002)
    assert crew.use() >= 0.97
