"""What the local system consists of, worked out before anything starts.

Without a key for the broker it is a demo: a mock broker with invented prices, and a database and
a Redis of its own, so that nothing invented meets anything real.
"""

import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.bootstrap import connect
from app.local.ports import HOST, free_port
from app.local.processes import Program
from app.local.redis_server import redis_binary, redis_program
from app.settings import VAR, Settings, SettingsError, load_settings

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Demo:
    """The mock that stands in for a broker, and an account there."""

    module: str
    port: int
    account: Mapping[str, str]


DEMOS = {
    "kis": Demo(
        "tests.mock_servers.kis",
        5118,
        {
            "kis_env": "paper",
            "kis_app_key": "PSdemo" + "0" * 30,  # as long as real ones
            "kis_app_secret": "demo" * 45,
            "kis_account_no": "50000000-01",
        },
    ),
    "kiwoom": Demo(
        "tests.mock_servers.kiwoom",
        5116,
        {
            "kiwoom_env": "paper",
            "kiwoom_app_key": "demo" * 10 + "key",
            "kiwoom_secret_key": "demo" * 10 + "sec",
        },
    ),
}
# What other commands in this folder must know of a run, besides addresses; none of it is secret.
_SHARED = (
    "broker",
    "kis_env",
    "kis_base_url",
    "kis_master_url",
    "kis_ws_url",
    "kiwoom_env",
    "kiwoom_api_url",
    "kiwoom_ws_url",
    "rate_limit_rps",
    "visibility_timeout",
    "universe_csv",
    "calendar_file",
    "strategy_file",
    "flower_port",
    "gateway_port",
)
STREAM_PORT = 5117


@dataclass(frozen=True)
class System:
    """Programs in the order of their start, and the settings that lead to what they offer.

    ``ports``: where those listen that the others wait for. ``notes``: what a person should know.
    ``flower_login``: made up for this run, where none was set.
    """

    settings: Settings
    programs: Sequence[Program]
    ports: Mapping[str, int]
    notes: Sequence[str]
    flower_login: str | None

    @property
    def demo(self) -> bool:
        """Say whether the broker is ours, and its prices invented."""
        return "mock" in self.ports

    @property
    def log_level(self) -> str:
        """Return how much the parts tell; if not set, no more than a person wants to watch."""
        return _log_level(self.settings)

    @property
    def addresses(self) -> dict[str, str]:
        """Return where the parts are, without passwords."""
        places = {
            "redis": _public(self.settings.redis_url.get_secret_value()),
            "database": _public(self.settings.database_url.get_secret_value()),
            "broker": self.settings.base_url,
        }
        places["gateway"] = f"http://{HOST}:{self.ports['gateway']}"
        if "flower" in self.ports:
            places["flower"] = f"http://{HOST}:{self.ports['flower']}"
        return places

    @property
    def shared_settings(self) -> dict[str, str]:
        """Return what another process needs to find this system, as variables, secrets left out."""
        names = [name for name in _SHARED if name in self.settings.model_fields_set]
        shared = {name: str(getattr(self.settings, name)) for name in names}
        for name in ("redis_url", "database_url"):
            address = getattr(self.settings, name).get_secret_value()
            if address == _public(address):
                shared[name] = address
        if self.demo:
            shared |= DEMOS[self.settings.broker].account
        return _variables(shared)


def local_system(
    settings: Settings,
    *,
    scan_workers: int = 2,
    flower: bool = True,
    beat: bool = True,
    say: Callable[[str], None] = print,
) -> System:
    """Return the system that ``settings`` ask for; finds or brings a Redis, and free ports.

    Raises:
        SettingsError: a key is missing that the chosen broker needs, or the gateway's token.
        NoRedis: no Redis server was found, and none could be brought.
    """
    ports, notes = _ports(settings, flower=flower)
    changes = _changes(settings, ports)
    given = settings.model_dump(include=settings.model_fields_set)
    settings = load_settings(**(given | changes))
    if settings.above_published_rate:
        notes.append(settings.above_published_rate)
    login = None
    if flower and settings.flower_basic_auth is None:
        login = f"scanner:{secrets.token_urlsafe(9)}"
    _ = settings.gateway_address  # what is wrong with it is said before anything starts
    environment = _variables(changes)
    session = _session(settings)
    if "mock" in ports:
        notes.append(f"the invented market ends with {session}: start again for a later session")
    programs = [*_foundations(settings, ports, session, say)]
    programs += _workers(settings, scan_workers, environment)
    if beat:
        programs.append(_celery("beat", environment, "beat", f"--loglevel={_log_level(settings)}"))
    level = {"LOG_LEVEL": _log_level(settings)}
    programs.append(_python("gateway", "app.gateway", {**environment, **level}))
    if flower:
        programs.append(_flower(settings, environment, login))
    return System(settings, programs, ports, notes, login)


def _is_demo(settings: Settings) -> bool:
    """Say whether the broker is ours to bring: no key is set, and no address of another."""
    if settings.has_credentials:
        return False
    names = settings.variables
    if getattr(settings, names.base_url.lower()) is None:
        return True
    raise SettingsError(
        f"{names.key}: got nothing, want the app key for {settings.base_url}; "
        f"for a demo without a key leave {names.base_url} unset"
    )


