"""How long a call travels: half of the delay before its arrival, half after."""

import random


class Latency:
    """Draws the delay of each call uniformly from ``mean`` ± ``jitter``; milliseconds."""

    def __init__(self, mean_ms: float = 0.0, jitter_ms: float = 0.0, *, seed: int = 0) -> None:
        if jitter_ms > mean_ms:
            raise ValueError(f"--jitter {jitter_ms:g} is above --latency {mean_ms:g}")
        self._least = (mean_ms - jitter_ms) / 1000
        self._most = (mean_ms + jitter_ms) / 1000
        self._random = random.Random(seed)

    def one_way_seconds(self) -> float:
        """Return half the delay of one call."""
        return self._random.uniform(self._least, self._most) / 2
