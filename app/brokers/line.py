"""An authorised line to a broker: one key pair, one access token for all processes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self, TypeVar

from pydantic import SecretStr

from app.brokers.credentials import Credentials
from app.brokers.errors import TokenRefused
from app.brokers.transport import Transport
from app.settings import Settings

Told = TypeVar("Told")


@dataclass(frozen=True)
class KeyPair:
    """What a broker knows a customer by."""

    app_key: SecretStr
    secret: SecretStr

    @classmethod
    def read(cls, settings: Settings) -> Self:
        """Return the pair of the settings.

        Raises:
            SettingsError: there is none, or one that cannot be sent.
        """
        return cls(*settings.key_pair())

    def fields(self, secret: str) -> dict[str, str]:
        """Return the pair for a header or a body; ``secret``: the broker's name of the secret."""
        return {
            "appkey": self.app_key.get_secret_value(),
            secret: self.secret.get_secret_value(),
        }

    def texts(self) -> list[str]:
        """Return both as plain texts, which nobody may ever see."""
        return list(self.fields("secret").values())


class Line:
    """Calls to a broker by one account; how they are written is for each broker to say."""

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

    def access_token(self) -> str:
        """Return the access token of all processes."""
        return self._credentials.access_token(wait=self._wait_for_token)

    def refuse(self, access_token: str) -> None:
        """Note that the broker does not take this token: the next caller gets another."""
        self._credentials.refuse(access_token)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _renewing_token(self, send: Callable[[str], Told]) -> Told:
        """Return what ``send`` gets; a token that the broker no longer takes is renewed, once."""
        access_token = self.access_token()
        try:
            return send(access_token)
        except TokenRefused:
            self.refuse(access_token)
        return send(self.access_token())

    @contextmanager
    def _sent_once(self, access_token: str) -> Iterator[None]:
        """Note a token that is refused inside, for the next caller; nothing is sent again."""
        try:
            yield
        except TokenRefused:
            self.refuse(access_token)
            raise