def _ports(settings: Settings, *, flower: bool) -> tuple[dict[str, int], list[str]]:
    """Return a free port for each part that listens, and a line for each that had to move."""
    wanted = {}
    if "redis_url" not in settings.model_fields_set:
        wanted["redis"] = 6379
    if _is_demo(settings):
        wanted["mock"] = DEMOS[settings.broker].port
        wanted["stream"] = STREAM_PORT
    wanted["gateway"] = settings.gateway_port
    if flower:
        wanted["flower"] = settings.flower_port
    ports: dict[str, int] = {}
    for name, port in wanted.items():
        ports[name] = free_port(port, ports.values())
    moved = {name: port for name, port in ports.items() if port != wanted[name]}
    return ports, [f"port {wanted[n]} is taken: {n} listens on {port}" for n, port in moved.items()]


def _changes(settings: Settings, ports: Mapping[str, int]) -> dict[str, str]:
    """Return the settings that this run makes different from what was given."""
    changes = {"gateway_port": str(ports["gateway"])}
    if "flower" in ports:
        changes["flower_port"] = str(ports["flower"])
    if "redis" in ports:
        changes["redis_url"] = f"redis://{HOST}:{ports['redis']}/0"
    if "mock" in ports:
        changes |= {"broker": settings.broker, **DEMOS[settings.broker].account}
        changes[settings.variables.base_url.lower()] = f"http://{HOST}:{ports['mock']}"
        changes[settings.variables.stream_url.lower()] = f"ws://{HOST}:{ports['stream']}"
        if "database_url" not in settings.model_fields_set:
            changes["database_url"] = f"sqlite:///{VAR}/demo.db"
    return changes


def _foundations(
    settings: Settings, ports: Mapping[str, int], session: str, say: Callable[[str], None]
) -> Iterator[Program]:
    """Yield what the others stand on; a mock's market ends with ``session``."""
    if "redis" in ports:
        of = "demo" if "mock" in ports else settings.credential.replace(":", "-")
        yield redis_program(redis_binary(say), ports["redis"], VAR / "redis" / of)
    if "mock" in ports:
        market = ("--tickers", "40", "--seed", "1", "--today", session)
        yield _mock("mock", DEMOS[settings.broker].module, ports, (*_limits(settings), *market))
        yield _mock("stream", "tests.mock_servers.stream", ports, market)


def _mock(name: str, module: str, ports: Mapping[str, int], options: Sequence[str]) -> Program:
    command = (sys.executable, "-m", module, "--port", str(ports[name]), *options)
    return Program(name, command, {"PYTHONPATH": str(PROJECT)}, stage=1)


def _limits(settings: Settings) -> list[str]:
    """Return the options that give a mock the limits that the scanner keeps to."""
    limits = ["--rate", f"{float(settings.rate):g}"]
    if settings.profile.rate_a_call:
        limits += ["--api-rate", str(settings.profile.rate_a_call)]
    return limits


def _session(settings: Settings) -> str:
    """Return the session that a scan looks at now; what is planted stands at its end."""
    services = connect(settings)
    return services.calendar.session_at(services.clock()).isoformat()


def _workers(
    settings: Settings, scan_workers: int, environment: Mapping[str, str]
) -> Iterator[Program]:
    queues = {f"scan{number}": "broker" for number in range(1, scan_workers + 1)}
    for name, queue in (queues | {"signals": "signals,control"}).items():
        arguments = [f"--queues={queue}", "--concurrency=1", f"--hostname={name}@%h"]
        arguments += [f"--loglevel={_log_level(settings)}", "--without-mingle", "--without-gossip"]
        yield _celery(name, environment, "worker", *arguments)


def _flower(settings: Settings, environment: Mapping[str, str], login: str | None) -> Program:
    auth = settings.flower_basic_auth
    password = auth.get_secret_value() if auth else str(login)
    own = {"FLOWER_ADDRESS": HOST, "FLOWER_BASIC_AUTH": password}
    quiet = "--logging=error"  # it warns of each worker that is slow to answer
    return _celery("flower", {**environment, **own}, "flower", quiet)


def _celery(name: str, environment: Mapping[str, str], *arguments: str) -> Program:
    own = {
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",  # as in containers
        "REMAP_SIGTERM": "SIGQUIT",  # a worker told to stop puts its task back within 2 s
    }
    given = ("--quiet", "-A", "workers.celery_app", *arguments)
    return _python(name, "celery", {**environment, **own}, *given)


def _python(name: str, module: str, environment: Mapping[str, str], *arguments: str) -> Program:
    own = {"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}
    return Program(name, (sys.executable, "-m", module, *arguments), {**environment, **own})


def _log_level(settings: Settings) -> str:
    return settings.log_level if "log_level" in settings.model_fields_set else "WARNING"


def _variables(settings: Mapping[str, str]) -> dict[str, str]:
    return {name.upper(): value for name, value in settings.items()}


def _public(address: str) -> str:
    """Return ``address`` as it is when it holds no password, else only its place."""
    url = urlsplit(address)
    if url.password is None and "password" not in url.query:
        return address
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{url.hostname or ''}{port}{url.path}"
