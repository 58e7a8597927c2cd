"""The rules of Kiwoom access tokens, with the time passed in."""

import pytest

from tests.conftest import PATIENCE_SECONDS
from tests.mock_servers.kiwoom.tokens import Tokens
from tests.mock_servers.kiwoom.wire import Refusal
from tests.unit.mock_servers.conftest import KEY, SECRET, KiwoomCustomer, MockServer

NOON = 1_740_711_600.0  # 2025-02-28 12:00 in Korea
HOUR = 3600
ASKED = {"grant_type": "client_credentials", "appkey": KEY, "secretkey": SECRET}


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


def issued(tokens: Tokens, **fields: str) -> str:
    return str(tokens.issue({**ASKED, **fields})["token"])


def use(tokens: Tokens, access_token: str) -> None:
    tokens.check(f"Bearer {access_token}")


def told(refusal: pytest.ExceptionInfo[Refusal]) -> tuple[object, str]:
    body = refusal.value.body
    return body["return_code"], str(body["return_msg"]).partition("[")[2][:4]


def test_a_token_lives_24_hours_and_says_so_in_korean_time(tokens: Tokens, clock: Clock) -> None:
    answer = tokens.issue(ASKED)

    assert (answer["token_type"], answer["expires_dt"]) == ("bearer", "20250301120000")
    clock.now += 24 * HOUR - 1
    use(tokens, str(answer["token"]))
    clock.now += 1
    with pytest.raises(Refusal) as refusal:
        use(tokens, str(answer["token"]))
    assert told(refusal) == (3, "8005")


def test_a_new_token_ends_the_one_before_it_but_not_another_key_s(tokens: Tokens) -> None:
    first, other = issued(tokens), issued(tokens, appkey="other")
    second = issued(tokens)

    use(tokens, second)
    use(tokens, other)
    with pytest.raises(Refusal) as refusal:
        use(tokens, first)
    assert told(refusal) == (3, "8005")


def test_a_revoked_token_is_refused_and_cannot_be_revoked_again(tokens: Tokens) -> None:
    access_token = issued(tokens)
    tokens.revoke({**ASKED, "token": access_token})

    with pytest.raises(Refusal) as used:
        use(tokens, access_token)
    with pytest.raises(Refusal) as revoked:
        tokens.revoke({**ASKED, "token": access_token})
    assert (told(used), told(revoked)) == ((3, "8005"), (3, "8015"))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"grant_type": ""}, (2, "8011")),
        ({"grant_type": "password"}, (2, "8012")),
        ({"appkey": ""}, (2, "8020")),
        ({"secretkey": ""}, (2, "8020")),
        ({"secretkey": "wrong"}, (3, "8001")),
        ({"appkey": "unknown"}, (3, "8001")),
        ({"appkey": "live"}, (2, "8030")),
    ],
)
def test_a_call_for_a_token_that_proves_nothing_is_refused(
    clock: Clock, fields: dict[str, str], expected: tuple[int, str]
) -> None:
    tokens = Tokens({KEY: SECRET}, clock, other_keys=("live",))

    with pytest.raises(Refusal) as refusal:
        tokens.issue({**ASKED, **fields})

    assert (refusal.value.status, told(refusal)) == (200, expected)


def test_a_token_of_the_other_environment_is_told_from_one_that_has_ended(
    tokens: Tokens, clock: Clock
) -> None:
    of_a_live_key, of_ours = issued(tokens, appkey="live"), issued(tokens)
    here = Tokens({}, clock, other_keys=("live",))

    use(here, of_ours)
    with pytest.raises(Refusal) as refusal:
        use(here, of_a_live_key)
    assert told(refusal) == (3, "8031")


def test_any_key_is_bound_to_the_first_secret_seen_with_it(tokens: Tokens) -> None:
    issued(tokens)

    with pytest.raises(Refusal) as refusal:
        issued(tokens, secretkey="second")
    assert told(refusal) == (3, "8001")


def test_another_server_knows_a_token_by_its_signature(tokens: Tokens, clock: Clock) -> None:
    use(Tokens({}, clock), issued(tokens))


@pytest.mark.parametrize("fields", [{}, {"token": "unknown"}])
def test_what_is_no_token_cannot_be_revoked(tokens: Tokens, fields: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refusal:
        tokens.revoke({**ASKED, **fields})

    assert told(refusal) == ((3, "8015") if fields else (2, "8016"))


def test_keys_and_tokens_go_over_the_wire_with_a_number_as_return_code(
    kiwoom_mock: MockServer,
) -> None:
    customer = KiwoomCustomer(kiwoom_mock)
    answer = customer.login.json()
    body = {"appkey": KEY, "secretkey": SECRET, "token": customer.access_token}
    revoked = customer.post("/oauth2/revoke", body).json()
    after = customer.ask("ka10001", "stkinfo", stk_cd="005930").json()

    assert (answer["return_code"], answer["token_type"]) == (0, "bearer")
    assert answer["expires_in"] == 24 * HOUR
    assert revoked == {"return_code": 0, "return_msg": "정상적으로 처리되었습니다"}
    assert (after["return_code"], "[8005:" in after["return_msg"]) == (3, True)


def test_a_broken_body_is_a_missing_grant(kiwoom_mock: MockServer) -> None:
    customer = KiwoomCustomer(kiwoom_mock)
    refused = customer.http.post(
        kiwoom_mock.url + "/oauth2/token", data=b"grant", timeout=PATIENCE_SECONDS
    )

    assert "[8011:" in refused.json()["return_msg"]
