"""Scans that are started from the page: progress, signals as they come, the open ticker alone."""

import re

import httpx
from playwright.sync_api import Page, expect

from tests.conftest import PATIENCE_SECONDS
from tests.e2e.page.conftest import Site

SAMSUNG = "005930"  # in a pattern that the mock plants


def test_an_empty_page_says_what_is_ready_and_a_scan_from_it_fills_it(
    new_site: Site, page: Page
) -> None:
    page.goto(new_site.url)
    empty = page.locator("#empty")
    expect(empty).to_contain_text("아직 신호가 없습니다")
    expect(empty).to_contain_text("모의 서버에 연결됨. 실제 시세가 아닙니다.")
    expect(empty).to_contain_text("스캔 워커1개 응답")
    expect(empty).to_contain_text("신호 워커1개 응답")
    expect(empty).to_contain_text("목록이 아직 없어 요청 수를 알 수 없습니다")
    expect(empty).to_contain_text("scanner scan 005930 000660 --wait")

    page.evaluate("window.neverReloaded = true")
    empty.get_by_role("button", name="전체 스캔 시작").click()
    page.locator("#start").click()

    expect(page.locator("#scan-name")).to_have_text("직접 시작한 스캔")
    expect(page.locator("#scan-count")).to_contain_text("/ 12 종목")
    expect(page.locator(f'#signals tr[data-key="{SAMSUNG}|vcp"]')).to_be_visible()
    expect(page.locator("#scan-start")).to_contain_text("12종목")
    page.locator(f'#signals tr[data-key="{SAMSUNG}|vcp"]').click()
    expect(page.locator("#chart")).to_have_attribute("data-legs", "3")
    expect(page.locator("#words")).to_contain_text("고점 이후 조정 폭이")
    assert page.locator("#signals tr.new").count() > 0
    assert page.evaluate("window.neverReloaded")


def test_what_becomes_ready_is_seen_without_a_reload_and_the_focus_stays(
    new_site: Site, page: Page
) -> None:
    page.goto(new_site.url)
    empty = page.locator("#empty")
    expect(empty).to_contain_text("스케줄러아직 확인되지 않았습니다")
    button = empty.get_by_role("button", name="전체 스캔 시작")
    button.focus()

    with new_site.services() as services:
        services.queues.note_sweep(services.clock())

    expect(empty).to_contain_text(re.compile(r"스케줄러.+ 전 확인"))
    expect(page.locator("#trouble")).to_have_text("")
    expect(button).to_be_focused()


def test_the_dialog_counts_the_requests_before_it_starts(site: Site, page: Page) -> None:
    page.goto(site.url)
    page.locator("#new-scan").click()
    cost = page.locator("#cost")
    expect(cost).to_contain_text("종목 · 저장된 봉을 빼고 요청 약")

    page.get_by_label("종목 지정").check()
    page.locator("#codes").fill("005930, 00593")
    expect(cost).to_contain_text("00593: 종목 코드가 아닙니다")
    expect(page.locator("#start")).to_be_disabled()

    page.locator("#codes").fill("005930 000660")
    expect(cost).to_contain_text("2종목")
    expect(page.locator("#start")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(page.locator("#new-scan")).to_be_focused()


def test_the_open_ticker_is_scanned_alone_and_its_button_says_how_far(
    site: Site, page: Page
) -> None:
    page.goto(f"{site.url}/?t={SAMSUNG}")
    button = page.locator("#scan-now")
    expect(button).to_contain_text("지금 스캔")
    expect(page.locator("#feed")).to_have_class("live")  # its coming draws the button anew
    button.hover()
    expect(button).to_have_attribute("title", re.compile(r"요청 약 \d+회"))

    page.keyboard.press("s")

    expect(button).to_have_text(re.compile(r"\d\d:\d\d:\d\d 갱신"))
    newest = httpx.get(
        f"{site.url}/api/scans", params={"limit": 1}, timeout=PATIENCE_SECONDS
    ).json()["scans"][0]
    assert (newest["name"], newest["total"], newest["state"]) == ("page", 1, "done")


def test_a_scan_that_cannot_be_done_says_so_in_place_of_the_words(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?t=ZZZZZZ")
    expect(page.locator("#words")).to_contain_text("목록에 없는 종목입니다.")

    page.locator("#scan-now").click()

    expect(page.locator("#words")).to_contain_text("스캔하지 못했습니다: 목록에 없는 종목")
    expect(page.locator("#scan-now")).to_be_enabled()


def test_rows_wait_while_somebody_points_at_the_table(site: Site, page: Page) -> None:
    page.goto(site.url)
    rows = page.locator("#signals tr[data-key]")
    expect(page.locator("#feed")).to_have_class("live")
    rows.first.hover()
    before = rows.evaluate_all("rows => rows.map(row => row.dataset.key)")

    key = site.find("900010", "기다린종목")

    held = page.locator("#held")
    expect(held).to_have_text(re.compile("새 신호 1건"))
    assert rows.evaluate_all("rows => rows.map(row => row.dataset.key)") == before
    page.keyboard.press("n")
    expect(held).to_be_hidden()
    expect(rows.first).to_have_attribute("data-key", key)
    expect(rows.first).to_have_class(re.compile("new"))


def test_a_row_comes_in_on_top_when_nobody_reads(site: Site, page: Page) -> None:
    page.goto(site.url)
    expect(page.locator("#feed")).to_have_class("live")

    key = site.find("900020", "새종목")

    first = page.locator("#signals tr[data-key]").first
    expect(first).to_have_attribute("data-key", key)
    expect(first.locator(".name")).to_have_text("새종목")
    expect(page.locator("#held")).to_be_hidden()
