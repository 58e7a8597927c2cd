"""The columns of signals in a file: CSV and Parquet have the same."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from app.signals.tracked import Tracked


class Kind(StrEnum):
    """What the values of a column are."""

    TEXT = "text"
    DATE = "date"
    TIME = "time"
    WHOLE = "whole"
    NUMBER = "number"
    TRUTH = "truth"


# The columns of CSV and Parquet, in their order; new ones go to the end.
COLUMNS: Mapping[str, Kind] = {
    "strategy": Kind.TEXT,
    "ticker": Kind.TEXT,
    "name": Kind.TEXT,
    "market": Kind.TEXT,
    "last_bar_date": Kind.DATE,
    "pattern": Kind.DATE,
    "state": Kind.TEXT,
    "grade": Kind.TEXT,
    "score": Kind.NUMBER,
    "price": Kind.NUMBER,
    "change": Kind.NUMBER,
    "value": Kind.NUMBER,
    "entry": Kind.WHOLE,
    "target": Kind.WHOLE,
    "stop": Kind.WHOLE,
    "quantity": Kind.WHOLE,
    "actionable": Kind.TRUTH,
    "provisional": Kind.TRUTH,
    "pattern_detected": Kind.TRUTH,
    "life": Kind.TEXT,
    "life_reason": Kind.TEXT,
    "found_on": Kind.DATE,
    "sessions": Kind.WHOLE,
    "seen_on": Kind.DATE,
    "entered_on": Kind.DATE,
    "entered_price": Kind.NUMBER,
    "left_on": Kind.DATE,
    "left_price": Kind.NUMBER,
    "gain": Kind.NUMBER,
    "reason": Kind.TEXT,
    "components": Kind.TEXT,
    "missing": Kind.TEXT,
    "flags": Kind.TEXT,
    "status": Kind.TEXT,
    "as_of": Kind.TIME,
    "bars_used": Kind.WHOLE,
    "source": Kind.TEXT,
    "definition_version": Kind.TEXT,
    "scan_id": Kind.TEXT,
    "calls": Kind.WHOLE,
    "waited_ms": Kind.WHOLE,
}


def row_of(tracked: Tracked) -> dict[str, Any]:
    """Return the value of each column."""
    view = tracked.signal.model_dump()
    every = view | tracked.standing.model_dump() | {"last_bar_date": view["last_bar"]}
    every |= {name: " ".join(every[name]) for name in ("missing", "flags")}
    every["components"] = json.dumps(every["components"], ensure_ascii=False)
    return {name: every[name] for name in COLUMNS}
