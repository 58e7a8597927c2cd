"""Whatever the broker, there is one way to open an account, and it can be used in one way."""

import inspect
from collections.abc import Callable

import pytest

from app.brokers.base import Broker
from app.brokers.registry import BROKERS, open_broker
from app.profiles import PROFILES
from app.settings import VARIABLES, SettingsError
from tests.integration.brokers.rig import Rig

METHODS = sorted(name for name in vars(Broker) if not name.startswith("_") and name != "profile")


def account(rig: Rig, name: str, environment: str = "paper") -> Broker:
    """Return an account with made-up keys; nothing is sent."""
    variables = VARIABLES[name]
    keys = {variables.key.lower(): "a-key", variables.secret.lower(): "a-secret"}
    settings = rig.settings(broker=name, **{variables.environment.lower(): environment}, **keys)
    return rig.opened(open_broker(settings, rig.redis, rig.limiter, wait_for_token=False))


def parameters(method: Callable[..., object]) -> list[tuple[str, object]]:
    """Return names and kinds; a client may ask for less than the protocol lets callers give."""
    return [(each.name, each.kind) for each in inspect.signature(method).parameters.values()]


@pytest.mark.parametrize("name", sorted(BROKERS))
def test_every_broker_offers_what_the_protocol_says(rig: Rig, name: str) -> None:
    broker = account(rig, name)

    assert METHODS
    for method in METHODS:
        wanted = parameters(getattr(Broker, method))[1:]  # without self
        assert parameters(getattr(broker, method)) == wanted, method


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_every_profile_opens_its_broker(rig: Rig, name: str) -> None:
    broker, _, environment = name.partition("-")

    assert account(rig, broker, environment).profile is PROFILES[name]


@pytest.mark.parametrize("name", sorted(BROKERS))
def test_without_a_key_there_is_no_broker_and_the_variable_is_named(rig: Rig, name: str) -> None:
    variables = VARIABLES[name]
    none = {variables.key.lower(): None, variables.secret.lower(): None}
    settings = rig.settings(**{"broker": name, **none})

    with pytest.raises(SettingsError, match=f"{variables.key}: got nothing, want"):
        open_broker(settings, rig.redis, rig.limiter, wait_for_token=False)


def test_every_broker_has_its_profiles_and_variables() -> None:
    assert set(BROKERS) == set(VARIABLES) == {each.broker for each in PROFILES.values()}
