"""A setting is right, or one line says what is wrong with it and what would be right."""

from fractions import Fraction
from pathlib import Path

import pytest

from app.brokers.transport import limits_of
from app.limiter import Quota
from app.settings import RUN_FILE, Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("RATE_LIMIT_RPS", "0", "RATE_LIMIT_RPS: got '0', want calls a second, above 0 to 100"),
        ("RATE_LIMIT_RPS", "120", "RATE_LIMIT_RPS: got '120', want calls a second, above 0 to 100"),
        ("RATE_LIMIT_RPS", "1/0", "RATE_LIMIT_RPS: got '1/0', want"),
        ("RATE_LIMIT_RPS", "nan", "RATE_LIMIT_RPS: got 'nan', want"),
        ("RATE_LIMIT_RPS", "0.01", "RATE_LIMIT_RPS: got '0.01', want"),
        ("KIS_ENV", "papr", "KIS_ENV: got 'papr', want paper or live"),
        ("GATEWAY_PORT", "70000", "GATEWAY_PORT: got '70000', want a port"),
        ("KIS_BASE_URL", "ftp://x", "KIS_BASE_URL: got 'ftp://x', want http"),
        ("ORDERS_ENABLED", "maybe", "ORDERS_ENABLED: got 'maybe', want true or false"),
        ("KIS_APP_KEY", "alone", "KIS_APP_SECRET: got nothing, want the secret"),
        ("KIWOOM_SECRET_KEY", "alone", "KIWOOM_APP_KEY: got nothing, want the key"),
    ],
)
def test_a_bad_value_names_the_variable_what_it_got_and_what_it_wants(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as error:
        load_settings()

    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KIS_ACCOUNT_NO", "5555-5555"),
        ("DATABASE_URL", "mysql://me:hunter2@host/db"),
        ("REDIS_URL", "redis://:hunter2@host:bad/0"),
        ("FLOWER_URL", "http://me:hunter2@host:5555"),
        ("KIS_WS_URL", "ws://me:hunter2@host"),
        ("FLOWER_BASIC_AUTH", "hunter2"),
        ("FLOWER_BASIC_AUTH", "me:"),
    ],
)
def test_a_bad_value_that_may_hold_a_secret_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=f"^{name}: got a value of another form, want") as error:
        load_settings()

    assert value not in str(error.value)
    assert "hunter2" not in str(error.value)


def test_secrets_are_in_no_print_of_the_settings() -> None:
    settings = load_settings(
        kis_app_key="a-key", kis_app_secret="a-secret", redis_url="redis://:hunter2@host/0"
    )

    printed = f"{settings!r} {settings} {settings.model_dump_json()}"
    assert not [word for word in ("a-key", "a-secret", "hunter2") if word in printed]


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        ({"kis_env": "paper"}, 1),
        ({"kis_env": "live"}, 2),
        ({"kis_env": "paper", "kis_base_url": "http://127.0.0.1:5118"}, 2),
        ({"kis_env": "paper", "rate_limit_rps": "2"}, 2),
        ({"broker": "kiwoom"}, 1),
        ({"broker": "kiwoom", "kiwoom_env": "live"}, 2),
        ({"broker": "kiwoom", "kiwoom_api_url": "http://127.0.0.1:5116"}, 2),
    ],
    ids=["paper", "live", "a mock", "set by hand", "paper Kiwoom", "live Kiwoom", "its mock"],
)
def test_on_the_brokers_own_host_the_default_rate_is_at_most_what_it_tells(
    given: dict[str, str], rate: int
) -> None:
    assert load_settings(**given).rate == rate


