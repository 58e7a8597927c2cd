"""How long to wait for a stream that is away, and when to give up."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Pauses double from the first to the longest, each drawn from its upper half.

    A connection that stood for ``held_seconds`` makes everything start anew. The end comes after
    ``most_failures`` on end, or ``most_seconds`` away, whichever is first.
    """

    first_pause: float = 0.5
    longest_pause: float = 15.0
    held_seconds: float = 60.0
    most_failures: int = 60
    most_seconds: float = 900.0


class Absence:
    """The failures since the last connection that held."""

    def __init__(
        self, patience: Patience, *, clock: Callable[[], float], random: Callable[[], float]
    ) -> None:
        """Count by ``clock``, in seconds; ``random`` gives 0 to 1."""
        self._patience = patience
        self._clock = clock
        self._random = random
        self.failures = 0
        self._since: float | None = None
        self._pause = patience.first_pause

    def pause_after(self, held_seconds: float) -> float | None:
        """Return how long to wait after a connection that stood so long; None: give up."""
        if held_seconds >= self._patience.held_seconds:
            self.failures, self._since = 0, None
            self._pause = self._patience.first_pause
        self.failures += 1
        if self._since is None:
            self._since = self._clock()
        patience = self._patience
        if self.failures >= patience.most_failures or self.seconds > patience.most_seconds:
            return None
        pause = min(self._pause, patience.longest_pause)
        self._pause = pause * 2
        return pause * (0.5 + self._random() / 2)  # not all processes at the same moment

    @property
    def seconds(self) -> float:
        """Return how long there has been no connection that held."""
        return 0.0 if self._since is None else self._clock() - self._since
