"""How a broker's stream speaks: what we send, and what a frame means."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from app.brokers.errors import BrokerError
from app.domain import Tick, Ticker


class BadFrame(ValueError):
    """A frame cannot be read; the message says where, and quotes nothing of it."""


@dataclass(frozen=True)
class Ticks:
    """Prices, oldest first."""

    ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class Answered:
    """The broker has carried out our last request, or says why not."""

    error: BrokerError | None = None


@dataclass(frozen=True)
class Echo:
    """A heartbeat: ``frame`` is to be sent back."""

    frame: str


@dataclass(frozen=True)
class Ended:
    """The broker ends the stream."""

    error: BrokerError


@dataclass(frozen=True)
class Other:
    """Nothing that concerns us, but a sign of life."""


Heard: TypeAlias = Ticks | Answered | Echo | Ended | Other


class StreamDialect(Protocol):
    """One account's stream in one broker's words. ``most``: tickers at once."""

    name: str  # the credential's, for messages
    url: str
    most: int

    def fetch_credential(self) -> str:
        """Return what a stream proves itself by; takes a permit if it must be asked for. Blocks.

        Raises:
            BrokerError, LimiterError: there is none.
        """
        ...

    def refuse_credential(self, credential: str) -> None:
        """Note that the broker does not take it: the next is another. Blocks; errors as above."""
        ...

    def login(self, credential: str) -> str | None:
        """Return the frame that opens the stream; None where the broker wants none."""
        ...

    def subscribe(self, tickers: list[Ticker], credential: str) -> list[str]:
        """Return the frames that ask for these prices; each is answered."""
        ...

    def unsubscribe(self, tickers: list[Ticker], credential: str) -> list[str]:
        """Return the frames that end them; each is answered."""
        ...

    def read(self, frame: str) -> Heard:
        """Return what a frame means.

        Raises:
            BadFrame: it cannot be read.
        """
        ...

    def close(self) -> None:
        """Close what the credential came through."""
        ...
