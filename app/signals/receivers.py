"""Who gets messages: the addresses of ``NOTIFY_URLS``, each reached through apprise.

An address carries its receiver's token. So whatever apprise and the libraries below it log is kept
to itself, errors name a receiver as ``telegram #1``, and of what went wrong they say the status of
the answer and no more.
"""

import logging
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

if TYPE_CHECKING:
    from apprise import Apprise

SEND_SECONDS = 10.0  # for one message, whatever a receiver does: a scan's tasks wait behind it
ANSWER_SECONDS = 8.0  # a slow answer is one; apprise would give up after 4 s and send again

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,29})://\S")
_PLAIN = {"tgram": "telegram", "kakao": "kakaotalk", "mailto": "e-mail", "mailtos": "e-mail"}
_STATUS = re.compile(r"\berror[=:] ?(\d{3})\b")
_NOT_CONNECTED = re.compile(
    "NewConnectionError|NameResolutionError|ConnectTimeout|ProxyError|SSLError|Connection refused"
)
_TALKATIVE = ("requests_oauthlib", "urllib3")  # at DEBUG they log the path, which holds a token
_heard = threading.local()  # by the thread that sends


class BadReceiver(ValueError):
    """An address that no message can go to; the text names its number and kind, never itself."""


@dataclass(frozen=True)
class Delivery:
    """What became of a message. ``unsure``: it may have arrived although nobody said so."""

    reason: str = ""
    unsure: bool = False

    @property
    def ok(self) -> bool:
        """Say whether the receiver took it."""
        return not self.reason


class Receiver:
    """One address; ``number`` is its place among them, ``store`` where its login may be kept."""

    def __init__(self, number: int, url: SecretStr, *, store: Path) -> None:
        self._number = number
        self._url = url
        self._store = store
        scheme = _SCHEME.match(url.get_secret_value().lower())
        self._scheme = scheme.group(1) if scheme else ""

    @property
    def name(self) -> str:
        """Return what it is called in logs, errors and the database."""
        return f"{_PLAIN.get(self._scheme, self._scheme) or 'receiver'} #{self._number}"

    @property
    def room(self) -> int:
        """Return how many characters it takes at once.

        Raises:
            BadReceiver: its address cannot be used.
        """
        return int(self._apprise[0].body_maxlen)

    def send(self, title: str, text: str) -> Delivery:
        """Send a message; return within ``SEND_SECONDS``, whatever the receiver does.

        Raises:
            BadReceiver: its address cannot be used.
        """
        apprise = self._apprise
        done: list[Delivery] = []
        thread = threading.Thread(
            target=lambda: done.append(_send(apprise, title, text)),
            name=f"message to {self.name}",
            daemon=True,  # one that hangs keeps no process from ending
        )
        thread.start()
        thread.join(SEND_SECONDS)
        return done[0] if done else Delivery(f"no answer in {SEND_SECONDS:g} s", unsure=True)

    def check(self) -> None:
        """Make sure that the address can be used; nothing is sent.

        Raises:
            BadReceiver: it cannot.
        """
        _ = self._apprise

    @cached_property
    def _apprise(self) -> "Apprise":
        if not self._scheme:
            raise BadReceiver(f"number {self._number} is no address like SCHEME://…")
        from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - 60 MB, for who sends messages

        logger = logging.getLogger("apprise")
        logger.addFilter(_listen)
        logger.setLevel(logging.DEBUG)  # there it says why no connection was made
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        asset = AppriseAsset(
            app_id="krx-scanner",
            async_mode=False,  # in the thread that calls, whose time is limited already
            service_timeout=0,
            storage_path=str(self._store),
            storage_mode="flush",  # at once: a worker is killed, not closed
        )
        plugin = Apprise.instantiate(self._url.get_secret_value(), asset=asset)
        if plugin is None:
            raise BadReceiver(
                f"number {self._number}, {self._scheme}://, is unknown to apprise or lacks a part: "
                "see docs/messages.md"
            )
        plugin.socket_read_timeout = max(plugin.socket_read_timeout, ANSWER_SECONDS)
        return Apprise(plugin, asset=asset)


def receivers_of(urls: Sequence[SecretStr], *, store: Path) -> tuple[Receiver, ...]:
    """Return the receivers at ``urls``, numbered from 1; nothing is opened yet."""
    return tuple(Receiver(number, url, store=store) for number, url in enumerate(urls, 1))


def _send(apprise: "Apprise", title: str, text: str) -> Delivery:
    """Send; apprise raises nothing and says only yes or no: why not, stands in its log."""
    _heard.delivery = Delivery("no answer", unsure=True)
    sent = apprise.notify(body=text, title=title, body_format="text")
    return Delivery() if sent else _heard.delivery


def _listen(record: logging.LogRecord) -> bool:
    """Note why a message was not delivered; nothing that apprise logs goes any further."""
    said = record.getMessage()
    if status := _STATUS.search(said):
        _heard.delivery = Delivery(f"it answered {status.group(1)}")
    elif _NOT_CONNECTED.search(said):
        _heard.delivery = Delivery("not reachable")
    return False
