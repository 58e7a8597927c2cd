"""The line to KIS: keys and access token in the headers, a key for streams, a hash for orders."""

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from pydantic import BaseModel

from app.brokers.credentials import IssuedToken
from app.brokers.kis_wire import ApprovalAnswer, HashAnswer, OrderAnswer, TokenAnswer
from app.brokers.line import KeyPair, Line
from app.brokers.transport import Transport

TOKEN_COOLDOWN_SECONDS = 60.0  # KIS issues one access token a minute
TOKEN_PATIENCE_SECONDS = 10.0  # of a token request that is refused for its rate
QUOTATIONS = "/uapi/domestic-stock/v1/quotations"
JSON = {"content-type": "application/json; charset=utf-8"}

Answer = TypeVar("Answer", bound=BaseModel)


class Call(NamedTuple):
    """A call of the API: where it is, and its transaction id."""

    path: str
    tr_id: str


def issue_token(transport: Transport, keys: KeyPair) -> IssuedToken:
    """Ask KIS for an access token; within 6 h it gives the last one again.

    Raises:
        BrokerError: it gave none; TokenUnavailable within a minute of the last request.
    """
    answer = transport.call(
        "access token",
        "POST",
        "/oauth2/tokenP",
        answer=TokenAnswer,
        headers=JSON,
        body={"grant_type": "client_credentials", **keys.fields("appsecret")},
        patience_seconds=TOKEN_PATIENCE_SECONDS,
    )
    return IssuedToken(answer.access_token, answer.expires_at)


class KisLine(Line):
    """Calls to KIS by one account."""

    def get(self, what: str, call: Call, params: Mapping[str, str], answer: type[Answer]) -> Answer:
        """Return what KIS tells; a token that it no longer takes is renewed, once.

        Raises:
            BrokerError, LimiterError: as ``Transport.call`` and ``Credentials.access_token``.
        """

        def send(access_token: str) -> Answer:
            return self._transport.call(
                what,
                "GET",
                call.path,
                answer=answer,
                headers=self._headers(call),
                access_token=access_token,
                params=params,
            )

        return self._renewing_token(send)

    def approval_key(self) -> str:
        """Return a key for a stream of this account; KIS takes it for 24 h."""
        return self._transport.call(
            "approval key",
            "POST",
            "/oauth2/Approval",
            answer=ApprovalAnswer,
            headers=JSON,
            body={"grant_type": "client_credentials", **self._keys.fields("secretkey")},
            patience_seconds=TOKEN_PATIENCE_SECONDS,
        ).approval_key

    def hash_of(self, body: Mapping[str, str]) -> str:
        """Return KIS' hash of an order."""
        return self._transport.call(
            "hash key",
            "POST",
            "/uapi/hashkey",
            answer=HashAnswer,
            headers={**JSON, **self._keys.fields("appsecret")},
            body=body,
        ).hash

    def order(self, call: Call, access_token: str, hashed: str, body: Mapping[str, str]) -> str:
        """Send an order and return its number; whatever comes back, it is not sent again."""
        with self._sent_once(access_token):
            return self._transport.call(
                f"order of {body['PDNO']}",
                "POST",
                call.path,
                answer=OrderAnswer,
                headers={**self._headers(call), "hashkey": hashed},
                access_token=access_token,
                body=body,
                patience_seconds=0,
            ).output.number

    def _headers(self, call: Call) -> dict[str, str]:
        return {**JSON, **self._keys.fields("appsecret"), "tr_id": call.tr_id, "custtype": "P"}
