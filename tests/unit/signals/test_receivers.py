"""What goes out to the receivers that people use most, and what they are told of its end."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from app.signals.receivers import BadReceiver, receivers_of
from app.signals.receivers import Receiver as Sender
from tests.receivers import GONE, Receiver, loads_apprise, running_receiver
from tests.system import ROOT

pytestmark = loads_apprise

DOCS = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_receiver() as server:
        yield server


def sender_to(url: str, store: Path) -> Sender:
    [sender] = receivers_of([SecretStr(url)], store=store)
    return sender


def test_telegram_gets_the_text_as_it_is(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address = f"http://127.0.0.1:{receiver.port}/bot"
    monkeypatch.setattr("apprise.plugins.telegram.NotifyTelegram.notify_url", address)
    sender = sender_to("tgram://123456789:abcdefg_hijklmnop/12315544", tmp_path)

    delivery = sender.send("장전 VCP 08:12 · 새 신호 1건", "A&B <주> 005930\n16,100 (+4.15%)")

    assert delivery.ok
    assert (sender.name, sender.room) == ("telegram #1", 4096)
    [message] = receiver.arrived
    assert message.path == "/bot123456789:abcdefg_hijklmnop/sendMessage"
    sent = json.loads(message.body)
    assert (sent["chat_id"], sent["parse_mode"]) == (12315544, "HTML")
    title, *lines = sent["text"].splitlines()
    assert title == "<b>장전 VCP 08:12 · 새 신호 1건</b>"
    assert lines == ["A&amp;B &lt;주&gt; 005930", "16,100 (+4.15%)"]


def test_kakaotalk_logs_in_once_and_keeps_the_renewed_login_for_the_next_process(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address, plugin = f"http://127.0.0.1:{receiver.port}", "apprise.plugins.kakaotalk"
    monkeypatch.setattr(f"{plugin}.NotifyKakaoTalk.token_url", f"{address}/token")
    monkeypatch.setattr(f"{plugin}.NotifyKakaoTalk.notify_me_url", f"{address}/send")
    url = "kakao://aclientid/the_first_refresh_token"

    for text in ("하나", "둘"):
        assert sender_to(url, tmp_path).send("제목", text).ok

    assert [message.path for message in receiver.arrived] == ["/token", "/send", "/send"]
    template = json.loads(parse_qs(receiver.arrived[1].body)["template_object"][0])
    assert template["text"].split() == ["제목", "하나"]
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
    assert sender_to(url, tmp_path).room == 200


def test_a_store_that_cannot_be_written_keeps_no_message_back(
    receiver: Receiver, tmp_path: Path
) -> None:
    taken = tmp_path / "a file"
    taken.touch()

    assert sender_to(receiver.url, taken).send("제목", "본문").ok


@pytest.mark.parametrize(
    ("answer", "reason", "unsure"),
    [
        (200, "", False),
        (401, "it answered 401", False),
        (500, "it answered 500", False),
        (GONE, "no answer", True),
    ],
)
def test_only_what_nobody_answered_may_have_arrived(
    receiver: Receiver, tmp_path: Path, answer: int, reason: str, unsure: bool
) -> None:
    receiver.answers.append(answer)

    delivery = sender_to(receiver.url, tmp_path).send("제목", "본문")

    assert (delivery.reason, delivery.unsure) == (reason, unsure)


def test_what_never_reached_anyone_has_not_arrived(tmp_path: Path) -> None:
    delivery = sender_to("json://127.0.0.1:1/", tmp_path).send("제목", "본문")

    assert (delivery.reason, delivery.unsure) == ("not reachable", False)


def test_a_receiver_that_hangs_leaves_a_thread_that_keeps_no_process_from_ending(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.signals.receivers.SEND_SECONDS", 0.2)
    receiver.open.clear()

    delivery = sender_to(receiver.url, tmp_path).send("제목", "본문")

    assert (delivery.reason, delivery.unsure) == ("no answer in 0.2 s", True)
    [left] = [each for each in threading.enumerate() if each.name == "message to json #1"]
    assert left.daemon


@pytest.mark.parametrize("url", ["", "nothing", "://x", "x://", "json:/127.0.0.1", "-x://y"])
def test_a_text_that_is_no_address_is_refused_before_apprise_is_loaded(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises(BadReceiver, match="number 1 is no address like SCHEME://"):
        sender_to(url, tmp_path).check()


def test_every_address_in_the_documentation_is_one_that_can_be_used(tmp_path: Path) -> None:
    table = re.findall(r"^\| .+? \| `(\S+)` \| ([\d,]+)", DOCS, re.MULTILINE)
    addresses = receivers_of([SecretStr(address) for address, _ in table], store=tmp_path)

    takes = {each.name: each.room for each in addresses}

    assert list(takes.values()) == [int(room.replace(",", "")) for _, room in table]
    first_four = ["telegram #1", "discord #2", "slack #3", "kakaotalk #4"]
    assert list(takes) == [*first_four, "e-mail #5", "jsons #6"]
