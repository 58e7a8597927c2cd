"""The page at ``/``: its skeleton with the newest signals, and the files that make it live.

The HTML carries what is known at once; ``static/main.js`` asks for the rest and follows the feed.
"""

import base64
import hashlib
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.bootstrap import Services
from app.database import DatabaseUnavailable
from app.gateway.live.messages import EVIDENCE
from app.gateway.page_files import PageFiles
from app.gateway.page_words import LANGUAGES, rows, texts
from app.gateway.problems import Refusal
from app.gateway.views import SignalView
from app.signals.filters import Filter
from app.strategies.registry import STRATEGIES

FIRST_ROWS = 60
# The chart library writes one style element, to place its logo. It alone is let through.
LOGO_STYLE = (
    "a#tv-attr-logo{--fill:#131722;--stroke:#fff;position:absolute;left:10px;bottom:10px;"
    "height:19px;width:35px;margin:0;padding:0;border:0;z-index:3;}"
    "a#tv-attr-logo[data-dark]{--fill:#D1D4DC;--stroke:#131722;}"
)


def page_routes(services: Services) -> APIRouter:
    """Return the routes of the page and its files."""
    files = PageFiles()
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("page.html.j2")
    said = {language: texts(language) for language in LANGUAGES}
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def page(request: Request) -> Response:
        now = services.clock()
        place = request.app.state.following.hub.place  # first: what comes later is in the feed
        signals, behind = _newest(services)
        language = services.settings.ui_lang
        html = template.render(
            base=f"static/{files.version}",
            modules=files.modules,
            strategies=list(STRATEGIES),
            language=language,
            say=said[language].__getitem__,
            rows=list(rows(signals or [], said[language], language, now)),
            docs="api/openapi.json",
            version=request.app.version,
            boot={
                "now": now.isoformat(),
                "place": place,
                "signals": None if signals is None else [_told(each) for each in signals],
                "next": behind,
            },
        )
        return HTMLResponse(html, headers={"Content-Security-Policy": _policy()})

    @router.get("/static/{version}/{name:path}")
    def file(request: Request, version: str, name: str) -> Response:
        found = files.answer(request, name) if version == files.version else None
        if found is None:
            raise Refusal(404, f"there is no {name:.80}")
        return found

    return router


def _newest(services: Services) -> tuple[list[SignalView] | None, str | None]:
    """Return the newest signals and the cursor behind them; None: the database is away."""
    try:
        kept, behind = services.listing.page(Filter(), limit=FIRST_ROWS)
    except DatabaseUnavailable:
        return None, None
    views = [
        SignalView.of(
            each.tracked.signal,
            each.tracked.standing,
            id=each.id,
            found_at=each.found_at,
            changed_at=each.changed_at,
        )
        for each in kept
    ]
    return views, str(behind) if behind else None


def _told(signal: SignalView) -> dict[str, Any]:
    """Return a signal as the feed tells it: whoever opens it asks for its evidence."""
    return signal.model_dump(mode="json", exclude=set(EVIDENCE))


def _policy() -> str:
    """Return what the page may load: its own files, nothing inline but the library's one style."""
    digest = base64.b64encode(hashlib.sha256(LOGO_STYLE.encode()).digest()).decode()
    return (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        f"object-src 'none'; img-src 'self' data:; style-src 'self' 'sha256-{digest}'"
    )
