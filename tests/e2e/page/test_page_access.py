"""The page for those who see no screen, use no mouse, want nothing to move, or look elsewhere."""

import re
from datetime import datetime
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, expect

from app.domain import KOREA
from tests.e2e.page.conftest import Site
from tests.streams import stream_server

SAMSUNG = "005930"  # in a pattern that the mock plants
COLUMNS = [
    *("관심", "시각", "종목명", "코드", "전략", "등급", "점수", "상태"),
    *("현재가", "등락률", "대금(억)", "진입가", "목표가", "손절가", "R"),
]
MOTIONS: list[Literal["no-preference", "reduce"]] = ["no-preference", "reduce"]

NAMELESS = """() => [...document.querySelectorAll("button, a[href], input, [role=tab]")]
  .filter((each) => each.checkVisibility() && !each.closest("#canvas"))
  .filter((each) => !(each.ariaLabel || each.innerText || each.labels?.length))
  .map((each) => each.outerHTML)"""
# A tab that nobody sees, as a page is told: it is hidden, and gets no frames to draw.
HIDEABLE = """() => {
  let waiting = [];
  const draw = window.requestAnimationFrame.bind(window);
  window.hide = (hidden) => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
    if (!hidden) waiting.splice(0).forEach((each) => draw(each));
  };
  window.requestAnimationFrame = (each) => document.hidden ? waiting.push(each) : draw(each);
}"""


def test_a_screen_reader_finds_every_part_by_its_role_and_name(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?t={SAMSUNG}&s=vcp")
    expect(page.locator("#words")).to_contain_text("조정 폭이")

    expect(page.get_by_role("banner")).to_be_visible()
    expect(page.get_by_role("search")).to_be_visible()
    for name in ("스캔 진행", "신호", "종목 상세"):
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("progressbar", name="스캔 진행")).to_have_attribute(
        "aria-valuenow", re.compile(r"\d+")
    )
    heads = page.locator("#rows").get_by_role("columnheader").all_inner_texts()
    assert [head.strip(" ↓") for head in heads] == COLUMNS
    expect(page.get_by_role("columnheader", name="시각")).to_have_attribute(
        "aria-sort", "descending"
    )
    row = page.locator(f'#signals tr[data-key="{SAMSUNG}|vcp"]')
    expect(row.get_by_role("rowheader", name="삼성전자")).to_be_visible()
    tab = page.get_by_role("tab", selected=True)
    expect(tab).to_contain_text("VCP")
    expect(page.get_by_role("tabpanel", name=re.compile("VCP"))).to_be_visible()
    gates = page.get_by_role("table").filter(has_text="조정 횟수")
    expect(gates.get_by_role("rowheader").first).to_contain_text("충족")  # not by colour alone
    expect(page.get_by_label(re.compile("삼성전자 일봉 차트"))).to_be_visible()
    assert page.evaluate(NAMELESS) == []


def test_every_dialog_holds_the_focus_and_gives_it_back(site: Site, page: Page) -> None:
    page.goto(site.url)
    expect(page.locator("#feed")).to_have_class("live")
    for opener, dialog in (("#new-scan", "#scan-dialog"), ("#keys", "#help"), ("#next", "#note")):
        expect(page.locator(opener)).to_be_visible()
        page.locator(opener).focus()
        page.keyboard.press("Enter")
        expect(page.locator(dialog)).to_be_visible()
        assert page.locator(dialog).evaluate("box => box.contains(document.activeElement)")

        page.keyboard.press("Escape")

        expect(page.locator(dialog)).to_be_hidden()
        expect(page.locator(opener)).to_be_focused()


def test_a_dialog_can_be_closed_by_its_button(site: Site, page: Page) -> None:
    page.goto(site.url)
    for opener, dialog in (("#new-scan", "#scan-dialog"), ("#keys", "#help")):
        page.locator(opener).click()
        page.locator(dialog).get_by_role("button", name="닫기").click()
        expect(page.locator(dialog)).to_be_hidden()


