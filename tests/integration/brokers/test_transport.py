"""Nothing gets around the limiter, and every way to fail gives its permit back rightly."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import BaseModel, Field
from redis import Redis

from app.brokers.errors import BrokerRefused, BrokerUnavailable, RateRefused
from app.brokers.kis_dialect import KisDialect
from app.brokers.transport import CallLimit, LimitedAdapter, Transport
from app.brokers.work import work
from app.limiter import Limiter, LimiterUnavailable, PermitTimeout, Quota
from tests.conftest import PATIENCE_SECONDS, RedisServer, free_port, wait_until

NAME = "kis:main"
QUOTA = Quota(calls=20, window_seconds=0.05)
TOO_MANY = {"rt_cd": "1", "msg_cd": "EGW00201", "msg1": "초당 거래건수를 초과하였습니다."}


class Anything(BaseModel):
    """An answer that is not looked at."""


class Paged(BaseModel):
    """An answer that goes on elsewhere."""

    rt_cd: str
    next_key: str = Field("", alias="next-key")


class Host(ThreadingHTTPServer):
    """A broker of few words: answers everything alike, and remembers who asked for what."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = json.dumps({"rt_cd": "0"}).encode()
        self.missing = 0  # bytes that are announced and never come
        self.answers = threading.Event()
        self.answers.set()


