"""One who asks for a permit, and what the limiter said last."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.limiter.quota import Quota


def new_id() -> str:
    """Return a name that no other waiter has, in any process."""
    return os.urandom(8).hex()


@dataclass(frozen=True)
class Waiter:
    """A place in the queue of one or more limits; granted, the right to one call.

    ``delay_seconds``: granted, until the permit may be used (0.1 s at most); else until one can be
    had at the soonest. ``ask_again_seconds``: when to ask again; who comes later may find that the
    one behind was served meanwhile, but keeps the place.
    """

    limits: Mapping[str, Quota]
    priority: int
    id: str = field(default_factory=new_id)
    place: int = 0
    granted: bool = False
    delay_seconds: float = 0.0
    ask_again_seconds: float = 0.0

    @property
    def names(self) -> str:
        """Return the names of the limits, for a message."""
        return " and ".join(self.limits)
