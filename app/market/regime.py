"""The regime of the market: where its two indices stand against their averages.

Source: the averages of 50 and 200 sessions that Minervini, Trade Like a Stock Market Wizard
(2013), looks at, taken on an index.
"""

from datetime import date
from typing import Any

from app.domain import Bars

AVERAGES = (50, 200)  # sessions
SESSIONS = max(AVERAGES)


def regime_of(bars: Bars, session: date) -> dict[str, Any] | None:
    """Return where an index stood at the close of ``session``, as plain JSON values, in points.

    None when the bar of that session is missing. An average that needs more bars than there are,
    and whether the close is above it, is None.
    """
    if not len(bars) or bars.date(-1) != session:
        return None
    close = float(bars.close[-1])
    found: dict[str, Any] = {"session": session.isoformat(), "close": close}
    for count in AVERAGES:
        mean = round(float(bars.close[-count:].mean()), 2) if len(bars) >= count else None
        found[f"average_{count}"] = mean
        found[f"above_{count}"] = None if mean is None else close > mean
    return found