@pytest.mark.parametrize(
    ("given", "rate", "words"),
    [
        ({"broker": "kis"}, 2, "2 calls a second"),
        ({"broker": "kiwoom"}, 1, "2 calls a second, 1 of each kind"),
        ({"broker": "kiwoom", "kiwoom_env": "live"}, 2, "2 calls a second"),
        (
            {"broker": "kiwoom", "kiwoom_env": "live", "rate_limit_rps": "8.5"},
            5,
            "8.5 calls a second, 5 of each kind",
        ),
        ({"broker": "kiwoom", "rate_limit_rps": "1"}, 1, "1 call a second"),
        ({"broker": "kiwoom", "rate_limit_rps": "0.5"}, 0.5, "0.5 calls a second"),
    ],
)
def test_a_scan_is_planned_by_the_slower_of_the_two_limits(
    given: dict[str, str], rate: float, words: str
) -> None:
    mock = "http://127.0.0.1:5116"

    settings = load_settings(kis_base_url=mock, kiwoom_api_url=mock, **given)

    assert settings.scan_rate == rate
    assert settings.rate_in_words == words


def test_each_broker_has_its_own_account_and_addresses() -> None:
    given = {
        "kis_base_url": "http://kis/",
        "kis_master_url": "http://files/",
        "kiwoom_api_url": "http://kiwoom/",
        "kis_app_key": "K",
        "kis_app_secret": "S",
    }
    kis, kiwoom = (load_settings(broker=broker, **given) for broker in ("kis", "kiwoom"))

    assert (kis.base_url, kis.listings_url, kis.has_credentials) == (
        "http://kis",
        "http://files",
        True,
    )
    assert (kiwoom.base_url, kiwoom.listings_url, kiwoom.has_credentials) == (
        "http://kiwoom",
        "http://kiwoom",
        False,
    )
    assert (kis.credential, kiwoom.credential) == ("kis:main", "kiwoom:main")


def test_a_rate_above_the_published_one_is_said() -> None:
    assert load_settings(rate_limit_rps="1").above_published_rate is None
    assert "above the 1 calls" in str(load_settings(rate_limit_rps="2").above_published_rate)


@pytest.mark.parametrize(
    ("rate", "limits"),
    [
        ("2", {"kis:main": Quota(2, 1.0)}),
        ("0.5", {"kis:main": Quota(1, 2.0)}),
        ("2.5", {"kis:main": Quota(5, 2.0), "kis:main:second": Quota(3, 1.0)}),
        ("1.9", {"kis:main": Quota(19, 10.0), "kis:main:second": Quota(2, 1.0)}),
        ("17.99", {"kis:main": Quota(359, 20.0), "kis:main:second": Quota(18, 1.0)}),
    ],
)
def test_a_fraction_of_a_rate_is_kept_over_seconds_and_never_comes_as_a_burst(
    rate: str, limits: dict[str, Quota]
) -> None:
    assert limits_of("kis:main", load_settings(rate_limit_rps=rate).rate) == limits


def test_live_orders_need_two_settings() -> None:
    assert load_settings(kis_env="paper").orders_allowed
    assert not load_settings(kis_env="live").orders_allowed
    assert load_settings(kis_env="live", orders_enabled="true").orders_allowed


def test_the_environment_comes_before_the_file_and_the_file_before_a_running_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    RUN_FILE.parent.mkdir()
    left = '{"pid": 1, "settings": {"UI_LANG": "en", "LOG_LEVEL": "ERROR", "RATE_LIMIT_RPS": "3"}}'
    RUN_FILE.write_text(left, encoding="utf-8")
    Path(".env").write_text("LOG_LEVEL=DEBUG\nRATE_LIMIT_RPS=4\n", encoding="utf-8")
    monkeypatch.setenv("RATE_LIMIT_RPS", "5")

    settings = load_settings()

    assert (settings.ui_lang, settings.log_level) == ("en", "DEBUG")
    assert settings.rate == Fraction(5)


def test_what_a_killed_system_left_is_not_believed() -> None:
    RUN_FILE.parent.mkdir()
    RUN_FILE.write_text('{"pid": 999999999, "settings": {"UI_LANG": "en"}}', encoding="utf-8")

    assert load_settings().ui_lang == "ko"
