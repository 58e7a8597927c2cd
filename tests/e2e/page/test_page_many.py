"""A page that has much to show: a whole market of signals, bursts of them, a day of updates."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from redis import Redis

from app.database import connect, upgrade, writing
from app.domain import Grade, Signal, told_score
from app.signals.feed import Feed
from app.signals.rows import insert_signal
from app.signals.tracked import Tracked
from tests.conftest import PATIENCE_SECONDS
from tests.e2e.page.conftest import Site

MARKET = 2_600  # tickers, as many as the exchange lists
MOST_ROWS = 160  # in the page, of however many
BURST = 1_000
MOST_GROWTH = 3_000_000  # bytes of heap, after updates that only replace what was there

KEYS = "rows => rows.map(row => row.dataset.key)"


@pytest.fixture(scope="module")
def pattern(site: Site) -> Signal:
    """Return a signal that the market has."""
    answer = httpx.get(f"{site.url}/api/signals?strategy=vcp&limit=1", timeout=PATIENCE_SECONDS)
    known = answer.json()["signals"][0]
    return Signal.model_validate({name: known[name] for name in Signal.model_fields})


def signals(pattern: Signal, number: int) -> list[Signal]:
    """Return signals of other tickers: every second of grade S, the others A."""
    return [
        pattern.model_copy(
            update={
                "ticker": f"{at:06d}",
                "name": f"종목{at}",
                "grade": Grade.A if at % 2 else Grade.S,
                "score": 60 + at / 100,
            }
        )
        for at in range(number)
    ]


@pytest.fixture(scope="module")
def crowded(
    site: Site, pattern: Signal, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Return a gateway whose database has a signal of every ticker, found a second apart."""
    url = f"sqlite:///{tmp_path_factory.mktemp('crowd')}/crowd.db"
    engine, start = connect(url), datetime.now(UTC) - timedelta(seconds=MARKET)
    upgrade(engine)
    with writing(engine) as connection:
        for second, each in enumerate(signals(pattern, MARKET)):
            insert_signal(connection, Tracked.first(each), start + timedelta(seconds=second))
    engine.dispose()
    crowd = Site(site.system, DATABASE_URL=url)
    crowd.start()
    yield crowd
    crowd.stop()


def test_every_signal_can_be_scrolled_to_and_few_rows_are_in_the_page(
    crowded: Site, page: Page
) -> None:
    page.goto(f"{crowded.url}/?o=score.down")
    rows = page.locator("#signals tr[data-key]")
    expect(page.locator("#foot-rows")).to_have_text("2,600건 중 2,600건")
    expect(rows.first).to_have_attribute("data-key", f"{MARKET - 1:06d}|vcp")

    page.locator("#rows").evaluate("rows => rows.scrollTop = rows.scrollHeight")

    expect(rows.last).to_have_attribute("data-key", "000000|vcp")
    expect(rows.last).to_be_in_viewport()
    assert rows.count() <= MOST_ROWS
    page.locator("#rows").evaluate("rows => rows.scrollTop = rows.scrollHeight / 2")
    shown = page.locator('#signals tr[data-key="001300|vcp"]')
    expect(shown).to_be_visible()
    assert rows.evaluate_all(KEYS) == sorted(rows.evaluate_all(KEYS), reverse=True)


def test_filters_and_their_counts_are_about_all_signals_of_the_day(
    crowded: Site, page: Page
) -> None:
    page.goto(crowded.url)
    expect(page.locator('#filters [data-value="vcp"] small')).to_have_text("2,600")

    page.locator('#filters [data-value="S"]').click()

    expect(page.locator("#foot-rows")).to_have_text("2,600건 중 1,300건 · 1,300건 숨김")
    expect(page.locator('#filters [data-value="vcp"] small')).to_have_text("1,300")
    grades = page.locator("#signals td.grade").all_inner_texts()
    assert set(grades) == {"S"}


def test_rows_are_walked_beyond_those_in_the_page(crowded: Site, page: Page) -> None:
    page.goto(f"{crowded.url}/?o=score.up")
    expect(page.locator("#foot-rows")).to_have_text("2,600건 중 2,600건")
    selected = page.locator('#signals tr[aria-selected="true"]')

    for _ in range(100):
        page.keyboard.press("j")

    expect(selected).to_have_attribute("data-key", "000099|vcp")
    expect(selected).to_be_focused()
    expect(selected).to_be_in_viewport()


def messages(found: Sequence[Signal], first: int) -> Iterator[dict[str, Any]]:
    """Yield what the feed says when these signals are found."""
    at = datetime.now(UTC).isoformat()
    for number, each in enumerate(found, start=first):
        standing = Tracked.first(each).standing.model_dump(mode="json")
        body = each.model_dump(mode="json")
        told = {"type": "signal", "id": number, "signal_id": number, "kind": "new", "at": at}
        yield {**told, "signal": body, "standing": standing}


def test_bursts_of_signals_are_all_shown_and_leave_nothing_behind(
    site: Site, pattern: Signal, page: Page
) -> None:
    page.goto(f"{site.url}/?o=score.down")
    expect(page.locator("#feed")).to_have_class("live")
    devtools = page.context.new_cdp_session(page)
    burst, heaps = signals(pattern, BURST), []
    best = page.locator(f'#signals tr[data-key="{BURST - 1:06d}|vcp"]')
    with Redis.from_url(site.system.environment["REDIS_URL"]) as redis:
        for round_ in range(6):
            newest = [each.model_copy(update={"score": each.score + 20 + round_}) for each in burst]
            Feed(redis).announce(list(messages(newest, 1_000_000 + round_ * BURST)))

            expect(best.locator(".score")).to_have_text(told_score(newest[-1].score))
            devtools.send("HeapProfiler.collectGarbage")
            heaps.append(devtools.send("Runtime.getHeapUsage")["usedSize"])

    assert page.locator("#signals tr[data-key]").count() <= MOST_ROWS
    assert heaps[-1] - heaps[1] < MOST_GROWTH
