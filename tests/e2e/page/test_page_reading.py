"""What the page shows of a market that was scanned: rows, chart, words, languages, themes, keys."""

import re
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import Browser, FloatRect, Page, Route, expect

from app.domain import Outcome, Result, Scan, Status, told_score
from app.signals.scans import Plan
from tests.e2e.page.conftest import WIDE, Site
from tests.streams import stream_server

SAMSUNG = "005930"  # in a pattern that the mock plants
VIOLET = (0xBD, 0xA4, 0xFF)  # what a strategy drew, on the dark page

COUNT_PIXELS = """([red, green, blue]) => [...document.querySelectorAll("#canvas canvas")]
  .map((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data)
  .reduce((sum, data) => {
    for (let at = 0; at < data.length; at += 4)
      if (data[at] === red && data[at + 1] === green && data[at + 2] === blue) sum += 1;
    return sum;
  }, 0)"""
ROW_TEXTS = """() => [...document.querySelectorAll("#signals tr")].map((row) =>
  [...row.cells].filter((cell) => !["time", "star"].includes(cell.className))
    .map((cell) => cell.innerText.trim()).join("|"))"""


def test_the_html_carries_the_rows_as_the_script_draws_them(
    site: Site, browser: Browser, page: Page
) -> None:
    page.goto(site.url)
    expect(page.locator("#feed")).to_have_class("live")
    drawn = page.evaluate(ROW_TEXTS)

    # Its script never comes: what is seen is what the server wrote.
    with browser.new_context(viewport=WIDE, locale="ko-KR") as context:
        still = context.new_page()
        still.route("**/main.js", lambda route: route.abort())
        still.goto(site.url)
        written = still.evaluate(ROW_TEXTS)

    assert written == drawn
    assert len(written) > 3


def test_the_chart_draws_each_contraction_in_the_colour_of_patterns(site: Site, page: Page) -> None:
    result = httpx.get(f"{site.url}/api/tickers/{SAMSUNG}", timeout=60).json()["results"]["vcp"]
    page.goto(site.url)

    page.locator(f'#signals tr[data-key="{SAMSUNG}|vcp"]').click()

    legs = len(result["facts"]["contractions"])
    assert legs >= 2
    expect(page.locator("#chart")).to_have_attribute("data-legs", str(legs))
    assert page.evaluate(COUNT_PIXELS, VIOLET) > 200
    expect(page.locator("#gates-met")).to_have_text("9개 중 9개 충족")
    expect(page.locator("#words")).to_contain_text("고점 이후 조정 폭이")

    page.get_by_role("tab", name="수급").click()

    expect(page.locator("#chart")).to_have_attribute("data-legs", "0")
    page.wait_for_function(f"() => ({COUNT_PIXELS})({list(VIOLET)}) === 0")


def test_levels_and_gates_are_those_of_the_api(site: Site, page: Page) -> None:
    signal = httpx.get(f"{site.url}/api/signals", params={"ticker": SAMSUNG, "strategy": "vcp"})
    found = signal.json()["signals"][0]
    page.goto(f"{site.url}/?t={SAMSUNG}&s=vcp")

    levels = page.locator("#levels")
    expect(levels).to_contain_text(f"{found['entry']:,}")
    expect(levels).to_contain_text(f"{found['target']:,}")
    expect(levels).to_contain_text(f"{found['stop']:,}")
    expect(levels).to_contain_text(f"{found['entry'] - found['stop']:,}원")
    expect(page.locator("#gates tbody tr")).to_have_count(len(found["facts"]["gates"]))
    expect(page.locator("#score-sum")).to_have_text(f"{told_score(found['score'])} / 100")
    expect(page.locator("#history li")).to_have_count(1)


def test_the_history_has_looks_without_a_signal_and_goes_on_where_its_end_is_seen(
    site: Site, page: Page
) -> None:
    looked = [Result(status=Status.OK, state=state) for state in ("FORMING", "NO_PATTERN")] * 40
    with site.services() as services:
        for result in looked:
            scan_id, now = uuid4().hex, services.clock()
            scan = Scan(scan_id, "test", None, ("vcp",), 0, now, now)
            services.scans.record(Plan(scan, ["900040"], 0), now=now)
            outcome = Outcome(
                scan_id=scan_id, ticker="900040", status=Status.OK, results={"vcp": result}
            )
            services.keeper.keep(outcome)
    site.find("900040", "지켜본종목")
    page.goto(f"{site.url}/?t=900040")
    entries = page.locator("#history li")
    expect(entries.first).to_contain_text("돌파 대기")
    expect(entries.nth(1)).to_contain_text("패턴 없음 신호 아님")
    expect(entries.nth(2)).to_contain_text("형성 중 신호 아님")

    page.locator("#history").evaluate("box => box.scrollTop = box.scrollHeight")

    expect(entries).to_have_count(1 + len(looked))