def test_a_scan_is_started_and_read_without_a_mouse(site: Site, page: Page) -> None:
    page.goto(site.url)
    expect(page.locator("#feed")).to_have_class("live")

    page.keyboard.press("Shift+S")
    page.keyboard.press("ArrowRight")  # from all of the market to named tickers
    page.keyboard.type(SAMSUNG)
    expect(page.locator("#cost")).to_contain_text("1종목")
    page.keyboard.press("Enter")
    expect(page.locator("#scan-dialog")).to_be_hidden()
    expect(page.locator("#scan-start")).to_contain_text("1종목")

    page.keyboard.press("/")
    page.keyboard.type(SAMSUNG)
    expect(page.locator("#results [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#words")).to_contain_text("조정 폭이")
    page.keyboard.press("]")
    expect(page.get_by_role("tab", selected=True)).to_contain_text("변동성돌파")


def test_whoever_walks_by_tab_sees_where_he_is(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?t={SAMSUNG}")
    expect(page.locator("#words")).to_contain_text("조정 폭이")
    expect(page.locator("#next")).to_be_visible()
    seen: list[str] = []
    while True:
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "() => { const at = document.activeElement; const style = getComputedStyle(at);"
            " return [at.id || at.className || at.tagName, at.tagName,"
            " parseFloat(style.outlineWidth), style.outlineStyle] }"
        )
        if outline[1] == "BODY" or outline[0] in seen[:1]:
            break
        assert outline[2] >= 2 or outline[3] == "auto", outline
        seen.append(outline[0])

    assert {"next", "query", "language", "theme", "keys", "new-scan", "star", "scan-now"} <= {*seen}


def test_nothing_flashes_for_those_who_want_no_motion(site: Site, page: Page) -> None:
    count = """() => { window.tints = 0; new MutationObserver((all) => all.forEach(({target}) =>
      target.classList.contains("moved") && (window.tints += 1)))
      .observe(document.body, {attributes: true, attributeFilter: ["class"], subtree: true}) }"""
    row = page.locator(f'#signals tr[data-key="{SAMSUNG}|vcp"] .price')
    with stream_server(tick=0.2) as prices:
        streaming = Site(site.system, KIS_WS_URL=prices.ws_url)
        streaming.start()
        try:
            for motion in MOTIONS:
                page.emulate_media(reduced_motion=motion)
                page.goto(f"{streaming.url}/?t={SAMSUNG}")
                page.evaluate(count)
                for _ in range(3):
                    expect(row).not_to_have_text(row.inner_text())
                assert (page.evaluate("window.tints") > 0) is (motion == "no-preference")
        finally:
            streaming.stop()


def test_a_hidden_tab_counts_what_came_and_shows_it_on_return(site: Site, page: Page) -> None:
    page.goto(site.url)
    expect(page.locator("#feed")).to_have_class("live")
    rows = page.locator("#signals tr[data-key]")
    before = rows.count()
    page.evaluate(HIDEABLE)
    page.evaluate("hide(true)")

    key = site.find("900030", "숨은종목")

    expect(page).to_have_title("(1) krx-scanner")
    assert rows.count() == before

    page.evaluate("hide(false)")

    expect(page).to_have_title("krx-scanner")
    expect(rows.first).to_have_attribute("data-key", key)
    expect(rows.first).to_have_class(re.compile("new"))


def test_a_holiday_is_named(site: Site, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "calendar.csv"
    today = datetime.now(KOREA).date()
    file.write_text(f"date,state,name\n{today},closed,임시휴장\n", encoding="utf-8")
    resting = Site(site.system, CALENDAR_FILE=str(file))
    resting.start()
    try:
        page.goto(resting.url)

        expect(page.locator("#market")).to_contain_text("휴장 · 임시휴장")
        expect(page.locator("#market")).to_contain_text("다음 개장")
        expect(page.locator("#foot-grey")).to_have_text("종가 기준")
    finally:
        resting.stop()
