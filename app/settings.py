"""The environment, read once: variables, then ``.env``, then what a running ``scanner up`` left.

A bad or missing value is one ``SettingsError``: the variable, what it got, what it wants.
"""

import json
import math
import os
import re
from fractions import Fraction
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from redis import ConnectionPool

from app.domain import Grade
from app.profiles import PROFILES, Profile

VAR = Path("var")  # everything that a run leaves: the database, Redis, run.json
RUN_FILE = VAR / "run.json"
FINEST = 20  # a rate is a multiple of 1/20 a second: the longest window is 20 s


class SettingsError(ValueError):
    """A setting is bad or missing; the message is one line for the person who set it."""


def _rate(value: object) -> object:
    """Return calls a second as a fraction, rounded down: 2.5 is 5 calls in 2 s, 0.5 one in 2 s."""
    if isinstance(value, Fraction):
        return value
    try:
        return Fraction(math.floor(Fraction(str(value)) * FINEST), FINEST)
    except (ZeroDivisionError, OverflowError) as error:
        raise ValueError from error


def _spaced(value: object) -> object:
    return value.split() if isinstance(value, str) else value


Rate = Annotated[Fraction, BeforeValidator(_rate), Field(gt=0, le=100)]
Port = Annotated[int, Field(ge=1, le=65535)]
# Addresses are shown: none may hold a password.
Url = Annotated[str, Field(pattern=r"^https?://[^/\s@]+(/[^\s@]*)?$")]
WebSocketUrl = Annotated[str, Field(pattern=r"^wss?://[^/\s@]+(/[^\s@]*)?$")]


def _setting(default: Any, wants: str) -> Any:
    return Field(default=default, description=wants)


class Variables(NamedTuple):
    """The variables that one broker's account is set by."""

    environment: str
    base_url: str
    stream_url: str
    key: str
    secret: str


VARIABLES = {
    "kis": Variables("KIS_ENV", "KIS_BASE_URL", "KIS_WS_URL", "KIS_APP_KEY", "KIS_APP_SECRET"),
    "kiwoom": Variables(
        *("KIWOOM_ENV", "KIWOOM_API_URL", "KIWOOM_WS_URL", "KIWOOM_APP_KEY", "KIWOOM_SECRET_KEY")
    ),
}


