"""What can go wrong between a caller and its permit, sorted by what to do next.

LimiterError
├── LimiterUnavailable   Redis is away: no permit can be given, so no call may be made
└── PermitTimeout        Redis answers, but no permit was to be had in time
"""


class LimiterError(Exception):
    """Any trouble with a permit: the call that wanted it was not made."""


class LimiterUnavailable(LimiterError):
    """Redis did not answer by the deadline; the same call may succeed later."""


class PermitTimeout(LimiterError):
    """No permit became free within the caller's timeout; the message says how far off it was."""
