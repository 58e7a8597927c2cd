"""The global limiter: permits that come back when the answer is seen."""

from app.limiter.errors import LimiterError, LimiterUnavailable, PermitTimeout
from app.limiter.limiter import Limiter
from app.limiter.permit import Permit
from app.limiter.quota import Quota
from app.limiter.state import LimiterState
from app.limiter.waiter import Waiter

__all__ = [
    "Limiter",
    "LimiterError",
    "LimiterState",
    "LimiterUnavailable",
    "Permit",
    "PermitTimeout",
    "Quota",
    "Waiter",
]
