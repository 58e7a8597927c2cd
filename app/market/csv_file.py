"""Read a CSV file that a person wrote: as Excel saves it, and telling them which line is wrong."""

import csv
from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class CsvError(ValueError):
    """A file cannot be read; the message names it and the line, and says what is wanted."""


def read(
    path: Path, columns: Sequence[str], parse: Callable[[dict[str, str]], tuple[Key, Value]]
) -> dict[Key, Value]:
    """Return the lines of a CSV file by their key, in order.

    UTF-8, with or without a byte order mark, or cp949; ``columns`` must be there. ``parse`` is
    given the stripped values of a line by column and returns its key and what it makes of it.

    Raises:
        CsvError: no such file, another encoding, a column missing, a key that stands twice, or a
            line that ``parse`` refused with a ValueError.
    """
    header: list[str] = []
    found: dict[Key, Value] = {}
    for number, line in enumerate(_text(path).splitlines() or [""], start=1):
        try:
            values = [value.strip() for value in next(csv.reader([line], strict=True), [])]
            if number == 1:
                header = _header(values, columns)
            elif values:
                _add(found, *parse(_by_column(header, values)))
        except (csv.Error, ValueError) as error:
            raise CsvError(f"{path}, line {number}: {error}") from error
    return found


def _header(names: list[str], wanted: Sequence[str]) -> list[str]:
    if not set(wanted) <= set(names):
        raise ValueError(f"want the columns {','.join(wanted)}")
    return names


def _by_column(header: list[str], values: list[str]) -> dict[str, str]:
    if len(values) > len(header):
        raise ValueError(f"{len(values)} values, want {len(header)}")
    return dict(zip_longest(header, values, fillvalue=""))


def _add(found: dict[Key, Value], key: Key, value: Value) -> None:
    if key in found:
        raise ValueError(f"{key} stands twice, want one line for each")
    found[key] = value


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CsvError(f"{path}: {error.strerror}; want a CSV file") from error
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CsvError(f"{path}: neither UTF-8 nor cp949; want a CSV file")
