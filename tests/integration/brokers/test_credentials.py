"""The rules of the access token: one for all, one request a minute. Time is passed in."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.brokers.credentials import Credentials, IssuedToken
from app.brokers.errors import BrokerUnavailable, KeyRefused, TokenUnavailable
from app.brokers.token_store import TokenStore
from app.limiter import LimiterUnavailable, PermitTimeout
from tests.conftest import free_port

START = 1_772_000_000.0
HOUR = 3600.0
SECRET = "secret"
PAPER = "http://127.0.0.1:5118"


class Time:
    """A clock that moves when someone sleeps; what Redis keeps ages with it."""

    def __init__(self, redis: Redis) -> None:
        self.now = START
        self._redis = redis

    def pass_(self, seconds: float) -> None:
        self.now += seconds
        for key in self._redis.scan_iter("token:*"):
            left = self._redis.pttl(key) - round(seconds * 1000)
            self._redis.pexpire(key, left)  # deletes it when nothing is left


class Bank:
    """Issues tokens of 24 h, or fails as told; counts who asked."""

    def __init__(self, time: Time) -> None:
        self.requests = 0
        self.troubles: list[Exception] = []
        self.same = False
        self.life = 24 * HOUR
        self.during: Callable[[], None] = lambda: None
        self._time = time

    def issue(self) -> IssuedToken:
        self.requests += 1
        self.during()
        if self.troubles:
            raise self.troubles.pop(0)
        number = 1 if self.same else self.requests
        ends = datetime.fromtimestamp(self._time.now + self.life, UTC)
        return IssuedToken(f"token {number}", ends)


@pytest.fixture
def time(redis: Redis) -> Time:
    return Time(redis)


@pytest.fixture
def bank(time: Time) -> Bank:
    return Bank(time)


def credentials_of(
    redis: Redis,
    bank: Bank,
    time: Time,
    *,
    base_url: str = PAPER,
    secret: str = SECRET,
    sleep: Callable[[float], None] | None = None,
) -> Credentials:
    return Credentials(
        redis,
        "kis:main",
        base_url=base_url,
        key_pair=["key", secret],
        cooldown_seconds=60,
        issue=bank.issue,
        clock=lambda: time.now,
        sleep=sleep or time.pass_,
    )


@pytest.fixture
def credentials(redis: Redis, bank: Bank, time: Time) -> Credentials:
    return credentials_of(redis, bank, time)


def test_a_token_is_asked_for_once_and_used_by_every_process(
    redis: Redis, bank: Bank, time: Time, credentials: Credentials
) -> None:
    another_process = credentials_of(redis, bank, time)

    tokens = {each.access_token(wait=False) for each in (credentials, another_process, credentials)}

    assert tokens == {"token 1"}
    assert bank.requests == 1


def test_a_failed_request_says_so_and_is_not_repeated_within_the_cooldown(
    bank: Bank, time: Time, credentials: Credentials
) -> None:
    bank.troubles = [BrokerUnavailable("kis:main: access token: no answer within 10 s")]

    with pytest.raises(ConnectionError, match=r"no answer within 10 s; .* asked for in 60 s"):
        credentials.access_token(wait=False)
    time.pass_(59)
    with pytest.raises(TokenUnavailable, match=r"no answer within 10 s; .* asked for in 1 s"):
        credentials.access_token(wait=False)
    assert bank.requests == 1

    time.pass_(1)
    assert credentials.access_token(wait=False) == "token 2"


def test_the_cooldown_is_counted_from_the_answer(
    bank: Bank, time: Time, credentials: Credentials
) -> None:
    bank.during = lambda: time.pass_(13)
    bank.troubles = [BrokerUnavailable("no")]

    with pytest.raises(TokenUnavailable, match="in 60 s"):
        credentials.access_token(wait=False)


def test_a_worker_waits_the_cooldown_out(bank: Bank, time: Time, credentials: Credentials) -> None:
    bank.troubles = [TokenUnavailable("one a minute", "EGW00133")]

    assert credentials.access_token(wait=True) == "token 2"

    assert START + 50 <= time.now <= START + 62  # Redis ages by itself, too


def test_a_worker_gives_up_when_the_broker_stays_away(
    bank: Bank, time: Time, credentials: Credentials
) -> None:
    bank.troubles = [BrokerUnavailable("away")] * 9

    with pytest.raises(TokenUnavailable, match="away"):
        credentials.access_token(wait=True)

    assert bank.requests == 2
    assert time.now < START + 90


@pytest.mark.parametrize("wait", [True, False])
def test_a_request_of_another_process_is_waited_for(
    redis: Redis, bank: Bank, time: Time, *, wait: bool
) -> None:
    theirs = TokenStore(
        redis, "kis:main", base_url=PAPER, key_pair=["key", SECRET], cooldown_seconds=60
    )
    assert theirs.claim()

    def sleep(seconds: float) -> None:
        time.pass_(seconds)
        if time.now >= START + 2:
            theirs.save_token(
                "theirs",
                expires_at=START + HOUR,
                renew_at=START + HOUR,
                given_again_at=0.0,
                now=time.now,
            )

    mine = credentials_of(redis, bank, time, sleep=sleep)

    assert mine.access_token(wait=wait) == "theirs"
    assert bank.requests == 0


def test_a_process_killed_while_asking_holds_nobody_up_for_ever(
    redis: Redis, bank: Bank, time: Time, credentials: Credentials
) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    bank.during = die
    with pytest.raises(KeyboardInterrupt):
        credentials.access_token(wait=True)
    bank.during = lambda: None
    time.pass_(57)

    assert credentials_of(redis, bank, time).access_token(wait=True) == "token 2"
    assert time.now <= START + 62


def test_a_wrong_key_is_remembered_by_all_and_nobody_waits(
    redis: Redis, bank: Bank, time: Time, credentials: Credentials
) -> None:
    bank.troubles = [KeyRefused("kis:main: access token: wrong (EGW00103)", "EGW00103")]

    for each in (credentials, credentials_of(redis, bank, time)):
        for _ in range(100):
            with pytest.raises(KeyRefused, match="EGW00103"):
                each.access_token(wait=True)

    assert bank.requests == 1
    assert time.now == START


def test_a_wrong_key_is_forgotten_after_the_cooldown_and_by_another_key_at_once(
    redis: Redis, bank: Bank, time: Time, credentials: Credentials
) -> None:
    bank.troubles = [KeyRefused("wrong", "EGW00103")] * 2
    with pytest.raises(KeyRefused):
        credentials.access_token(wait=False)
    time.pass_(60)
    with pytest.raises(KeyRefused):
        credentials.access_token(wait=False)
    assert bank.requests == 2

    mended = credentials_of(redis, bank, time, secret="the right one")

    assert mended.access_token(wait=False) == "token 3"


def test_a_token_goes_to_no_other_host_and_with_no_other_key(
    redis: Redis, bank: Bank, time: Time, credentials: Credentials
) -> None:
    live = credentials_of(redis, bank, time, base_url="https://openapi.koreainvestment.com:9443")

    assert credentials.access_token(wait=False) == "token 1"
    assert live.access_token(wait=False) == "token 2"
    assert credentials.access_token(wait=False) == "token 1"
    other_key = credentials_of(redis, bank, time, secret="another")
    assert other_key.access_token(wait=False) == "token 3"


def test_a_token_is_renewed_half_an_hour_before_its_end(
    bank: Bank, time: Time, credentials: Credentials
) -> None:
    credentials.access_token(wait=False)

    time.pass_(23.5 * HOUR - 1)
    assert credentials.access_token(wait=False) == "token 1"
    time.pass_(1)
    assert credentials.access_token(wait=False) == "token 2"


def test_the_old_token_is_used_while_its_renewal_is_under_way_or_fails(
    redis: Redis, bank: Bank, time: Time, credentials: Credentials
) -> None:
    used: list[str] = []
    credentials.access_token(wait=False)
    time.pass_(23.6 * HOUR)
    bank.during = lambda: used.append(credentials_of(redis, bank, time).access_token(wait=False))
    bank.troubles = [BrokerUnavailable("away")]

    used.append(credentials.access_token(wait=False))
    used.append(credentials.access_token(wait=False))

    assert used == ["token 1"] * 3
    assert bank.requests == 2


def test_a_renewal_that_brings_the_same_token_is_not_repeated_every_minute(
    bank: Bank, time: Time, credentials: Credentials
) -> None:
    bank.life, bank.same = 20 * 60, True  # shorter than the time ahead
    credentials.access_token(wait=False)

    for _ in range(9):
        time.pass_(60)
        credentials.access_token(wait=False)

    assert bank.requests == 1


def test_an_expired_token_is_never_handed_out(
    bank: Bank, time: Time, credentials: Credentials
) -> None:
    credentials.access_token(wait=False)
    time.now += 24 * HOUR  # Redis still has it

    bank.troubles = [BrokerUnavailable("away")]
    time.pass_(60)
    with pytest.raises(TokenUnavailable, match="away"):
        credentials.access_token(wait=False)


def test_a_token_that_has_ended_when_it_comes_points_at_the_clock(
    bank: Bank, credentials: Credentials
) -> None:
    bank.life = -9 * HOUR

    with pytest.raises(TokenUnavailable, match=r"ended at .*: is our clock right"):
        credentials.access_token(wait=False)


def test_a_refused_token_is_replaced_once_by_however_many_were_refused(
    redis: Redis, bank: Bank, time: Time, credentials: Credentials
) -> None:
    another = credentials_of(redis, bank, time)
    refused = credentials.access_token(wait=False)
    time.pass_(60)

    credentials.refuse(refused)
    first = credentials.access_token(wait=False)
    another.refuse(refused)  # it had the old one in its hands
    second = another.access_token(wait=False)

    assert first == second == "token 2"
    assert bank.requests == 2


def test_a_refused_token_is_sent_by_nobody_while_the_cooldown_lasts(
    redis: Redis, bank: Bank, time: Time, credentials: Credentials
) -> None:
    credentials.refuse(credentials.access_token(wait=False))

    with pytest.raises(TokenUnavailable, match=r"the access token was refused; .* in 60 s"):
        credentials_of(redis, bank, time).access_token(wait=False)

    assert credentials.access_token(wait=True) == "token 2"


def test_the_same_token_again_is_tried_once_and_then_said_clearly(
    bank: Bank, time: Time, credentials: Credentials
) -> None:
    bank.same = True
    credentials.refuse(credentials.access_token(wait=False))
    time.pass_(60)
    again = credentials.access_token(wait=False)

    for _ in range(3):
        with pytest.raises(TokenUnavailable, match="gave the same one when asked for another"):
            credentials.refuse(again)
        time.pass_(60)
    assert bank.requests == 2

    time.pass_(600)
    credentials.refuse(again)
    credentials.access_token(wait=False)
    assert bank.requests == 3


def test_no_permit_means_no_request_and_no_cooldown(bank: Bank, credentials: Credentials) -> None:
    bank.troubles = [PermitTimeout("no permit of kis:main within 20 s")]

    with pytest.raises(PermitTimeout):
        credentials.access_token(wait=False)

    assert credentials.access_token(wait=False) == "token 2"


def test_without_redis_a_caller_waits_and_then_says_so(bank: Bank, redis: Redis) -> None:
    time = Time(redis)
    nobody = Redis(port=free_port(), retry=Retry(NoBackoff(), 0))

    def tick(seconds: float) -> None:
        time.now += seconds

    lost = Credentials(
        nobody,
        "kis:main",
        base_url=PAPER,
        key_pair=["key", SECRET],
        cooldown_seconds=60,
        issue=bank.issue,
        clock=lambda: time.now,
        sleep=tick,
    )

    with pytest.raises(LimiterUnavailable, match="kis:main: no access token, Redis does not"):
        lost.access_token(wait=True)

    assert START + 90 <= time.now < START + 91
    assert bank.requests == 0


def test_everything_kept_ends_by_itself(redis: Redis, credentials: Credentials) -> None:
    credentials.access_token(wait=False)

    lives = {key.decode(): redis.ttl(key) for key in redis.scan_iter("*")}

    assert set(lives) == {"token:kis:main@127.0.0.1:5118", "token:kis:main@127.0.0.1:5118:attempt"}
    assert 23 * HOUR < lives["token:kis:main@127.0.0.1:5118"] <= 24 * HOUR
    assert 0 < lives["token:kis:main@127.0.0.1:5118:attempt"] <= 60
