"""The containers' files: read by what reads them, and held to what they promise."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from app.settings import VARIABLES, Settings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
READ: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = READ["services"]
TEST = {name for name, service in SERVICES.items() if service.get("profiles") == ["test"]}
PRODUCTION = set(SERVICES) - TEST
THIRD_PARTY = {"redis", "postgres", "redis-test", "postgres-test"}
PASSWORDS = ("REDIS_PASSWORD", "POSTGRES_PASSWORD", "FLOWER_BASIC_AUTH", "GATEWAY_TOKEN")
FLOWERS_SETTINGS = {"FLOWER_PORT", "FLOWER_BASIC_AUTH"}
GATEWAYS_SETTINGS = {"GATEWAY_HOST", "GATEWAY_PORT", "GATEWAY_TOKEN"}

needs_docker = pytest.mark.skipif(
    shutil.which("docker") is None
    or subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode
    != 0,
    reason="Docker Compose is not installed here; the schema is checked anyway",
)


def run(
    *command: str, cwd: Path = ROOT, unset: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", *unset}}
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_compose_file_fits_the_compose_specification() -> None:
    done = run(
        *(sys.executable, "-m", "check_jsonschema"),
        *("--builtin-schema", "vendor.compose-spec", str(COMPOSE)),
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    done = run(str(Path(sys.executable).with_name("hadolint")), "Dockerfile")

    assert (done.returncode, done.stdout) == (0, "")


@needs_docker
@pytest.mark.parametrize("profile", [(), ("--profile", "test")])
def test_the_file_can_be_read_with_nothing_set(profile: tuple[str, ...]) -> None:
    nothing = ("--env-file", os.devnull)
    done = run("docker", "compose", *nothing, *profile, "config", "--quiet", unset=PASSWORDS)

    assert (done.returncode, done.stderr) == (0, "")


@needs_docker
def test_the_test_environment_needs_no_setting() -> None:
    done = run(
        *("docker", "compose", "--env-file", "docker/test.env", "config", "--services"),
        unset=PASSWORDS,
    )

    assert set(done.stdout.split()) == set(SERVICES), done.stderr


@pytest.mark.parametrize(
    ("name", "variable", "said"),
    [
        ("redis", "REDISCLI_AUTH", "REDIS_PASSWORD: got nothing, set it in .env"),
        ("postgres", "POSTGRES_PASSWORD", "POSTGRES_PASSWORD: got nothing, set it in .env"),
        ("flower", "FLOWER_BASIC_AUTH", "FLOWER_BASIC_AUTH: got nothing, want USER:PASSWORD"),
    ],
)
def test_without_a_password_a_service_does_not_start_and_says_why(
    name: str, variable: str, said: str
) -> None:
    service = SERVICES[name]
    *shell, script = service.get("entrypoint") or service["command"]

    done = run(*shell, script.replace("$$", "$"), unset=(variable,))

    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_a_token_the_gateway_does_not_start_and_says_why(tmp_path: Path) -> None:
    _, *arguments = SERVICES["gateway"]["command"].split()
    host = SERVICES["gateway"]["environment"]["GATEWAY_HOST"]

    done = run(
        *(sys.executable, *arguments),
        cwd=tmp_path,  # where no .env is
        GATEWAY_HOST=host,
        GATEWAY_TOKEN="",
    )

    assert done.returncode == 2
    assert done.stderr.startswith("gateway: GATEWAY_TOKEN: got nothing, want a long random text")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_whether_it_is_well_and_is_not_open_to_the_network(name: str) -> None:
    service = SERVICES[name]

    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert "curl" not in str(service["healthcheck"])
    assert [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")] == []
    waited_for = service.get("depends_on", {})
    assert {each["condition"] for each in waited_for.values()} <= {"service_healthy"}
    assert set(waited_for) <= (TEST if name in TEST else PRODUCTION)


@pytest.mark.parametrize("name", sorted(set(SERVICES) - THIRD_PARTY))
def test_a_container_of_ours_may_do_nothing_but_its_work(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["init"]  # hands on SIGTERM and buries the dead


def test_the_parts_of_production_come_back_and_those_of_tests_do_not() -> None:
    kept = {name for name in SERVICES if SERVICES[name].get("restart") == "unless-stopped"}

    assert kept == PRODUCTION


def test_a_mock_gets_little_and_keeps_its_port() -> None:
    given = {
        name: (each["cpus"], each["mem_limit"], each["ports"])
        for name, each in SERVICES.items()
        if name.startswith("mock-")
    }

    assert given == {
        "mock-kiwoom-api": (0.5, "512m", ["127.0.0.1:5116:5116"]),
        "mock-websocket": (0.25, "256m", ["127.0.0.1:5117:5117"]),
        "mock-kis": (0.5, "512m", ["127.0.0.1:5118:5118"]),
    }


@pytest.mark.parametrize("name", sorted(name for name in TEST if name.startswith("mock-")))
def test_the_module_that_a_mock_container_starts_is_there(name: str) -> None:
    module = re.findall(r"python -m (\S+)", SERVICES[name]["command"])[0]

    assert find_spec(f"{module}.__main__")


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("scan-worker", FLOWERS_SETTINGS | GATEWAYS_SETTINGS),
        ("signal-worker", FLOWERS_SETTINGS | GATEWAYS_SETTINGS),
        ("gateway", FLOWERS_SETTINGS),
    ],
)
def test_every_setting_of_a_service_reaches_it(name: str, others: set[str]) -> None:
    settings = {field.upper() for field in Settings.model_fields} - others

    assert set(SERVICES[name]["environment"]) - {"REMAP_SIGTERM"} == settings


@pytest.mark.parametrize("name", sorted(name for name in TEST if name not in THIRD_PARTY))
def test_what_is_tested_never_meets_a_real_broker(name: str) -> None:
    given = SERVICES[name].get("environment", {})
    hosts = {urlsplit(value).hostname for variable, value in given.items() if "_URL" in variable}
    brokers = {variable for each in VARIABLES.values() for variable in each[1:3]}

    assert hosts <= TEST
    assert name.startswith("mock-") or brokers <= set(given)


@pytest.mark.parametrize(
    ("name", "port"), [("gateway", "${GATEWAY_PORT:-5111}"), ("gateway-test", "5112")]
)
def test_a_gateway_is_found_on_a_port_of_its_own(name: str, port: str) -> None:
    assert SERVICES[name]["ports"] == [f"127.0.0.1:{port}:5111"]
    assert SERVICES[name]["healthcheck"]["test"][2:] == ["docker/answers.py", "5111"]


@pytest.mark.parametrize("name", sorted(PRODUCTION))
def test_no_secret_stands_in_the_file(name: str) -> None:
    secret = re.compile("PASSWORD|SECRET|KEY|AUTH|TOKEN|ACCOUNT|URL")
    given = SERVICES[name]["environment"]
    written = {k: v for k, v in given.items() if secret.search(k) and v and "${" not in v}

    assert written == {}
    assert not re.search(r"\$\{\w*(PASSWORD|AUTH|TOKEN)", str(SERVICES[name].get("command")))


def test_only_what_is_named_gets_into_an_image() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if not line.startswith("#")]

    assert rules[0] == "*"
    assert [rule for rule in rules if re.search(r"\.env|var|\.db", rule)] == []


def test_make_brings_up_the_services_of_the_profile_test() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"^TEST_SERVICES = ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)[0]

    assert set(named.replace("\\", "").split()) == TEST


def test_without_docker_make_says_so_in_one_line(tmp_path: Path) -> None:
    for tool in ("make", "sh"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))

    done = run("make", "test-up", PATH=str(tmp_path))

    assert done.returncode != 0
    assert done.stderr.splitlines()[0].startswith("Docker with its compose plugin is needed")
