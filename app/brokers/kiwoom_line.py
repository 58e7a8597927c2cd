"""The line to Kiwoom: every call a POST that its header ``api-id`` chooses, by pages."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeVar

from pydantic import BaseModel

from app.brokers.credentials import IssuedToken
from app.brokers.errors import BrokerRefused, BrokerUnavailable
from app.brokers.kiwoom_dialect import ABSENT_CODES
from app.brokers.kiwoom_wire import Done, OrderAnswer, Page, TokenAnswer
from app.brokers.line import KeyPair, Line
from app.brokers.transport import Transport

TOKEN_COOLDOWN_SECONDS = 10.0  # none is published; a refused key must not cost every ticker a call
TOKEN_PATIENCE_SECONDS = 10.0  # of a token request that is refused for its rate
JSON = "application/json;charset=UTF-8"

Answer = TypeVar("Answer", bound=BaseModel)
AnyPage = TypeVar("AnyPage", bound=Page)


class Call(NamedTuple):
    """A call of the API: its category, and its id within it."""

    path: str
    api_id: str


ISSUE = Call("/oauth2/token", "au10001")
REVOKE = Call("/oauth2/revoke", "au10002")


def issue_token(transport: Transport, keys: KeyPair) -> IssuedToken:
    """Ask Kiwoom for an access token: the one before it is worth nothing from then on.

    Raises:
        BrokerError: it gave none.
    """
    answer = transport.call(
        "access token",
        "POST",
        ISSUE.path,
        answer=TokenAnswer,
        headers=_headers(ISSUE),
        body={"grant_type": "client_credentials", **keys.fields("secretkey")},
        patience_seconds=TOKEN_PATIENCE_SECONDS,
    )
    return IssuedToken(answer.access_token, answer.expires_at)


class KiwoomLine(Line):
    """Calls to Kiwoom by one account."""

    def ask(
        self,
        what: str,
        call: Call,
        body: Mapping[str, str],
        answer: type[Answer],
        *,
        after: str = "",
    ) -> Answer | None:
        """Return what Kiwoom tells; None when it knows no such ticker, or nothing of it.

        A token that it no longer takes is renewed, once. ``after``: the key of the next page.

        Raises:
            BrokerError, LimiterError: as ``Transport.call`` and ``Credentials.access_token``.
        """
        where = {"cont-yn": "Y", "next-key": after} if after else {}

        def send(access_token: str) -> Answer:
            return self._transport.call(
                what,
                "POST",
                call.path,
                answer=answer,
                headers={**_headers(call), **where},
                access_token=access_token,
                body=body,
                told_in_headers=("cont-yn", "next-key"),
            )

        try:
            return self._renewing_token(send)
        except BrokerRefused as error:
            if error.code in ABSENT_CODES:
                return None
            raise

    def pages(
        self, what: str, call: Call, body: Mapping[str, str], answer: type[AnyPage]
    ) -> Iterator[AnyPage]:
        """Yield the answer page by page, a request each, for as long as more is wanted.

        Raises:
            BrokerUnavailable: Kiwoom sends us in a circle; else as ``ask``.
        """
        asked: set[str] = set()
        page = self.ask(what, call, body, answer)
        while page is not None:
            yield page
            if not page.more:
                return
            if page.next_key in asked:
                raise BrokerUnavailable(f"{what}: page {len(asked) + 2} is one that came before")
            asked.add(page.next_key)
            page = self.ask(what, call, body, answer, after=page.next_key)

    def order(self, what: str, call: Call, access_token: str, body: Mapping[str, str]) -> str:
        """Send an order and return its number; whatever comes back, it is not sent again."""
        with self._sent_once(access_token):
            return self._transport.call(
                what,
                "POST",
                call.path,
                answer=OrderAnswer,
                headers=_headers(call),
                access_token=access_token,
                body=body,
                patience_seconds=0,
            ).number

    def revoke_token(self) -> None:
        """End the access token of all processes; the next call asks for another."""
        access_token = self.access_token()
        self.refuse(access_token)  # first: nobody shall meet it ended
        self._transport.call(
            "revoking the access token",
            "POST",
            REVOKE.path,
            answer=Done,
            headers=_headers(REVOKE),
            body={**self._keys.fields("secretkey"), "token": access_token},
        )


def _headers(call: Call) -> dict[str, str]:
    return {"content-type": JSON, "api-id": call.api_id}
