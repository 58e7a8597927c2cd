"""``scanner notify-test`` and ``scanner doctor`` say who gets messages, and who does not."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.cli import run
from tests.receivers import TOKEN, Receiver, loads_apprise, running_receiver
from tests.unit.cli.conftest import Hands, signal_of

pytestmark = loads_apprise

Capture = pytest.CaptureFixture[str]
NOBODY = f"json://127.0.0.1:1/{TOKEN}"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_receiver() as server:
        yield server


@pytest.fixture
def set_urls(monkeypatch: pytest.MonkeyPatch, empty_folder: Path, receiver: Receiver) -> None:
    monkeypatch.setenv("NOTIFY_URLS", f"{receiver.url} {NOBODY}")


@pytest.mark.usefixtures("set_urls")
def test_everyone_gets_a_test_message_and_who_did_not_is_said(
    receiver: Receiver, capsys: Capture
) -> None:
    code = run(["notify-test"])

    said = capsys.readouterr().out.splitlines()
    assert code == 1
    assert said[0].startswith("ok    json #1           delivered in ")
    assert said[1] == "fail  json #2           not reachable → check its address in NOTIFY_URLS"
    assert [message.title for message in receiver.arrived] == ["krx-scanner 시험 메시지"]


@pytest.mark.usefixtures("set_urls")
def test_all_delivered_is_done(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("NOTIFY_URLS", receiver.url)
    monkeypatch.setenv("UI_LANG", "en")
    monkeypatch.setenv("NOTIFY_GRADE", "A")

    assert run(["notify-test", "--json"]) == 0

    [tested] = json.loads(capsys.readouterr().out)["receivers"]
    assert (tested["receiver"], tested["delivered"], tested["reason"]) == ("json #1", True, "")
    assert receiver.arrived[0].text == "Signals of grade A and better will come here."


@pytest.mark.usefixtures("set_urls")
def test_an_answer_that_refuses_is_told_by_its_status(receiver: Receiver, capsys: Capture) -> None:
    receiver.answers.append(404)

    assert run(["notify-test"]) == 1

    assert "fail  json #1           it answered 404 →" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["notify-test", "up"])
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (("NOTIFY_URLS", f"{NOBODY} slack://{TOKEN}"), "NOTIFY_URLS: number 2, slack://, is"),
        (("NOTIFY_GRADE", "best"), "NOTIFY_GRADE: got 'best', want S, A, B or C"),
    ],
)
@pytest.mark.usefixtures("set_urls")
def test_a_bad_setting_is_bad_usage_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    command: str,
    setting: tuple[str, str],
    said: str,
) -> None:
    monkeypatch.setenv(*setting)

    code = run([command])

    [line] = capsys.readouterr().err.splitlines()
    assert code == 2
    assert line.startswith(f"scanner: {said}")
    assert TOKEN not in line


def test_without_receivers_a_test_is_bad_usage(empty_folder: Path, capsys: Capture) -> None:
    assert run(["notify-test"]) == 2

    assert "NOTIFY_URLS: got nothing, want addresses" in capsys.readouterr().err


def doctor(capsys: Capture) -> list[dict[str, str]]:
    run(["doctor", "--json"])
    checks = json.loads(capsys.readouterr().out)["checks"]
    return [check for check in checks if check["about"] == "messages"]


def test_the_doctor_names_receivers_and_what_did_not_reach_them(
    system: Hands, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    [nobody] = doctor(capsys)
    assert "nobody gets any" in nobody["found"]
    monkeypatch.setenv("NOTIFY_URLS", receiver.url)
    system.find(signal_of("s"))
    now = system.services.clock() + timedelta(seconds=1)
    claim = system.services.messages.claim("json #1", now=now)
    assert claim is not None
    system.services.messages.failed(claim, "it answered 500", unsure=False, now=now)

    fine, failure = doctor(capsys)

    assert (fine["verdict"], fine["found"]) == ("ok", "to json #1: signals of grade S and better")
    assert failure["verdict"] == "warn"
    assert failure["found"].endswith("it answered 500, it is tried again")


def test_the_doctor_finds_an_address_that_cannot_be_used(
    system: Hands, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("NOTIFY_URLS", f"json://127.0.0.1 nonsense://{TOKEN}")

    [check] = doctor(capsys)

    assert check["verdict"] == "fail"
    assert check["found"].startswith("NOTIFY_URLS: number 2, nonsense://, is unknown to apprise")
    assert TOKEN not in str(check)