class Settings(BaseSettings):
    """Every setting, named as its variable in small letters; a description says what it wants."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    redis_url: SecretStr = _setting("redis://127.0.0.1:6379/0", "redis://HOST:PORT/DB")
    database_url: SecretStr = _setting(
        "sqlite:///var/scanner.db", "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
    )
    broker: Literal["kis", "kiwoom"] = _setting("kis", "kis or kiwoom")

    kis_env: Literal["paper", "live"] = _setting("paper", "paper or live")
    kis_base_url: Url | None = _setting(None, "http(s)://HOST[:PORT]")
    kis_app_key: SecretStr | None = _setting(None, "the app key that belongs to KIS_APP_SECRET")
    kis_app_secret: SecretStr | None = _setting(None, "the secret that belongs to KIS_APP_KEY")
    kis_account_no: SecretStr | None = _setting(None, "eight digits, -, two digits: 50000000-01")
    kis_master_url: Url | None = _setting(None, "http(s)://HOST[:PORT] of the master files")
    kis_ws_url: WebSocketUrl | None = _setting(None, "ws(s)://HOST[:PORT]")

    kiwoom_env: Literal["paper", "live"] = _setting("paper", "paper or live")
    kiwoom_api_url: Url | None = _setting(None, "http(s)://HOST[:PORT]")
    kiwoom_ws_url: WebSocketUrl | None = _setting(None, "ws(s)://HOST[:PORT]")
    kiwoom_app_key: SecretStr | None = _setting(None, "the key that belongs to KIWOOM_SECRET_KEY")
    kiwoom_secret_key: SecretStr | None = _setting(
        None, "the secret that belongs to KIWOOM_APP_KEY"
    )

    rate_limit_rps: Rate | None = _setting(None, "calls a second, above 0 to 100, like 2 or 0.5")
    orders_enabled: bool = _setting(False, "true or false")
    universe_csv: Path | None = _setting(None, "a CSV file with the columns ticker,name,market")
    calendar_file: Path | None = _setting(None, "a CSV file with the columns date,state,opens,name")
    strategy_file: Path | None = _setting(None, "a TOML file with a table a strategy")

    gateway_host: str = _setting("127.0.0.1", "an address to listen on")
    gateway_port: Port = _setting(5111, "a port from 1 to 65535")
    gateway_token: SecretStr | None = _setting(None, "a long random text")
    flower_port: Port = _setting(5555, "a port from 1 to 65535")
    flower_url: Url | None = _setting(None, "http(s)://HOST[:PORT] of Flower, without a password")
    flower_basic_auth: SecretStr | None = _setting(None, "USER:PASSWORD")
    notify_urls: Annotated[list[SecretStr], NoDecode, BeforeValidator(_spaced)] = _setting(
        [], "addresses of receivers, parted by blanks"
    )
    notify_grade: Grade = _setting(Grade.S, "S, A, B or C")
    ui_lang: Literal["ko", "en"] = _setting("ko", "ko or en")

    visibility_timeout: Annotated[int, Field(ge=1, le=3600)] = _setting(180, "seconds, 1 to 3600")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _setting(
        "INFO", "DEBUG, INFO, WARNING or ERROR"
    )

    @field_validator("redis_url")
    @classmethod
    def _redis_address(cls, url: SecretStr) -> SecretStr:
        ConnectionPool.from_url(url.get_secret_value())  # opens nothing; raises a ValueError
        return url

    @field_validator("database_url")
    @classmethod
    def _database_address(cls, url: SecretStr) -> SecretStr:
        address = url.get_secret_value()
        if address.startswith("postgresql://"):
            return SecretStr(address.replace("postgresql://", "postgresql+psycopg://", 1))
        if not address.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError
        return url

    @field_validator("kis_account_no")
    @classmethod
    def _account_number(cls, number: SecretStr | None) -> SecretStr | None:
        digits = (number.get_secret_value() if number else "00000000-00").split("-")
        if [len(part) for part in digits] != [8, 2] or not all(p.isdigit() for p in digits):
            raise ValueError
        return number

    @field_validator("flower_basic_auth")
    @classmethod
    def _login(cls, login: SecretStr | None) -> SecretStr | None:
        if login is not None and not re.fullmatch(r"[^:]+:.+", login.get_secret_value()):
            raise ValueError  # nobody could log in
        return login

    @model_validator(mode="after")
    def _keys_come_in_pairs(self) -> Self:
        for each in VARIABLES.values():
            for here, gone in ((each.key, each.secret), (each.secret, each.key)):
                if self._given(here) and not self._given(gone):
                    wants = type(self).model_fields[gone.lower()].description
                    raise ValueError(f"{gone}: got nothing, want {wants}")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, variables, ``.env``, then the addresses of a running ``scanner up``."""
        running = InitSettingsSource(settings_cls, init_kwargs=_of_the_running_system())
        return init_settings, env_settings, dotenv_settings, running

    @property
    def variables(self) -> Variables:
        """Return the names of the variables that the chosen broker's account is set by."""
        return VARIABLES[self.broker]

    def _given(self, variable: str) -> Any:
        return getattr(self, variable.lower())

    @cached_property
    def profile(self) -> Profile:
        """Return what the account of the chosen broker can do."""
        return PROFILES[f"{self.broker}-{self._given(self.variables.environment)}"]

    @property
    def base_url(self) -> str:
        """Return where the broker's REST calls go, without a slash at its end."""
        return (self._given(self.variables.base_url) or self.profile.base_url).rstrip("/")

    @property
    def stream_url(self) -> str:
        """Return where the broker's stream is, without a slash at its end.

        Raises:
            SettingsError: calls go to another host than the broker's own, so must its stream.
        """
        given: str | None = self._given(self.variables.stream_url)
        if given is None and not self.official:
            raise SettingsError(
                f"{self.variables.stream_url}: got nothing, want ws(s)://HOST[:PORT], because "
                f"{self.variables.base_url} is not the broker's own host"
            )
        return (given or self.profile.stream_url).rstrip("/")

    @property
    def official(self) -> bool:
        """Say whether the calls go to the broker's own host."""
        return self.base_url == self.profile.base_url

    @property
    def credential(self) -> str:
        """Return the credential's name, for messages and Redis keys; never the key."""
        return f"{self.broker}:main"

    @property
    def gateway_address(self) -> str:
        """Return where the gateway listens.

        Raises:
            SettingsError: others could reach it, and nothing would be asked of them.
        """
        if self.gateway_token is None and not _loopback(self.gateway_host):
            raise SettingsError(
                f"GATEWAY_TOKEN: got nothing, want a long random text, because GATEWAY_HOST "
                f"{self.gateway_host} can be reached from other machines"
            )
        return self.gateway_host

    @property
    def has_credentials(self) -> bool:
        """Say whether a key of the chosen broker is set."""
        return bool(self._given(self.variables.key))

    def key_pair(self) -> tuple[SecretStr, SecretStr]:
        """Return the chosen broker's key and the secret that belongs to it.

        Raises:
            SettingsError: there is none, or one that no request can carry.
        """
        return self._sendable(self.variables.key), self._sendable(self.variables.secret)

    def _sendable(self, variable: str) -> SecretStr:
        secret: SecretStr | None = self._given(variable)
        if secret is None:
            raise SettingsError(f"{variable}: got nothing, want what the broker's portal gave")
        if not re.fullmatch(r"[!-~]+", secret.get_secret_value()):
            got = "blanks or foreign letters"
            raise SettingsError(f"{variable}: got {got}, want what the broker's portal gave")
        return secret

    @property
    def listings_url(self) -> str:
        """Return where the list of tickers comes from, without a slash at its end."""
        given = self.kis_master_url if self.broker == "kis" else None
        return (given or self.base_url).rstrip("/")

    @property
    def rate(self) -> Fraction:
        """Return the calls a second to keep to; on the broker's own host at most what it tells."""
        if self.rate_limit_rps is not None:
            return self.rate_limit_rps
        most = self.profile.published_rate if self.official else self.profile.default_rate
        return Fraction(min(self.profile.default_rate, most))

    @property
    def rate_a_call(self) -> int | None:
        """Return the calls of one kind a second; None where ``rate`` keeps to that by itself."""
        a_call = self.profile.rate_a_call
        return a_call if 0 < a_call < self.rate else None

    @property
    def scan_rate(self) -> Fraction:
        """Return the calls a second that a scan can count on: they may all be of one kind."""
        return Fraction(self.rate_a_call or self.rate)

    @property
    def rate_in_words(self) -> str:
        """Return what is kept to, for people: ``2 calls a second, 1 of each kind``."""
        of_each = f", {self.rate_a_call} of each kind" if self.rate_a_call else ""
        calls = "call" if self.rate == 1 else "calls"
        return f"{float(self.rate):g} {calls} a second{of_each}"

    @property
    def orders_allowed(self) -> bool:
        """Say whether this account may send orders: paper always, live only when switched on."""
        return self.profile.paper or self.orders_enabled

    @property
    def above_published_rate(self) -> str | None:
        """Return a warning when the rate is set above what the broker tells its customers."""
        published = self.profile.published_rate
        if not self.official or float(self.rate) <= published:
            return None
        return (
            f"RATE_LIMIT_RPS is {float(self.rate):g}, above the {published:g} calls a second "
            f"that the broker tells for {self.profile.name}: it may refuse some"
        )


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings(**given: Any) -> Settings:
    """Return the settings; ``given`` ones come before the environment.

    Raises:
        SettingsError: a value is bad or missing.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from None


def _one_line(error: ValidationError) -> str:
    first = error.errors(include_context=False)[0]
    if not first["loc"]:
        return first["msg"].removeprefix("Value error, ")
    name = str(first["loc"][0])
    field = Settings.model_fields[name]
    secret = "SecretStr" in str(field.annotation) or "@" in str(first["input"])
    got = "a value of another form" if secret else repr(str(first["input"]))
    return f"{name.upper()}: got {got}, want {field.description}"


def _of_the_running_system() -> dict[str, Any]:
    try:
        run = json.loads(RUN_FILE.read_text(encoding="utf-8"))
        if not _alive(int(run["pid"])):
            return {}  # its `scanner up` was killed; what it left leads nowhere
        return {str(name).lower(): str(value) for name, value in run["settings"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"{RUN_FILE} cannot be read ({error}): stop `scanner up`, remove the file, start again"
        ) from error


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
