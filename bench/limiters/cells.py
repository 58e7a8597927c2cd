"""What is measured: a cell is one limiter, some processes and one kind of network."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

CALLS, WINDOW_SECONDS = 2, 1.0
WARM_UP_SECONDS = 5.0
WORKERS = (1, 2, 4, 8)


def _truncated(draw: Callable[[], float], most: float) -> float:
    """Draw again whatever is above ``most``."""
    while (drawn := draw()) > most:
        pass
    return drawn


# Seconds for one way, there or back; a call takes two draws. Means: 0, 25, 17.8 and 40.6 ms.
PROFILES: dict[str, Callable[[random.Random], float]] = {
    "none": lambda _: 0.0,
    "u50": lambda chance: chance.uniform(0, 0.050),
    "kis": lambda chance: _truncated(lambda: 0.008 + 0.006 * chance.lognormvariate(0, 1), 0.150),
    "ln200": lambda chance: _truncated(lambda: 0.030 * chance.lognormvariate(0, 0.9), 0.200),
}


@dataclass(frozen=True)
class Cell:
    """``enforcing``: the referee refuses what comes after 2 were accepted in the last second."""

    contender: str
    profile: str
    workers: int
    enforcing: bool = False

    @property
    def key(self) -> str:
        """Its name in Redis, of letters that every peer takes."""
        return f"{self.profile}-{self.workers}{'-enforcing' if self.enforcing else ''}"

    @property
    def path(self) -> str:
        """Its address at the referee."""
        return f"{self.contender}/{self.profile}/{self.workers}/{int(self.enforcing)}"

    @classmethod
    def at(cls, path: str) -> Self:
        """Return the cell of an address."""
        contender, profile, workers, enforcing = path.split("/")
        return cls(contender, profile, int(workers), enforcing == "1")


def grid(contender: str, profiles: list[str], workers: list[int]) -> list[Cell]:
    """Return every cell of a contender; the enforcing ones with four processes, or the most."""
    most = 4 if 4 in workers else max(workers)
    return [
        *(Cell(contender, profile, count) for profile in profiles for count in workers),
        *(Cell(contender, profile, most, enforcing=True) for profile in profiles),
    ]
