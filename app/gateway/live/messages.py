"""What is sent to those who follow, and what each message is about.

A message is a JSON object with a ``type``. Those of the feed carry its place in the stream as
``id``: whoever was away asks for what came ``after`` it. The others say how things are now, and are
followed by newer ones.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from app.domain import Tick
from app.gateway.live.frames import frame
from app.gateway.live.older import older_signal
from app.limiter import LimiterState

# What a signal rests on: three quarters of it, told by the API to those who look at it.
EVIDENCE = frozenset(
    {
        *("facts", "components", "points", "parameters", "terms", "missing"),
        *("source", "definition_version", "bars_used", "calls", "waited_ms"),
    }
)
EVERY_STRATEGY, EVERY_SCAN, QUOTA = "strategy:*", "scan:*", "quota"
TO_ALL: frozenset[str] = frozenset({"*"})


@dataclass(frozen=True)
class Message:
    """A message, written once for all who get it; ``id`` is empty when it cannot be resumed at."""

    kind: str
    topics: frozenset[str]
    text: str
    id: str = ""

    def is_for(self, wants: frozenset[str]) -> bool:
        """Say whether someone who ``wants`` these topics gets it."""
        return self.topics is TO_ALL or not self.topics.isdisjoint(wants)

    @cached_property
    def frame(self) -> bytes:
        """Return it as a WebSocket sends it; made once, however many get it."""
        return frame(self.text)

    @cached_property
    def event(self) -> bytes:
        """Return it as a server-sent event; made once, however many get it."""
        place = f"id: {self.id}\n" if self.id else ""
        return f"{place}event: {self.kind}\ndata: {self.text}\n\n".encode()


def message(
    kind: str, topics: frozenset[str], fields: Mapping[str, object], *, place: str = ""
) -> Message:
    """Return a message with these fields."""
    named = {"type": kind, **({"id": place} if place else {}), **fields}
    return Message(kind, topics, json.dumps(named), place)  # ASCII: written to many, and quickly


def of_feed(place: str, body: bytes) -> Iterator[Message]:
    """Yield what a message of the stream at ``place`` becomes; nothing for one of another kind.

    A signal comes twice: as it is, and in the older form for those who follow its ticker.
    """
    try:
        fields = json.loads(body)
        match fields["type"]:
            case "signal":
                yield from _signal(place, fields)
            case "scan":
                said = {"scan": {"id": fields["id"], "state": fields["state"]}}
                topics = frozenset({EVERY_SCAN, f"scan:{fields['id']}"})
                yield message("scan", topics, said, place=place)
    except (AttributeError, KeyError, TypeError, ValueError):
        return  # another version wrote it


def _signal(place: str, fields: Mapping[str, Any]) -> Iterator[Message]:
    # Not validated: it comes from our own keeper, and a burst of a thousand is to be told at once.
    signal, standing, at = fields["signal"], fields["standing"], fields["at"]
    changed_at = at.replace("+00:00", "Z")  # as the API writes it
    told = {name: value for name, value in signal.items() if name not in EVIDENCE} | {
        "id": fields["signal_id"],
        "life": standing["life"],
        "found_at": changed_at if fields["kind"] == "new" else None,
        "changed_at": changed_at,
        "standing": standing,
    }
    ticker = f"ticker:{signal['ticker']}"
    topics = frozenset({EVERY_STRATEGY, f"strategy:{signal['strategy']}", ticker})
    said = {"change": fields["id"], "kind": fields["kind"], "at": at, "signal": told}
    yield message("signal", topics, said, place=place)
    if older := older_signal(signal):
        kind, data = older
        data["detected_at"] = at
        yield message(kind, frozenset({ticker}), {"data": data, "timestamp": at})


def of_scan(scan: BaseModel, scan_id: str) -> Message:
    """Return how far a scan is."""
    topics = frozenset({EVERY_SCAN, f"scan:{scan_id}"})
    return message("scan", topics, {"scan": scan.model_dump(mode="json")})


def of_quota(at: datetime, used: int, refused: int, limit: float, state: LimiterState) -> Message:
    """Return what the limit has seen in the last second."""
    fields = {
        "at": at.isoformat(),
        "used": used,
        "refused": refused,
        "limit": limit,
        "used_last_minute": state.used_last_minute,
        "refusals": state.refusals,
        "waiting": sum(state.waiting.values()),
        "pause_seconds": state.pause_seconds,
    }
    return message("quota", frozenset({QUOTA}), fields)


def of_tick(tick: Mapping[str, Any], name: str) -> Message:
    """Return a price as it runs, in won and shares; ``change_rate`` in percent."""
    before = tick["price"] - tick["change"]
    data = {
        "ticker": tick["ticker"],
        "name": name,
        "price": tick["price"],
        "change": tick["change"],
        "change_rate": round(100 * tick["change"] / before, 2) if before > 0 else 0.0,
        "volume": tick["volume"],
        "value": tick["value"],
        "bid_price": tick["bid"],
        "ask_price": tick["ask"],
    }
    topics = frozenset({f"ticker:{tick['ticker']}"})
    return message("realtime_price", topics, {"data": data, "timestamp": tick["at"]})


def tick_fields(tick: Tick) -> dict[str, object]:
    """Return a tick as plain JSON values, its time in UTC."""
    return {**vars(tick), "at": tick.at.astimezone(UTC).isoformat()}


def gap(after: str) -> Message:
    """Return the word that something between ``after`` and now is lost: look at it all anew."""
    return message("gap", TO_ALL, {"after": after})


def feed_state(*, up: bool) -> Message:
    """Return the word that the feed stands still, or goes on."""
    return message("feed", TO_ALL, {"up": up})
