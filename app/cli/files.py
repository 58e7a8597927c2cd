"""Files that a command writes: there whole at its end, or not at all."""

import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from app.cli.failure import BadUsage

FOR_EXCEL = "utf-8-sig"  # without the mark, Excel in Korea reads CP949


@contextmanager
def new_file(option: str, path: Path, *, spreadsheet: bool = False) -> Iterator[IO[str]]:
    """Hand out a text file that takes the place of ``path`` when all has gone well.

    Raises:
        BadUsage: it cannot be written; the message names the ``option``.
    """
    encoding = FOR_EXCEL if spreadsheet else "utf-8"
    with (
        new_binary_file(option, path) as file,
        io.TextIOWrapper(file, encoding=encoding, newline="") as text,
    ):
        yield text


@contextmanager
def new_binary_file(option: str, path: Path) -> Iterator[BinaryIO]:
    """Hand out a file of bytes in the same way.

    Raises:
        BadUsage: it cannot be written; the message names the ``option``.
    """
    path = path.resolve()  # through a link, to the file that it names
    if path.exists() and not path.is_file():
        raise BadUsage(f"{option}: {path} is no file")
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise BadUsage(f"{option}: {path} cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
