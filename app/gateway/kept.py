"""Answers to slow questions, kept for some seconds: however many ask, one looks."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Kept(Generic[Answer]):
    """What ``look`` returned, no older than ``seconds``. An error is not kept."""

    def __init__(
        self,
        look: Callable[[], Answer],
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._answer: tuple[float, Answer] | None = None

    def get(self) -> Answer:
        """Return the answer; looks when it is too old, while others wait for it."""
        with self._lock:
            if self._answer is None or self._clock() - self._answer[0] >= self._seconds:
                answer = self._look()
                self._answer = self._clock(), answer
            return self._answer[1]
