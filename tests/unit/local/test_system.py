"""What ``scanner up`` consists of, for a person with a key and for one without."""

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.local.system import System, local_system
from app.settings import SettingsError, load_settings
from tests.unit.local.children import pretend_redis

KEYS = {"kis_app_key": "PSreal", "kis_app_secret": "very-secret", "kis_account_no": "12345678-01"}


@pytest.fixture(autouse=True)
def _a_redis_on_the_path(nothing_set: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_redis(nothing_set)
    monkeypatch.setenv("PATH", str(nothing_set))


def names(system: System) -> list[str]:
    return [program.name for program in system.programs]


def by_field(variables: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in variables.items()}


def test_without_a_key_it_is_a_demo_with_a_mock_and_a_database_of_its_own() -> None:
    system = local_system(load_settings())

    assert names(system) == [
        *("redis", "mock", "stream", "scan1", "scan2", "signals", "beat", "gateway", "flower")
    ]
    assert system.demo
    assert system.settings.database_url.get_secret_value() == "sqlite:///var/demo.db"
    assert system.settings.base_url == f"http://127.0.0.1:{system.ports['mock']}"
    assert system.settings.has_credentials


def test_the_mock_has_the_rate_that_the_scanner_keeps_to() -> None:
    system = local_system(load_settings(rate_limit_rps="2.5"))

    mock = next(program for program in system.programs if program.name == "mock")
    assert mock.command[mock.command.index("--rate") + 1] == "2.5"


def test_with_a_key_nothing_is_invented() -> None:
    system = local_system(load_settings(**KEYS))

    assert names(system) == ["redis", "scan1", "scan2", "signals", "beat", "gateway", "flower"]
    assert not system.demo
    assert system.settings.database_url.get_secret_value() == "sqlite:///var/scanner.db"
    assert system.settings.base_url == "https://openapivts.koreainvestment.com:29443"


def test_the_demo_and_an_account_do_not_share_a_redis() -> None:
    folders = [
        program.command[program.command.index("--dir") + 1]
        for given in ({}, KEYS)
        for program in local_system(load_settings(**given)).programs
        if program.name == "redis"
    ]

    assert len(set(folders)) == 2


def test_a_redis_that_is_given_is_used() -> None:
    system = local_system(load_settings(redis_url="redis://10.0.0.5:6379/3"))

    assert "redis" not in names(system)
    assert system.addresses["redis"] == "redis://10.0.0.5:6379/3"


def test_parts_can_be_left_out_and_workers_added() -> None:
    system = local_system(load_settings(**KEYS), scan_workers=4, flower=False, beat=False)

    assert names(system) == ["redis", "scan1", "scan2", "scan3", "scan4", "signals", "gateway"]


def test_a_taken_port_is_passed_over_and_it_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        system = local_system(load_settings(flower_port=port))

    assert system.ports["flower"] > port
    assert f"port {port} is taken: flower listens on {system.ports['flower']}" in system.notes


def test_a_demo_says_with_which_session_its_market_ends() -> None:
    demo, real = local_system(load_settings()), local_system(load_settings(**KEYS))

    [mock] = (program for program in demo.programs if program.name == "mock")
    session = mock.command[mock.command.index("--today") + 1]
    assert [note for note in demo.notes if f"ends with {session}" in note]
    assert not [note for note in real.notes if "invented" in note]


def test_redis_stops_last_and_the_mock_after_the_workers() -> None:
    system = local_system(load_settings())

    stages = {program.name: program.stage for program in system.programs}
    assert stages["scan1"] == stages["beat"] < stages["mock"] < stages["redis"]


def test_the_gateway_is_for_this_machine_unless_a_token_is_set() -> None:
    with pytest.raises(
        SettingsError, match=r"GATEWAY_TOKEN: got nothing.* GATEWAY_HOST 10\.0\.0\.5"
    ):
        local_system(load_settings(gateway_host="10.0.0.5"))

    system = local_system(load_settings(gateway_host="10.0.0.5", gateway_token="a-secret"))
    assert system.addresses["gateway"] == f"http://127.0.0.1:{system.ports['gateway']}"
    assert "a-secret" not in f"{system.shared_settings} {system.programs}"


def test_the_demo_has_prices_that_run() -> None:
    system = local_system(load_settings())

    assert system.settings.stream_url == f"ws://127.0.0.1:{system.ports['stream']}"


def test_a_broker_of_ones_own_needs_its_key() -> None:
    given = {"kis_base_url": "https://openapi.koreainvestment.com:9443"}

    with pytest.raises(SettingsError, match="KIS_APP_KEY: got nothing, want the app key for"):
        local_system(load_settings(**given))


def test_kiwoom_without_a_key_is_a_demo_against_its_own_mock() -> None:
    system = local_system(load_settings(broker="kiwoom", kiwoom_env="live"))

    mock = next(program for program in system.programs if program.name == "mock")
    assert "tests.mock_servers.kiwoom" in mock.command
    limits = {name: mock.command[mock.command.index(name) + 1] for name in ("--rate", "--api-rate")}
    assert limits == {"--rate": "2", "--api-rate": "1"}
    assert system.settings.profile.name == "kiwoom-paper"
    assert system.settings.base_url == f"http://127.0.0.1:{system.ports['mock']}"
    assert load_settings(**by_field(system.shared_settings)).has_credentials


def test_kiwoom_with_a_key_is_the_account_of_the_settings() -> None:
    keys = {"kiwoom_app_key": "a-real-key", "kiwoom_secret_key": "very-secret"}

    system = local_system(load_settings(broker="kiwoom", kiwoom_env="live", **keys))

    assert not system.demo
    assert system.settings.base_url == "https://api.kiwoom.com"
    assert "secret" not in f"{system.shared_settings} {system.addresses}"
    assert system.shared_settings["KIWOOM_ENV"] == "live"


def test_the_demo_of_a_broker_needs_its_own_address_unset() -> None:
    with pytest.raises(SettingsError, match=r"KIWOOM_APP_KEY: got nothing.* KIWOOM_API_URL unset"):
        local_system(load_settings(broker="kiwoom", kiwoom_api_url="http://127.0.0.1:5116"))


def test_no_secret_is_left_for_others_to_read() -> None:
    system = local_system(
        load_settings(
            **KEYS,
            redis_url="redis://:red-secret@localhost:6379/0",
            database_url="postgresql://me:sql-secret@localhost/scanner",
            flower_basic_auth="me:flower-secret",
        )
    )

    left = f"{system.shared_settings} {system.addresses}"
    assert "secret" not in left
    assert "PSreal" not in left
    assert system.addresses["database"] == "postgresql+psycopg://localhost/scanner"


def test_the_flower_password_is_no_argument() -> None:
    system = local_system(load_settings())

    assert system.flower_login
    password = system.flower_login.split(":")[1]
    assert not any(password in argument for p in system.programs for argument in p.command)


def test_others_find_the_demo_by_what_is_left_for_them() -> None:
    system = local_system(load_settings(rate_limit_rps="0.5"))

    found = load_settings(**by_field(system.shared_settings))
    assert found.redis_url == system.settings.redis_url
    assert found.database_url == system.settings.database_url
    assert (found.base_url, found.rate) == (system.settings.base_url, system.settings.rate)
    assert found.kis_app_key == system.settings.kis_app_key
