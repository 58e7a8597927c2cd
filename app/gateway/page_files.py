"""The page's own files: read once, compressed once, and named by what is in them.

Their addresses carry a digest of all of them, so a browser keeps each for ever and still never
mixes the files of two versions. Nothing is read by a name that a request gives.
"""

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from fastapi import Request, Response

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class _File(NamedTuple):
    media_type: str
    body: bytes
    zipped: bytes


class PageFiles:
    """The files below ``static/`` that a browser may have, by their path there."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.suffix in MEDIA_TYPES
        }
        digest = hashlib.sha256()
        for name, file in self._files.items():
            digest.update(name.encode() + file.body)
        self.version = digest.hexdigest()[:12]

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return how many bytes each file has on its way to a browser."""
        return {name: len(file.zipped) for name, file in self._files.items()}

    @property
    def modules(self) -> list[str]:
        """Return the scripts that the page needs at once."""
        late = ("vendor/", "first.js")
        return [name for name in self._files if name.endswith(".js") and not name.startswith(late)]

    def answer(self, request: Request, name: str) -> Response | None:
        """Return the file of this name; None when there is none."""
        file = self._files.get(name)
        if file is None:
            return None
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Vary": "Accept-Encoding",
        }
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(file.body, media_type=file.media_type, headers=headers)
        headers["Content-Encoding"] = "gzip"
        return Response(file.zipped, media_type=file.media_type, headers=headers)


def _read(path: Path) -> _File:
    body = path.read_bytes()
    return _File(MEDIA_TYPES[path.suffix], body, gzip.compress(body, mtime=0))
