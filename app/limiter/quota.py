"""How many calls fit into a window."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Self


@dataclass(frozen=True)
class Quota:
    """At most ``calls`` calls in any sliding window of ``window_seconds``.

    Raises:
        ValueError: less than one call, or a window that is not a positive number.
    """

    calls: int = 2
    window_seconds: float = 1.0

    def __post_init__(self) -> None:
        if self.calls < 1 or self.calls != int(self.calls):
            raise ValueError(f"calls is {self.calls!r}: it must be a whole number from 1")
        if not 0 < self.window_seconds < math.inf:
            raise ValueError(f"window_seconds is {self.window_seconds!r}: it must be above 0")

    @classmethod
    def per_second(cls, rate: float) -> Self:
        """Return the quota with the shortest whole window: 2.5 a second is 5 calls in 2 s.

        Raises:
            ValueError: the rate is not a positive number.
        """
        if not 0 < rate < math.inf:
            raise ValueError(f"{rate!r} calls a second: it must be a number above 0, like 2 or 0.5")
        share = Fraction(rate).limit_denominator(60)
        return cls(share.numerator, float(share.denominator))