def test_language_and_theme_change_at_once_and_are_kept(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?t={SAMSUNG}")
    expect(page.locator("#words")).to_contain_text("조정 폭이")

    page.keyboard.press("l")
    page.keyboard.press("t")

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#words")).to_contain_text("the pull-backs shrank")
    expect(page.locator("thead .price")).to_have_text("Price")
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    assert "lang=en" in page.url
    assert "theme=light" in page.url

    page.goto(site.url)

    expect(page.locator("thead .price")).to_have_text("Price")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_a_view_is_in_its_address(site: Site, page: Page) -> None:
    page.goto(site.url)
    page.get_by_role("button", name=re.compile("^수급")).click()
    page.locator("thead .score button").click()
    rows = page.locator("#signals tr[data-key]")
    scores = [float(text) for text in rows.locator(".score").all_inner_texts()]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) > 1

    page.locator("thead .score button").click()
    address = page.url

    other = page.context.new_page()
    other.goto(address)
    expect(other.locator("thead .score")).to_have_attribute("aria-sort", "ascending")
    expect(other.locator("#signals td.strategy").first).to_have_text("수급")
    assert [float(text) for text in other.locator("#signals .score").all_inner_texts()] == sorted(
        scores
    )


def test_filters_that_match_nothing_can_be_taken_off(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?w=1")
    empty = page.locator("#empty")
    expect(empty).to_contain_text("조건에 맞는 신호가 없습니다.")

    empty.get_by_role("button", name="필터 해제").click()

    expect(empty).to_be_hidden()
    expect(page.locator("#signals tr[data-key]").first).to_be_visible()


def test_the_whole_page_can_be_walked_by_keyboard(site: Site, page: Page) -> None:
    page.goto(site.url)
    selected = page.locator('#signals tr[aria-selected="true"]')
    rows = page.locator("#signals tr[data-key]")
    expect(rows.nth(1)).to_be_visible()

    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")

    expect(selected).to_have_count(1)
    expect(selected).to_be_focused()
    expect(rows.first).to_have_attribute("aria-selected", "true")
    tab = page.locator('[role=tab][aria-selected="true"]')
    before = tab.get_attribute("id")
    page.keyboard.press("]")
    expect(tab).not_to_have_id(before or "")
    page.keyboard.press("[")
    expect(tab).to_have_id(before or "")
    page.keyboard.press("w")
    expect(page.locator("#star")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("2")
    expect(page.locator('#filters [data-value="vcp"]')).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()


def test_keys_are_known_by_their_place_on_a_korean_keyboard(site: Site, page: Page) -> None:
    page.goto(site.url)
    expect(page.locator("#signals tr[data-key]").first).to_be_visible()

    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'ㅓ', code: 'KeyJ', bubbles: true}))"
    )

    expect(page.locator('#signals tr[aria-selected="true"]')).to_have_count(1)


def test_a_ticker_is_found_by_its_initial_consonants(site: Site, page: Page) -> None:
    page.goto(site.url)

    page.keyboard.press("/")
    page.keyboard.type("ㅅㅅㅈㅈ")

    first = page.locator("#results [role=option]").first
    expect(first).to_contain_text("삼성전자")
    expect(first.locator("b")).to_have_text("삼성전자")
    expect(page.locator("#query")).to_have_attribute("aria-activedescendant", "result-0")
    page.keyboard.press("Enter")
    expect(page.locator("#ticker-name")).to_have_text("삼성전자")
    expect(page.locator("html")).to_have_attribute("lang", "ko")  # no letter was taken for a key
    assert f"t={SAMSUNG}" in page.url


