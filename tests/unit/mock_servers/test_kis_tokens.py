"""The rules of KIS access tokens, with the time passed in."""

import pytest

from tests.mock_servers.kis.tokens import Tokens
from tests.mock_servers.kis.wire import Refusal
from tests.unit.mock_servers.conftest import KEY, SECRET

NOON = 1_740_711_600.0  # 2025-02-28 12:00 in Korea
MINUTE, HOUR = 60, 3600


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens({}, clock)


def issued(tokens: Tokens, key: str = KEY, secret: str = SECRET) -> str:
    return str(tokens.issue(key, secret)["access_token"])


def use(tokens: Tokens, access_token: str, key: str = KEY, secret: str = SECRET) -> None:
    tokens.check(f"Bearer {access_token}", key, secret)


def code(refusal: pytest.ExceptionInfo[Refusal]) -> object:
    body = refusal.value.body
    return body.get("error_code") or body.get("msg_cd")


def test_a_token_lives_24_hours_and_says_so_in_korean_time(tokens: Tokens, clock: Clock) -> None:
    answer = tokens.issue("key", "secret")

    assert answer["access_token_token_expired"] == "2025-03-01 12:00:00"
    assert (answer["expires_in"], answer["token_type"]) == (86_400, "Bearer")
    assert len(str(answer["access_token"])) <= 350
    clock.now += 24 * HOUR - 1
    use(tokens, str(answer["access_token"]))
    clock.now += 1
    with pytest.raises(Refusal) as refusal:
        use(tokens, str(answer["access_token"]))
    assert code(refusal) == "EGW00123"


def test_a_second_call_within_a_minute_is_refused_and_does_not_prolong_it(
    tokens: Tokens, clock: Clock
) -> None:
    issued(tokens)
    clock.now += MINUTE - 1
    with pytest.raises(Refusal) as refusal:
        issued(tokens)
    assert (refusal.value.status, code(refusal)) == (403, "EGW00133")
    clock.now += 1

    assert issued(tokens)


def test_within_six_hours_the_same_token_comes_again(tokens: Tokens, clock: Clock) -> None:
    first = tokens.issue("key", "secret")
    clock.now += 6 * HOUR - 1
    again = tokens.issue("key", "secret")
    clock.now += MINUTE
    new = tokens.issue("key", "secret")

    assert again["access_token"] == first["access_token"]
    assert again["access_token_token_expired"] == first["access_token_token_expired"]
    assert again["expires_in"] == 18 * HOUR + 1
    assert new["access_token"] != first["access_token"]


def test_a_revoked_token_is_unknown_and_a_new_one_is_issued(tokens: Tokens, clock: Clock) -> None:
    first = issued(tokens)
    tokens.revoke(first, "key", "secret")
    with pytest.raises(Refusal) as refusal:
        use(tokens, first)
    assert code(refusal) == "EGW00121"
    clock.now += MINUTE

    assert issued(tokens) != first


def test_an_expired_token_can_be_replaced_at_once(tokens: Tokens) -> None:
    first = issued(tokens)
    tokens.expire(first)
    with pytest.raises(Refusal) as refusal:
        use(tokens, first)
    assert code(refusal) == "EGW00123"

    second = issued(tokens)
    use(tokens, second)
    assert second != first


def test_a_server_started_anew_knows_its_tokens(tokens: Tokens, clock: Clock) -> None:
    access_token = issued(tokens)

    use(Tokens({}, clock), access_token)


@pytest.mark.parametrize(
    ("authorization", "key", "secret", "expected"),
    [
        ("{}", "key", "secret", "EGW00205"),
        ("Bearer {}", "key", "wrong", "EGW00304"),
        ("Bearer {}", "", "", "EGW00304"),
        ("Bearer {}", "other", "secret", "EGW00121"),
        ("Bearer {}x", "key", "secret", "EGW00121"),
        ("Bearer ", "key", "secret", "EGW00121"),
        ("Bearer 한글", "key", "secret", "EGW00121"),
    ],
)
def test_headers_that_prove_nothing_are_refused(
    tokens: Tokens, authorization: str, key: str, secret: str, expected: str
) -> None:
    access_token = issued(tokens)

    with pytest.raises(Refusal) as refusal:
        tokens.check(authorization.format(access_token), key, secret)

    assert (refusal.value.status, code(refusal)) == (500, expected)


@pytest.mark.parametrize(
    ("key", "secret", "expected"), [("other", "secret", "EGW00103"), ("key", "no", "EGW00105")]
)
def test_only_the_given_keys_are_taken(clock: Clock, key: str, secret: str, expected: str) -> None:
    tokens = Tokens({"key": "secret"}, clock)

    with pytest.raises(Refusal) as refusal:
        tokens.issue(key, secret)

    assert (refusal.value.status, code(refusal)) == (403, expected)


def test_any_key_is_bound_to_the_first_secret_seen_with_it(tokens: Tokens) -> None:
    issued(tokens, "new", "first")

    with pytest.raises(Refusal) as refusal:
        issued(tokens, "new", "second")
    assert code(refusal) == "EGW00105"
