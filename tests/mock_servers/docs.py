"""The documentation that can be tried: a page at /docs with every call and an example to send.

The page comes from the server alone, so it works without the internet.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

_PAGE = Path(__file__).with_name("docs.html").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Example:
    """A call, and what to send with it; ``fields`` are the body, or the query of a GET."""

    path: str
    title: str
    fields: Mapping[str, object] | None = None
    method: str = "POST"
    id: str = ""  # the broker's own name of the call
    headers: Mapping[str, str] = field(default_factory=dict)
    with_token: bool = False


@dataclass(frozen=True)
class Login:
    """Where a token comes from: the name of the secret there, and of the token in the answer."""

    path: str
    secret: str
    token: str


CONTROL = (
    Example("/_referee", "what the referee has counted", method="GET"),
    Example("/_referee", "count anew", method="DELETE"),
    Example("/_faults", "the faults in force", method="GET"),
    Example("/_faults", "another fault", {"kind": "error_5xx", "count": 1}),
    Example("/_faults", "no more faults", method="DELETE"),
    Example("/_planted", "what a scan must find", method="GET"),
    Example("/_orders", "every order taken", method="GET"),
    Example("/_orders", "every account as new", method="DELETE"),
    Example("/_tokens", "which tokens were issued or ended is forgotten", method="DELETE"),
)


def docs_routes(
    title: str, about: str, calls: Sequence[Example], login: Login | None = None
) -> APIRouter:
    """Return the page that lists ``calls``."""
    told = {
        "title": title,
        "about": about,
        "token": asdict(login) if login else None,
        "calls": [asdict(call) for call in calls],
    }
    in_page = json.dumps(told, ensure_ascii=False).replace("</", "<\\/")
    page = _PAGE.replace("{/* page */}", in_page)
    routes = APIRouter(include_in_schema=False)

    @routes.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(page)

    return routes
