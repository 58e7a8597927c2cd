"""One limit as people and the metrics page read it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from app.limiter.quota import Quota


@dataclass(frozen=True)
class LimiterState:
    """One limit now. The last six count since Redis last lost its memory.

    ``quota`` is None while nobody has asked. ``waiting`` is by priority. ``used_last_minute`` are
    the grants of the last 60 s. ``guard_seconds`` is what refusals have added to the cool-down,
    ``pause_seconds`` how long no permit will be given, ``least_round_trip_seconds`` the shortest
    of the last few hundred calls, grant to give-back.

    ``refusals``: the broker counted one call too many. ``timeouts``: waits that ended without a
    permit. ``unanswered``: calls that timed out. ``lapsed``: leases that ended because nobody gave
    the permit back. ``rebases``: times that the server's clock was set back.
    """

    name: str
    quota: Quota | None = None
    in_flight: int = 0
    cooling: int = 0
    waiting: Mapping[int, int] = field(default_factory=dict)
    used_last_minute: int = 0
    guard_seconds: float = 0.0
    pause_seconds: float = 0.0
    least_round_trip_seconds: float = 0.0
    grants: int = 0
    refusals: int = 0
    timeouts: int = 0
    unanswered: int = 0
    lapsed: int = 0
    rebases: int = 0

    @classmethod
    def read(cls, name: str, text: bytes) -> Self:
        """Return what ``state.lua`` told of the limit ``name``."""
        told = json.loads(text)
        quota = Quota(told.pop("calls"), told.pop("window_seconds"))
        waiting = {int(priority): number for priority, number in told.pop("waiting").items()}
        return cls(name, quota, waiting=waiting, **told)
