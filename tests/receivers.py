"""A receiver of messages over real HTTP: what apprise sends to ``json://`` arrives here."""

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest

# Its e-mail plugin imports a module that Python 3.13 has no more.
loads_apprise = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TOKEN = "k7Qz-receivers-token-Xw19"
ANSWER = b'{"ok": true, "result_code": 0, "access_token": "a", "refresh_token": "renewed"}'
GONE = 0  # instead of a status: the connection is closed without an answer


class Arrived(NamedTuple):
    """A message as it arrived."""

    path: str
    body: str

    @property
    def title(self) -> str:
        """Return the title of a message to ``json://``."""
        return str(json.loads(self.body)["title"])

    @property
    def text(self) -> str:
        """Return the text of a message to ``json://``."""
        return str(json.loads(self.body)["message"])


class Receiver:
    """Takes messages; ``answers`` are the statuses of the next ones, then 200.

    While ``open`` is not set, a message is taken in and not answered.
    """

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self.answers: deque[int] = deque()
        self.open = threading.Event()
        self.open.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Return its address for NOTIFY_URLS, with a token in it."""
        return f"json://127.0.0.1:{self.port}/{TOKEN}"

    def stop(self) -> None:
        """Answer what is open, and listen no more."""
        self.open.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.arrived.append(Arrived(self.path, body))
                receiver.open.wait()
                status = receiver.answers.popleft() if receiver.answers else 200
                if status != GONE:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(ANSWER)))
                    self.end_headers()
                    self.wfile.write(ANSWER)
                self.close_connection = True

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """Run a receiver for the length of the block."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.stop()