def test_a_phone_shows_list_and_ticker_one_at_a_time(site: Site, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(site.url)
    row = page.locator(f'#signals tr[data-key="{SAMSUNG}|vcp"]')
    expect(row).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = row.bounding_box()
    assert box
    assert box["height"] >= 44

    row.click()

    expect(page.locator("#chart")).to_be_visible()
    expect(row).to_be_hidden()
    page.locator("#back").click()
    expect(row).to_be_visible()
    expect(page.locator("#chart")).to_be_hidden()


def test_the_price_of_the_open_ticker_runs(site: Site, page: Page) -> None:
    with stream_server(tick=0.2) as prices:
        streaming = Site(site.system, KIS_WS_URL=prices.ws_url)
        streaming.start()
        try:
            page.goto(f"{streaming.url}/?t={SAMSUNG}")
            price = page.locator("#ticker-price")
            expect(page.locator("#words")).not_to_be_empty()
            stored = price.inner_text()

            expect(price).not_to_have_text(stored)
            expect(price).to_have_class(re.compile("up|down|even"))
            row = page.locator(f'#signals tr[data-key="{SAMSUNG}|vcp"] .price')
            page.wait_for_function(
                "([one, other]) => one.textContent === other.textContent",
                arg=[price.element_handle(), row.element_handle()],
            )

            streaming.stop()
            expect(price).not_to_have_class(re.compile("up|down|even"))  # it is not live any more
            assert price.inner_text() == row.inner_text()  # the last that was
        finally:
            streaming.stop()


def test_a_signal_s_price_goes_before_that_of_older_bars(site: Site, page: Page) -> None:
    signals = httpx.get(f"{site.url}/api/signals", params={"ticker": SAMSUNG}, timeout=60).json()
    older = {"last_bar": "2020-01-02", "price": 1_000}
    page.route(f"**/api/tickers/{SAMSUNG}", lambda route: changed(route, older))
    page.goto(f"{site.url}/?t={SAMSUNG}")

    expect(page.locator("#words")).to_contain_text("고점 이후 조정 폭이")
    price = signals["signals"][0]["price"]
    expect(page.locator("#ticker-price")).to_have_text(f"{price:,.0f}")
    expect(page.locator("#chart")).to_have_attribute("data-price", f"{price:.0f}")


def test_a_scan_that_repeats_stands_once_in_the_list_of_those_to_come(
    site: Site, page: Page
) -> None:
    day = "2025-02-28T"
    repeats = {"first": f"{day}09:30:00+09:00", "last": f"{day}14:30:00+09:00", "minutes": 60}
    schedule = [
        coming("intraday", f"{day}13:30:00+09:00", repeats),
        coming("intraday", f"{day}14:30:00+09:00", repeats),
        coming("closing", f"{day}14:50:00+09:00", None),
    ]
    told = {"now": f"{day}13:05:00+09:00", "schedule": schedule}
    page.route("**/api/system", lambda route: changed(route, told))
    page.goto(site.url)
    listed = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    rows = page.locator("#idle tr")
    expect(rows).to_have_count(2)

    expect(page.locator("#idle h2")).to_have_text("오늘 스캔 일정")
    assert rows.evaluate_all(listed) == [
        ["13:30", "장중 변동성돌파 · 09:30부터 14:30까지 1시간마다", "요청 40회씩 · 약 20초"],
        ["14:50", "종가베팅·돌파", "요청 40회 · 약 20초"],
    ]

    page.locator("#next").click()
    assert page.locator("#note tr").evaluate_all(listed) == rows.evaluate_all(listed)
    page.keyboard.press("Escape")
    page.keyboard.press("l")

    expect(rows.first).to_contain_text("Intraday breakout · every 1 h, 09:30–14:30")
    told["now"] = "2025-02-27T20:00:00+09:00"
    page.reload()
    expect(page.locator("#idle h2")).to_have_text("Scans of the next session")
    expect(rows.first).to_contain_text("Fri 28 Feb 13:30")


def changed(route: Route, values: dict[str, Any]) -> None:
    """Answer as the gateway does, but for these values."""
    answer = route.fetch()
    route.fulfill(response=answer, json=answer.json() | values)


def coming(name: str, at: str, repeats: dict[str, Any] | None) -> dict[str, Any]:
    """Return a scan to come, as the API tells it."""
    cost = {"tickers": 40, "calls": 40, "seconds": 20.0}
    return {"name": name, "at": at, "label": name, "strategies": [], "repeats": repeats} | cost


def test_every_part_has_its_height_and_the_page_itself_never_scrolls(
    site: Site, page: Page
) -> None:
    page.goto(f"{site.url}/?t={SAMSUNG}&g=all")
    expect(page.locator("#chart")).to_be_visible()

    heights = {"#top": 40, "#bar": 52, "#filters": 34, "footer": 24, "#tabs": 30, "#levels": 42}
    for width, height in ((1920, 1080), (1440, 900), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        found = {part: box(page, part)["height"] for part in heights}
        assert found == heights, width
        assert box(page, "#signals tr[data-key]")["height"] == 26
        assert box(page, "#top")["width"] == width
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate("document.documentElement.scrollHeight") == height
    assert box(page, "#list")["width"] == 776


def box(page: Page, selector: str) -> FloatRect:
    """Return where the first element of a selector is."""
    found = page.locator(selector).first.bounding_box()
    assert found
    return found
