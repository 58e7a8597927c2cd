"""Pages of a list that is told newest first: the key of the next one says where it begins."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.mock_servers.kiwoom.wire import Asked, Reply, Row, refusal

Item = TypeVar("Item")
_MARK = "P"


def paged(
    name: str,
    items: Sequence[Item],
    row: Callable[[Item], Row],
    asked: Asked,
    size: int,
    **beside: object,
) -> Reply:
    """Return the page of ``items`` that is asked for, as rows in the list ``name``."""
    start = _start(asked.next_key)
    page = items[start : start + size]
    more = len(items) > start + size
    next_key = f"{_MARK}{start + size:09}" if more else ""
    return Reply({**beside, name: [row(item) for item in page]}, next_key)


def _start(next_key: str) -> int:
    if not next_key:
        return 0
    if not next_key.startswith(_MARK) or not next_key[1:].isdecimal():
        raise refusal("1517", name="next-key")
    return int(next_key[1:])
