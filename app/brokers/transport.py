"""The one way to a broker: HTTP with a permit for every request.

The adapter takes the permit as the last step before the socket and gives it back when the whole
answer is read; what the answer means, the broker's ``Dialect`` says. Open a transport in the
process that uses it: its sockets do not survive a fork.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from requests import PreparedRequest, Request, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectTimeout, ReadTimeout, RequestException

from app.brokers.errors import BrokerUnavailable, RateRefused
from app.brokers.reading import Dialect, Model, Reader
from app.brokers.work import current_work
from app.limiter import Limiter, Quota

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
RATE_PATIENCE_SECONDS = 30.0  # a call that is refused for its rate is repeated for so long


class CallLimit(NamedTuple):
    """What one call of an API may be sent, beside the account's rate: some brokers count both.

    ``header`` is the one of a request that says which call it is.
    """

    header: str
    quota: Quota


def limits_of(name: str, rate: Fraction) -> dict[str, Quota]:
    """Return what an account keeps to, by the limit's name: the first is its rate.

    2.5 a second is 5 calls in 2 s; and, lest they come at once, 3 in any one second.
    """
    limits = {name: Quota(calls=rate.numerator, window_seconds=float(rate.denominator))}
    in_a_second = math.ceil(rate)
    if in_a_second < rate.numerator:
        limits[f"{name}:second"] = Quota(calls=in_a_second)
    return limits


def lease_seconds(rate: Fraction) -> float:
    """Return how long a limiter must keep a permit that nobody gives back: it may be in use."""
    return CONNECT_SECONDS + READ_SECONDS + rate.denominator + 1


class LimitedAdapter(HTTPAdapter):
    """Sends a request when it has a permit for it."""

    def __init__(
        self,
        limiter: Limiter,
        limits: Mapping[str, Quota],
        dialect: Dialect,
        *,
        name: str,
        call_limit: CallLimit | None,
    ) -> None:
        super().__init__(max_retries=0)  # urllib3 would retry below the limiter, without a permit
        self._limiter = limiter
        self._limits = limits
        self._dialect = dialect
        self._name = name
        self._call_limit = call_limit

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Return the answer, its body read: only the body tells a refusal for the rate."""
        now = current_work()
        with self._limiter.permit(
            self._limits_for(request), priority=now.priority, timeout=now.permit_seconds
        ) as permit:
            permit.refresh()
            now.tally.calls += 1
            now.tally.waited_seconds += permit.waited_seconds
            permit.unanswered = True  # until it is known that nothing of it can still arrive
            try:
                response = super().send(request, *args, **kwargs)
                body = response.content
            except RequestException as error:
                permit.unanswered = isinstance(error, ReadTimeout)
                raise
            permit.unanswered = False
            permit.rejected = self._dialect.refused_for_rate(response.status_code, body)
            now.tally.refused += permit.rejected
        return response

    def _limits_for(self, request: PreparedRequest) -> Mapping[str, Quota]:
        """Return the limits that a request counts against; a permit is of all of them at once."""
        call = request.headers.get(self._call_limit.header) if self._call_limit else None
        if self._call_limit is None or not call:
            return self._limits
        return {**self._limits, f"{self._name}:{call}": self._call_limit.quota}


class Transport:
    """HTTP to one host: no other address, no redirect, no proxy and no ``.netrc``."""

    def __init__(
        self,
        base_url: str,
        *,
        name: str,
        limiter: Limiter,
        limits: Mapping[str, Quota],
        dialect: Dialect,
        call_limit: CallLimit | None = None,
        secrets: Sequence[str] = (),
        read_seconds: float = READ_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Speak to ``base_url`` within ``limits``; ``secrets`` are struck from errors.

        ``name`` is the credential's, for messages and for the limits of single calls.
        """
        self._base_url = base_url
        self._name = name
        self._dialect = dialect
        self._secrets = tuple(secrets)
        self._read_seconds = read_seconds
        self._clock = clock
        self._http = Session()
        self._http.trust_env = False  # an entry in .netrc would replace our Authorization header
        self._http.headers["User-Agent"] = "krx-scanner"
        self._http.adapters.clear()
        # The slash matters: adapters are found by prefix, and so would be another host's.
        adapter = LimitedAdapter(limiter, limits, dialect, name=name, call_limit=call_limit)
        self._http.mount(f"{base_url}/", adapter)

    def call(
        self,
        what: str,
        method: str,
        path: str,
        *,
        answer: type[Model],
        headers: Mapping[str, str],
        access_token: str = "",
        params: Mapping[str, str] | None = None,
        body: Mapping[str, str] | None = None,
        told_in_headers: Sequence[str] = (),
        patience_seconds: float = RATE_PATIENCE_SECONDS,
    ) -> Model:
        """Return the broker's answer, checked; ``what`` names the call in errors.

        ``told_in_headers``: what the answer says there is read as if it stood in its body.
        A call refused for its rate is repeated, each time with a permit, for
        ``patience_seconds``; 0: never. Nothing else is repeated here.

        Raises:
            BrokerError: what the dialect makes of the answer, or RateRefused after the patience.
            BrokerUnavailable: no answer, or one that cannot be read.
            LimiterError: no permit.
        """
        secrets = (*self._secrets, access_token)
        reader = Reader(f"{self._name}: {what}", self._dialect, secrets)
        bearer = {"authorization": f"Bearer {access_token}"} if access_token else {}
        request = Request(
            method, self._base_url + path, {**headers, **bearer}, params=params, json=body
        )
        response = self._send(reader, request, patience_seconds)
        beside = {n: response.headers[n] for n in told_in_headers if n in response.headers}
        return reader.read(response.status_code, response.content, answer, beside)

    def fetch_file(self, what: str, path: str) -> bytes:
        """Return a file that needs no key; errors as those of ``call``."""
        reader = Reader(f"{self._name}: {what}", self._dialect, self._secrets)
        response = self._send(reader, Request("GET", self._base_url + path), RATE_PATIENCE_SECONDS)
        if response.status_code != 200:
            raise reader.error(BrokerUnavailable, f"HTTP {response.status_code} from {path}")
        return response.content

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(self, reader: Reader, request: Request, patience_seconds: float) -> Response:
        prepared = self._http.prepare_request(request)
        give_up = self._clock() + patience_seconds
        while True:
            try:
                response = self._http.send(
                    prepared, allow_redirects=False, timeout=(CONNECT_SECONDS, self._read_seconds)
                )
            except ReadTimeout:
                text = f"no answer within {self._read_seconds:g} s"
                raise reader.error(BrokerUnavailable, text) from None
            except RequestException as error:
                raise reader.error(BrokerUnavailable, _in_words(error)) from None
            if not self._dialect.refused_for_rate(response.status_code, response.content):
                return response
            if self._clock() >= give_up:
                raise reader.error(RateRefused, "the broker counted one request too many")


def _in_words(error: RequestException) -> str:
    """Return what cut a request short, on one line; the libraries nest it, some in a tuple."""
    if isinstance(error, ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:g} s"
    cause = error.args[0] if error.args else error
    reason = getattr(cause, "reason", cause)
    parts = [str(part).strip(".") for part in getattr(reason, "args", ())]
    if isinstance(reason, OSError) or len(parts) < 2:
        return str(reason) or type(error).__name__
    said, why = parts[0], parts[-1]
    return said if why in said else f"{said}: {why}"
