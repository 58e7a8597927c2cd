"""The page when something is away: the feed, Redis, the token; it says so, and comes back."""

import re

import httpx
from playwright.sync_api import Page, expect

from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.e2e.page.conftest import Site


def test_a_cut_feed_is_said_and_what_was_missed_comes_as_held_rows(
    new_site: Site, page: Page
) -> None:
    new_site.system.scan("005930", "000660")
    page.goto(new_site.url)
    rows = page.locator("#signals tr[data-key]")
    expect(page.locator("#feed")).to_have_class("live")
    prices = page.locator("#signals td.price")
    before = rows.count()

    key = new_site.find("900010", "놓친종목", before=new_site.stop)

    band = page.locator("#band")
    expect(band).to_contain_text("실시간 연결이 끊겼습니다")
    expect(band).to_contain_text("다시 연결")
    expect(page.locator("#assertive")).to_have_text("실시간 연결이 끊겼습니다")
    for shown in prices.all():
        expect(shown).not_to_have_class(re.compile("up|down"))
    assert rows.count() == before

    new_site.start()
    band.get_by_role("button").click()

    expect(band).to_be_hidden()
    expect(page.locator("#feed")).to_have_class("live")
    expect(page.locator("#held")).to_contain_text("새 신호 1건")
    page.locator("#held").click()
    expect(rows.first).to_have_attribute("data-key", key)


def test_without_redis_the_stored_signals_stay_and_no_scan_can_be_started(
    new_site: Site, page: Page
) -> None:
    new_site.system.scan("005930")
    page.goto(f"{new_site.url}/?t=005930")
    expect(page.locator("#feed")).to_have_class("live")
    scan_now = page.locator("#scan-now")
    expect(scan_now).to_be_enabled()

    new_site.system.redis.kill()

    band = page.locator("#band")
    expect(band).to_contain_text("Redis에 연결할 수 없습니다")
    expect(band).to_contain_text("증권사 요청을 모두 멈췄습니다")
    expect(scan_now).to_be_disabled()
    expect(scan_now).to_have_attribute("title", re.compile("한도를 확인할 수 없어"))
    expect(page.locator("#new-scan")).to_be_disabled()

    page.reload()

    expect(page.locator('#signals tr[data-key="005930|vcp"]')).to_be_visible()
    expect(page.locator("#chart")).to_be_visible()
    expect(band).to_contain_text("Redis에 연결할 수 없습니다")

    new_site.system.redis.start()

    expect(band).to_be_hidden()
    expect(scan_now).to_be_enabled()


def test_a_scan_asks_for_the_token_once_and_keeps_it_in_the_tab(site: Site, page: Page) -> None:
    guarded = Site(site.system, GATEWAY_TOKEN="an-open-secret")
    guarded.start()
    try:
        page.goto(f"{guarded.url}/?t=005930")
        expect(page.locator("#feed")).to_have_class("live")
        assert "an-open-secret" not in page.content()
        dialog = page.locator("#token-dialog")

        page.locator("#scan-now").click()
        page.locator("#token").fill("a-wrong-one")
        page.keyboard.press("Enter")
        expect(dialog).to_contain_text("맞지 않는 토큰입니다.")
        page.locator("#token").fill("an-open-secret")
        page.keyboard.press("Enter")

        expect(dialog).to_be_hidden()
        expect(page.locator("#scan-now")).to_have_text(re.compile(r"\d\d:\d\d:\d\d 갱신"))
        page.locator("#scan-now").click()
        expect(dialog).to_be_hidden()
        wait_until(lambda: len(page_scans(guarded)) == 2)
        assert "an-open-secret" not in page.evaluate("JSON.stringify(localStorage)")
        assert "an-open-secret" not in page.url
    finally:
        guarded.stop()


def page_scans(site: Site) -> list[str]:
    """Return the newest scans of 005930 that this page has started."""
    scans = httpx.get(
        f"{site.url}/api/scans", params={"limit": 2}, timeout=PATIENCE_SECONDS
    ).json()["scans"]
    return [scan["id"] for scan in scans if scan["name"] == "page" and scan["total"] == 1]


def test_a_missing_scheduler_is_said_in_the_scan_bar(site: Site, page: Page) -> None:
    page.goto(site.url)

    expect(page.locator("#trouble")).to_have_text("스케줄러가 아직 응답하지 않았습니다.")


def test_a_token_nobody_gives_leaves_everything_as_it_was(site: Site, page: Page) -> None:
    guarded = Site(site.system, GATEWAY_TOKEN="an-open-secret")
    guarded.start()
    try:
        page.goto(f"{guarded.url}/?t=005930")
        page.locator("#scan-now").click()
        expect(page.locator("#token-dialog")).to_be_visible()

        page.keyboard.press("Escape")

        expect(page.locator("#words")).to_contain_text("스캔하지 못했습니다")
        expect(page.locator("#scan-now")).to_be_enabled()
    finally:
        guarded.stop()


def test_without_a_database_the_page_still_opens_and_says_why_it_is_empty(
    site: Site, page: Page
) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=2"
    orphan = Site(site.system, DATABASE_URL=nowhere)
    orphan.start()
    try:
        page.goto(orphan.url)

        expect(page.locator("#empty")).to_contain_text("불러오지 못했습니다:")
        expect(page.locator("#clock")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    finally:
        orphan.stop()


def test_what_could_not_be_loaded_is_asked_for_again(site: Site, page: Page) -> None:
    page.route("**/api/tickers/005930", lambda route: route.abort(), times=1)
    page.goto(f"{site.url}/?t=005930")
    words = page.locator("#words")
    expect(words).to_have_text("불러오지 못했습니다: 게이트웨이가 응답하지 않습니다")

    expect(words).to_contain_text("조정 폭이")
