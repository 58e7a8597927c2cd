import io
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from app.replay.html import write_html
from app.replay.result import Replayed
from app.replay.ticker import Job, Stores, replay
from tests.unit.replay.market import FIRST, LAST, MARKET, PATTERN, listing_of, plan_of

MADE_AT = datetime(2025, 3, 1, 9, tzinfo=UTC)
ADDRESSES = {"src", "href", "srcset", "action", "data", "poster", "xlink:href"}


class Page(HTMLParser):
    """Reads a page, fails where elements are not closed in their order, remembers what it holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def count(self, tag: str, **attributes: str) -> int:
        return sum(
            name == tag and all(given.get(key) == value for key, value in attributes.items())
            for name, given in self.elements
        )


@pytest.fixture
def report(stores: Stores) -> str:
    plan = plan_of()
    tracks = [replay(Job(listing_of(ticker), {}), plan, stores) for ticker in MARKET]
    written = io.StringIO()
    write_html(
        Replayed.of(plan, tracks, ["000001"]),
        written,
        bars={ticker: stores.bars.load(ticker, plan.span) for ticker in MARKET},
        made_at=MADE_AT,
    )
    return written.getvalue()


def test_the_report_is_one_page_that_a_browser_can_read(report: str) -> None:
    page = Page(report)

    assert page.open == []
    assert (page.count("html"), page.count("title") > 0, page.count("style")) == (1, True, 1)
    assert f"Replay {FIRST} to {LAST}" in page.texts


def test_the_report_needs_nothing_from_outside(report: str) -> None:
    page = Page(report)

    assert page.count("script") == page.count("link") == page.count("img") == 0
    assert not any(ADDRESSES & set(attributes) for _, attributes in page.elements)
    for address in ("http:", "https:", "//", "url(", "@import"):
        assert address not in report


def test_the_report_is_light_and_dark(report: str) -> None:
    assert "prefers-color-scheme: dark" in report


def test_a_name_is_text_and_never_markup(report: str) -> None:
    assert "<Söhne>" not in report
    assert f"{PATTERN} & <Söhne>" in "".join(Page(report).texts)


def test_a_planted_pattern_is_drawn_with_its_pull_backs_and_levels(report: str) -> None:
    page = Page(report)

    drawn = [given["aria-label"] or "" for tag, given in page.elements if tag == "svg"]
    assert any(label.startswith(f"{PATTERN} from ") for label in drawn)
    assert page.count("line", **{"class": "leg"}) >= 2
    assert any("19,110 entry" in text for text in page.texts)
    assert any("17,950 stop" in text for text in page.texts)


def test_the_report_says_what_it_does_not_know_and_what_it_had_no_bars_of(report: str) -> None:
    words = " ".join("".join(Page(report).texts).split())

    for unknown in ("left the exchange", "No costs, no slippage", "thirty sessions"):
        assert unknown in words
    assert "Without stored bars of the time: 000001" in words


def test_a_replay_that_found_nothing_is_a_report_too(empty_stores: Stores) -> None:
    plan = plan_of()
    track = replay(Job(listing_of(PATTERN), {}), plan, empty_stores)
    written = io.StringIO()

    write_html(
        Replayed.of(plan, [track], []),
        written,
        bars={},
        made_at=MADE_AT,
    )

    assert "No signal." in Page(written.getvalue()).texts
