"""An answer, read: from bytes to a checked model, or to an error that carries no secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from app.brokers.errors import BrokerError, BrokerRefused, BrokerUnavailable

Answer: TypeAlias = dict[str, JsonValue]
Model = TypeVar("Model", bound=BaseModel)

_OBJECT = TypeAdapter(Answer)


class Trouble(NamedTuple):
    """What a broker's answer complains of: the error it means, its code and its words."""

    error: type[BrokerError]
    code: str
    text: str


class Dialect(Protocol):
    """How one broker says no."""

    def refused_for_rate(self, status: int, body: bytes) -> bool:
        """Say whether the broker counted one request too many; asked of the bare body."""
        ...

    def trouble(self, status: int, answer: Answer) -> Trouble | None:
        """Return what an answer complains of; None when the request was carried out."""
        ...


@dataclass(frozen=True)
class Reader:
    """Reads the answer to one call; ``secrets`` are struck from all that it says.

    Its errors are raised from None: what pydantic and requests raise carries bodies and headers.
    """

    call: str
    dialect: Dialect
    secrets: tuple[str, ...] = field(repr=False)

    def read(
        self,
        status: int,
        body: bytes,
        model: type[Model],
        beside: Mapping[str, JsonValue] = MappingProxyType({}),
    ) -> Model:
        """Return the answer; what stands ``beside`` the body counts before what stands in it.

        Raises:
            BrokerError: what it complains of.
            BrokerUnavailable: it cannot be read: another try may bring a sound one.
        """
        answer = self._object(status, body)
        if trouble := self.dialect.trouble(status, answer):
            raise self.error(trouble.error, f"{trouble.text} ({trouble.code})", trouble.code)
        try:
            return model.model_validate({**answer, **beside})
        except ValidationError as error:
            raise self.error(BrokerUnavailable, _first_of(error)) from None

    def error(self, error: type[BrokerError], text: str, code: str = "") -> BrokerError:
        """Return an error about this call."""
        for secret in filter(None, self.secrets):
            text = text.replace(secret, "***")
        return error(f"{self.call}: {text}", code)

    def _object(self, status: int, body: bytes) -> Answer:
        try:
            return _OBJECT.validate_json(body)
        except ValidationError:
            if 400 <= status < 500 and body.lstrip().startswith(b"<"):
                page = f"HTTP {status} with a page of HTML: a firewall on the way turned it away"
                raise self.error(BrokerRefused, page, f"HTTP {status}") from None
            text = f"HTTP {status} with {len(body):,} bytes that are not a JSON object"
            raise self.error(BrokerUnavailable, text) from None


def _first_of(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    given = first["input"]
    got = f"{given!r:.40}" if isinstance(given, str | float) else "nothing of use"
    return f"{place}: got {got}: {first['msg'].removeprefix('Value error, ')}"
