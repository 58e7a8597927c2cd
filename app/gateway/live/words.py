"""What a client says on its socket, and what it is answered."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain import parse_ticker
from app.gateway.live.client import Client, Rank
from app.gateway.live.messages import QUOTA, TO_ALL, Message, message
from app.strategies.registry import find

EVERY = "*"
KINDS = ("ticker", "strategy", "scan", QUOTA)


def answered(text: str, client: Client, now: datetime) -> Message | None:
    """Return the answer to what a client says, having done it; None to a type nobody knows."""
    at = now.isoformat()
    try:
        said = json.loads(text)
        match said["type"]:
            case "ping":
                return _answer("pong", at)
            case "subscribe":
                kind, name = _topic(said)
                client.follow(_named(kind, name), _rank(said))
            case "unsubscribe":
                kind, name = _topic(said)
                client.leave(_named(kind, name))
            case _:
                return None
    except (KeyError, TypeError, RecursionError, json.JSONDecodeError):
        return _answer("error", at, message='want a JSON object with a "type": {"type": "ping"}')
    except ValueError as error:
        return _answer("error", at, message=str(error))
    done, way = ("subscribed", "to") if said["type"] == "subscribe" else ("unsubscribed", "from")
    return _answer(done, at, **{kind: said[kind]}, message=f"{done} {way} {name}")


def topic_of(kind: str, name: str) -> str:
    """Return the topic that ``name`` means.

    Raises:
        ValueError: there is none; the message says what would be right.
    """
    match kind:
        case "ticker":
            return f"ticker:{parse_ticker(name)}"
        case "strategy" if name != EVERY:
            return f"strategy:{find([name])[0].name}"
        case "scan" if name != EVERY and (not name or len(name) > 36 or not name.isascii()):
            raise ValueError(f"scan {name!r:.40} is no scan's id")
    return f"{kind}:{name}"


def _topic(said: Mapping[str, Any]) -> tuple[str, str]:
    named = [kind for kind in KINDS if kind in said]
    if len(named) != 1:
        raise ValueError('want one of ticker, strategy, scan, quota: {"ticker": "005930"}')
    [kind] = named
    if kind == QUOTA:
        return QUOTA, QUOTA
    name = said[kind]
    if isinstance(name, str):
        return kind, name
    raise ValueError(f"{kind}: want a text, like 005930, vcp, a scan's id")


def _named(kind: str, name: str) -> str:
    return QUOTA if kind == QUOTA else topic_of(kind, name)


def _rank(said: Mapping[str, Any]) -> Rank:
    rank = said.get("rank", "watched")
    ranks: Mapping[str, Rank] = {each.name.lower(): each for each in Rank}
    if not isinstance(rank, str) or rank not in ranks:
        raise ValueError(f"rank {rank!r:.20}: want {', '.join(ranks)}")
    return ranks[rank]


def _answer(kind: str, at: str, **fields: object) -> Message:
    return message(kind, TO_ALL, {**fields, "timestamp": at})


def greeting(place: str, now: datetime, *, up: bool) -> Message:
    """Return the first message of a connection.

    ``place``: what to come back with as ``after``; ``up``: whether the feed goes on.
    """
    return _answer("connected", now.isoformat(), place=place, up=up, message="krx-scanner")
