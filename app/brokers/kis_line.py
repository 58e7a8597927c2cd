"""The authorised line to KIS: key pair and access token in the headers, the token renewed once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self, TypeVar

from pydantic import BaseModel, SecretStr

from app.brokers.credentials import Credentials, IssuedToken
from app.brokers.errors import TokenRefused
from app.brokers.kis_wire import ApprovalAnswer, HashAnswer, OrderAnswer, TokenAnswer
from app.brokers.transport import Transport
from app.settings import Settings

TOKEN_COOLDOWN_SECONDS = 60.0  # KIS issues one access token a minute
TOKEN_PATIENCE_SECONDS = 10.0  # of a token request that is refused for its rate
QUOTATIONS = "/uapi/domestic-stock/v1/quotations"
JSON = {"content-type": "application/json; charset=utf-8"}

Answer = TypeVar("Answer", bound=BaseModel)


class Call(NamedTuple):
    """A call of the API: where it is, and its transaction id."""

    path: str
    tr_id: str


@dataclass(frozen=True)
class KeyPair:
    """What KIS knows a customer by."""

    app_key: SecretStr
    app_secret: SecretStr

    @classmethod
    def read(cls, settings: Settings) -> Self:
        """Return the pair of the settings.

        Raises:
            SettingsError: there is none, or one that no header can carry.
        """
        return cls(*settings.key_pair())

    def fields(self) -> dict[str, str]:
        """Return the pair under the names that KIS has for it, in headers and bodies alike."""
        return {
            "appkey": self.app_key.get_secret_value(),
            "appsecret": self.app_secret.get_secret_value(),
        }


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
        body={"grant_type": "client_credentials", **keys.fields()},
        patience_seconds=TOKEN_PATIENCE_SECONDS,
    )
    return IssuedToken(answer.access_token, answer.expires_at)


class KisLine:
    """Calls to KIS by one account."""

    def __init__(
        self,
        transport: Transport,
        credentials: Credentials,
        keys: KeyPair,
        *,
        wait_for_token: bool,
    ) -> None:
        self._transport = transport
        self._credentials = credentials
        self._keys = keys
        self._wait_for_token = wait_for_token

    def get(self, what: str, call: Call, params: Mapping[str, str], answer: type[Answer]) -> Answer:
        """Return what KIS tells; a token that it no longer takes is renewed, once.

        Raises:
            BrokerError, LimiterError: as ``Transport.call`` and ``Credentials.access_token``.
        """
        access_token = self.access_token()
        try:
            return self._get_with(access_token, what, call, params, answer)
        except TokenRefused:
            self._credentials.refuse(access_token)
        return self._get_with(self.access_token(), what, call, params, answer)

    def approval_key(self) -> str:
        """Return a key for a stream of this account; KIS takes it for 24 h."""
        return self._transport.call(
            "approval key",
            "POST",
            "/oauth2/Approval",
            answer=ApprovalAnswer,
            headers=JSON,
            body={
                "grant_type": "client_credentials",
                "appkey": self._keys.app_key.get_secret_value(),
                "secretkey": self._keys.app_secret.get_secret_value(),  # elsewhere: appsecret
            },
            patience_seconds=TOKEN_PATIENCE_SECONDS,
        ).approval_key

    def hash_of(self, body: Mapping[str, str]) -> str:
        """Return KIS' hash of an order."""
        return self._transport.call(
            "hash key",
            "POST",
            "/uapi/hashkey",
            answer=HashAnswer,
            headers={**JSON, **self._keys.fields()},
            body=body,
        ).hash

    def order(self, call: Call, access_token: str, hashed: str, body: Mapping[str, str]) -> str:
        """Send an order and return its number; whatever comes back, it is not sent again."""
        try:
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
        except TokenRefused:
            self._credentials.refuse(access_token)  # for the next caller
            raise

    def access_token(self) -> str:
        """Return the access token of all processes."""
        return self._credentials.access_token(wait=self._wait_for_token)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _get_with(
        self,
        access_token: str,
        what: str,
        call: Call,
        params: Mapping[str, str],
        answer: type[Answer],
    ) -> Answer:
        return self._transport.call(
            what,
            "GET",
            call.path,
            answer=answer,
            headers=self._headers(call),
            access_token=access_token,
            params=params,
        )

    def _headers(self, call: Call) -> dict[str, str]:
        return {**JSON, **self._keys.fields(), "tr_id": call.tr_id, "custtype": "P"}
