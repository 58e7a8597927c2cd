"""How the gate reads a KIS request, and what KIS answers at the gate."""

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.types import Scope

from tests.mock_servers.call import Call
from tests.mock_servers.kis.tokens import Tokens
from tests.mock_servers.kis.wire import Refusal, gateway_refusal, json_object, response
from tests.mock_servers.signed import digest

TICKER_FIELDS = ("FID_INPUT_ISCD", "PDNO")


class KisDialect:
    """KIS at the gate: a call is its path, its account the app key."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def read(self, scope: Scope, body: bytes) -> Call:
        """Say whose call it is and about which tickers: its body may tell instead of headers."""
        headers = Headers(scope=scope)
        asked = {**(json_object(body) or {}), **dict(QueryParams(scope["query_string"]))}
        fields = {name.upper(): str(value) for name, value in asked.items()}
        key = headers.get("appkey") or fields.get("APPKEY")
        return Call(
            account=digest(key) if key else None,
            path=scope["path"],
            id=headers.get("tr_id", ""),
            name=scope["path"],
            with_token="authorization" in headers,
            tickers=tuple(
                value for name, value in fields.items() if value and name.startswith(TICKER_FIELDS)
            ),
        )

    def rate_refusal(self, scope: Scope) -> Response:
        """Answer one call too many."""
        return answer_to(scope, gateway_refusal("EGW00201"))

    def trouble(self, scope: Scope, status: int) -> Response:
        """Answer as the gateway does when it cannot pass a call on."""
        return answer_to(scope, gateway_refusal("EGW00202", status=status))

    def expire(self, scope: Scope) -> Response:
        """End the token of this call."""
        _, _, access_token = Headers(scope=scope).get("authorization", "").partition(" ")
        return answer_to(scope, self._tokens.expire(access_token))


def answer_to(scope: Scope, refused: Refusal) -> Response:
    """Return the answer to a call that is refused."""
    tr_id = Headers(scope=scope).get("tr_id", "")
    return response(refused.body, status=refused.status, tr_id=tr_id)