class _Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Host

    def do_GET(self) -> None:
        host = self.server
        host.asked.append((self.path, dict(self.headers)))
        host.answers.wait()
        if host.status == 0:
            self.close_connection = True
            return
        self.send_response(host.status)
        length = str(len(host.body) + host.missing)
        for name, value in {**host.headers, "Content-Length": length}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(host.body)
        self.close_connection = bool(host.missing)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Stay silent."""


@contextmanager
def running_host() -> Iterator[Host]:
    with Host() as host:
        thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield host
        host.answers.set()
        host.shutdown()
        thread.join()


@pytest.fixture
def host() -> Iterator[Host]:
    with running_host() as host:
        yield host


@pytest.fixture
def elsewhere() -> Iterator[Host]:
    with running_host() as host:
        yield host


@pytest.fixture
def limiter(redis_url: str) -> Iterator[Limiter]:
    """Return a limiter that has its memory still: a fresh one begins with a hold."""
    with Redis.from_url(redis_url) as redis:
        limiter = Limiter(redis, lease_seconds=600)  # longer than anything here is waited for
        yield limiter
        limiter.close()


@pytest.fixture
def to(limiter: Limiter) -> Iterator[Callable[..., Transport]]:
    """Return a maker of transports, closed at the end."""
    made: list[Transport] = []

    def make(base_url: str, **options: Any) -> Transport:
        given = {"name": NAME, "limiter": limiter, "limits": {NAME: QUOTA}, "dialect": KisDialect()}
        made.append(Transport(base_url, **{**given, **options}))
        return made[-1]

    yield make
    for transport in made:
        transport.close()


def ask(transport: Transport, **options: Any) -> None:
    given: dict[str, Any] = {"answer": Anything, "headers": {}, **options}
    transport.call("price", "GET", "/price", **given)


def test_every_request_takes_a_permit(
    host: Host, limiter: Limiter, to: Callable[..., Transport]
) -> None:
    transport, files = to(host.url), to(host.url)
    before = limiter.state(NAME).grants

    ask(transport)
    ask(transport)
    files.fetch_file("a file", "/file.zip")

    assert len(host.asked) == limiter.state(NAME).grants - before == 3


def test_a_permit_is_of_the_account_and_of_the_call_where_the_broker_counts_both(
    host: Host, limiter: Limiter, to: Callable[..., Transport]
) -> None:
    transport = to(host.url, call_limit=CallLimit("api-id", QUOTA))
    names = (NAME, f"{NAME}:ka10081", f"{NAME}:ka10001")
    before = [limiter.state(name).grants for name in names]

    ask(transport, headers={"api-id": "ka10081"})
    ask(transport, headers={"api-id": "ka10081"})
    ask(transport, headers={"api-id": "ka10001"})
    ask(transport)

    granted = [limiter.state(name).grants for name in names]
    assert [now - then for now, then in zip(granted, before, strict=True)] == [4, 2, 1]


def test_a_call_whose_own_limit_is_used_up_is_not_made(
    host: Host, to: Callable[..., Transport]
) -> None:
    slow = CallLimit("api-id", Quota(calls=1, window_seconds=300.0))  # begins with a hold
    transport = to(host.url, call_limit=slow)

    with pytest.raises(PermitTimeout, match=f"{NAME}:used-up"), work(priority=0, permit_seconds=1):
        ask(transport, headers={"api-id": "used-up"})
    ask(transport, headers={})

    assert [headers.get("api-id") for _, headers in host.asked] == [None]


def test_a_refusal_of_a_call_pauses_that_call_too(
    host: Host, limiter: Limiter, to: Callable[..., Transport]
) -> None:
    host.status, host.body = 500, json.dumps(TOO_MANY).encode()
    before = limiter.state(f"{NAME}:refused").refusals

    with pytest.raises(RateRefused):
        ask(
            to(host.url, call_limit=CallLimit("api-id", QUOTA)),
            headers={"api-id": "refused"},
            patience_seconds=0,
        )

    assert limiter.state(f"{NAME}:refused").refusals - before == 1


def test_what_an_answer_says_in_its_headers_is_read_with_its_body(
    host: Host, to: Callable[..., Transport]
) -> None:
    host.headers = {"Next-Key": "page 2"}
    host.body = json.dumps({"rt_cd": "0", "next-key": "from the body"}).encode()
    transport = to(host.url)

    def next_key(*told_in_headers: str) -> str:
        return transport.call(
            "page", "GET", "/page", answer=Paged, headers={}, told_in_headers=told_in_headers
        ).next_key

    assert next_key("next-key", "cont-yn") == "page 2"
    assert next_key() == "from the body"


def test_no_other_host_can_be_reached(
    host: Host, elsewhere: Host, to: Callable[..., Transport]
) -> None:
    http = to(host.url)._http
    one_digit_short = to(elsewhere.url[:-1])._http

    for session, url in [
        (http, f"{elsewhere.url}/price"),
        (http, f"{host.url}@{elsewhere.url.removeprefix('http://')}/price"),
        (http, host.url.replace("127.0.0.1", "localhost") + "/price"),
        (http, host.url.replace("http:", "https:") + "/price"),
        (one_digit_short, f"{elsewhere.url}/price"),
    ]:
        with pytest.raises(requests.exceptions.InvalidSchema, match="No connection adapters"):
            session.get(url)

    assert (host.asked, elsewhere.asked) == ([], [])


def test_a_session_has_one_adapter_which_never_repeats_by_itself(
    host: Host, to: Callable[..., Transport]
) -> None:
    (adapter,) = to(host.url)._http.adapters.values()

    assert isinstance(adapter, LimitedAdapter)
    assert adapter.max_retries.total == 0


def test_a_request_that_takes_another_way_into_the_session_pays_as_well(
    host: Host, limiter: Limiter, to: Callable[..., Transport]
) -> None:
    before = limiter.state(NAME).grants

    to(host.url)._http.get(f"{host.url}/price", timeout=PATIENCE_SECONDS)

    assert len(host.asked) == limiter.state(NAME).grants - before == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(
    host: Host, elsewhere: Host, to: Callable[..., Transport], status: int
) -> None:
    host.status, host.headers, host.body = status, {"Location": f"{elsewhere.url}/price"}, b""

    with pytest.raises(BrokerUnavailable, match=f"HTTP {status} with 0 bytes"):
        ask(to(host.url))

    assert (len(host.asked), elsewhere.asked) == (1, [])


def test_neither_proxy_nor_netrc_come_between(
    host: Host, to: Callable[..., Transport], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password else\n")

    ask(to(host.url), access_token="eyJ-mine")

    ((_, headers),) = host.asked
    assert headers["authorization"] == "Bearer eyJ-mine"


def test_without_the_limiter_there_is_no_request(
    host: Host, to: Callable[..., Transport], redis_server: RedisServer
) -> None:
    with Redis.from_url(redis_server.url) as lost:
        limiter = Limiter(lost)
        transport = to(host.url, limiter=limiter)
        redis_server.kill()

        with pytest.raises(LimiterUnavailable), work(priority=0, permit_seconds=0.2):
            ask(transport)
        limiter.close()

    assert host.asked == []


def test_a_call_that_gets_no_permit_in_time_is_not_made(
    host: Host, to: Callable[..., Transport]
) -> None:
    begins_with_a_hold = to(
        host.url, name="slow", limits={"slow": Quota(calls=1, window_seconds=300.0)}
    )

    with pytest.raises(PermitTimeout), work(priority=0, permit_seconds=0.2):
        ask(begins_with_a_hold)

    assert host.asked == []


def test_a_call_without_an_answer_keeps_its_permit_until_the_lease_ends(
    host: Host, to: Callable[..., Transport]
) -> None:
    only_one = Quota(calls=1, window_seconds=0.05)
    transport = to(host.url, name="unanswered", limits={"unanswered": only_one}, read_seconds=0.2)
    host.answers.clear()

    with pytest.raises(BrokerUnavailable, match=r"^unanswered: price: no answer within 0\.2 s$"):
        ask(transport)

    with pytest.raises(PermitTimeout), work(priority=0, permit_seconds=5):
        ask(transport)


def test_a_cut_connection_gives_its_permit_back(host: Host, to: Callable[..., Transport]) -> None:
    transport = to(host.url, name="cut", limits={"cut": Quota(calls=1, window_seconds=0.05)})
    host.status = 0

    for _ in range(2):
        with (
            pytest.raises(
                BrokerUnavailable, match=r": Remote end closed connection without response$"
            ),
            work(priority=0, permit_seconds=PATIENCE_SECONDS),
        ):
            ask(transport)

    assert len(host.asked) == 2


def test_an_answer_that_breaks_off_is_told_in_one_line(
    host: Host, to: Callable[..., Transport]
) -> None:
    host.missing = 7

    with pytest.raises(BrokerUnavailable) as caught:
        ask(to(host.url))

    length = len(host.body)
    broken = f"Connection broken: IncompleteRead({length} bytes read, 7 more expected)"
    assert str(caught.value) == f"kis:main: price: {broken}"


def test_a_page_of_a_firewall_is_a_refusal_and_says_what_it_is(
    host: Host, to: Callable[..., Transport]
) -> None:
    host.status, host.body = 400, b"\n<html><body>The requested URL was rejected.</body></html>"

    with pytest.raises(BrokerRefused, match="HTTP 400 with a page of HTML: a firewall"):
        ask(to(host.url))
    host.status = 502
    with pytest.raises(BrokerUnavailable, match="HTTP 502 with 58 bytes that are not a JSON"):
        ask(to(host.url))


def test_a_host_that_is_not_there_is_told_in_one_line(to: Callable[..., Transport]) -> None:
    with pytest.raises(BrokerUnavailable, match=r"^kis:main: price: .*refused$") as caught:
        ask(to(f"http://127.0.0.1:{free_port()}"))

    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told_with_its_status(
    host: Host, to: Callable[..., Transport]
) -> None:
    host.status = 404

    with pytest.raises(BrokerUnavailable, match=r"a file: HTTP 404 from /file.zip"):
        to(host.url).fetch_file("a file", "/file.zip")


def test_a_rate_refusal_is_repeated_for_as_long_as_told(
    host: Host, limiter: Limiter, to: Callable[..., Transport]
) -> None:
    host.status, host.body = 500, json.dumps(TOO_MANY).encode()
    clock = iter([0.0, 10.0, 20.0, 30.0]).__next__
    before = limiter.state(NAME).refusals

    with work(priority=0) as tally, pytest.raises(RateRefused, match="one request too many"):
        ask(to(host.url, clock=clock))

    assert (len(host.asked), tally.calls, tally.refused) == (3, 3, 3)
    assert limiter.state(NAME).refusals - before == 3


def test_a_call_without_patience_is_made_once(host: Host, to: Callable[..., Transport]) -> None:
    host.status, host.body = 500, json.dumps(TOO_MANY).encode()

    with pytest.raises(RateRefused):
        ask(to(host.url), patience_seconds=0)

    assert len(host.asked) == 1


def test_work_counts_what_its_thread_sends_and_nothing_else(
    host: Host, to: Callable[..., Transport]
) -> None:
    transport = to(host.url)
    another = threading.Thread(target=ask, args=(transport,))

    with work(priority=6) as outer:
        with work(priority=0) as inner:
            ask(transport)
            another.start()
            another.join()
        ask(transport)

    wait_until(lambda: len(host.asked) == 3)
    assert (inner.calls, outer.calls) == (1, 2)
    assert outer.waited_seconds >= inner.waited_seconds >= 0
