"""How the gate reads a Kiwoom request, and what Kiwoom answers at the gate."""

from datetime import UTC, datetime
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from tests.mock_servers.call import Call
from tests.mock_servers.kiwoom.older import OLDER_PATHS, older_ticker, older_trouble
from tests.mock_servers.kiwoom.tokens import Tokens, account_of
from tests.mock_servers.kiwoom.wire import (
    Refusal,
    Variant,
    as_texts,
    json_object,
    refusal,
    response,
)
from tests.mock_servers.referee import Referee
from tests.mock_servers.signed import digest


class KiwoomDialect:
    """Kiwoom at the gate: a call is its api-id, its account the key of its token."""

    def __init__(self, tokens: Tokens, variant: Variant, referee: Referee) -> None:
        self._tokens = tokens
        self._variant = variant
        self._referee = referee

    def read(self, scope: Scope, body: bytes) -> Call:
        """Say whose call it is and about which tickers; only a call for a token names its key."""
        headers = Headers(scope=scope)
        asked = json_object(body)
        fields = as_texts(asked)
        authorization = headers.get("authorization", "")
        key = fields.get("appkey", "")
        path = scope["path"]
        tickers = fields.get("stk_cd") or older_ticker(asked)
        return Call(
            account=digest(key) if key else account_of(authorization),
            path=path,
            id=_call_id(scope),
            name=headers.get("api-id") or path,
            with_token=bool(authorization),
            tickers=tuple(ticker for ticker in tickers.split("|") if ticker),
        )

    def rate_refusal(self, scope: Scope) -> Response:
        """Answer one call too many."""
        api_id = _call_id(scope)
        rate = f"{self._referee.calls_a_second:g}"
        refused = refusal("1700", status=self._variant.limit_status, rate=rate, api_id=api_id)
        return self.answer_to(scope, refused)

    def trouble(self, scope: Scope, status: int) -> Response:
        """Answer as the server does when it is itself in trouble."""
        path = scope["path"]
        troubled = older_trouble(status) if path in OLDER_PATHS else trouble(path, status)
        return self.answer_to(scope, troubled)

    def expire(self, scope: Scope) -> Response:
        """End the token of this call."""
        _, _, access_token = Headers(scope=scope).get("authorization", "").partition(" ")
        return self.answer_to(scope, self._tokens.expire(access_token.strip()))

    def answer_to(self, scope: Scope, refused: Refusal) -> Response:
        """Return the answer to a call that is refused."""
        api_id = Headers(scope=scope).get("api-id", "")
        return response(refused.body, self._variant, api_id=api_id, status=refused.status)


def _call_id(scope: Scope) -> str:
    """Return the api-id, or the end of the path for a call without one."""
    path: str = scope["path"]
    return Headers(scope=scope).get("api-id") or path.rpartition("/")[2]


def trouble(path: str, status: int) -> Refusal:
    """Return the error of the server's framework; ``detail`` is what an older mock told."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    body = {"timestamp": at, "status": status, "error": phrase, "path": path, "detail": phrase}
    return Refusal(body, status)
