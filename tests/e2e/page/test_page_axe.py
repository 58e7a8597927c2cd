"""The page by the rules of WCAG 2.1 A and AA, which axe-core knows; and what axe cannot see.

A state is looked at in as few ways as meet each pair of theme, language and width once.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.page.conftest import WIDE, Site

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "resultTypes": ["violations"],  # all that is told of other rules is the first element
}
PHONE: ViewportSize = {"width": 390, "height": 844}
LOOKS = [("dark", "ko", WIDE), ("light", "en", WIDE), ("dark", "en", PHONE), ("light", "ko", PHONE)]
STRATEGIES = ("vcp", "volatility_breakout", "closing_bet", "smart_money")
SAMSUNG = "005930"


def findings(page: Page) -> list[str]:
    """Return what breaks a rule on the page as it is now, by rule and selectors."""
    return [
        f"{rule['id']} at {[' '.join(map(str, node['target'])) for node in rule['nodes']]}"
        for rule in Axe().run(page, options=RULES).response["violations"]
    ]


def look(page: Page, state: str) -> None:
    """Look at a state of the page in all themes, languages and widths; a finding says in which."""
    found = []
    for theme, language, size in LOOKS:
        page.set_viewport_size(size)
        choose(page, theme, language)
        way = f"{state}, {theme} {language} {size['width']}"
        found += [f"{way}: {finding}" for finding in findings(page)]
    page.set_viewport_size(WIDE)
    assert found == []


def choose(page: Page, theme: str, language: str) -> None:
    """Have the page in a theme and a language, also behind a dialog."""
    html = page.locator("html")
    for button, attribute, wanted in (
        ("theme", "data-theme", theme),
        ("language", "lang", language),
    ):
        if html.get_attribute(attribute) != wanted:
            page.locator(f"#{button}").dispatch_event("click")
        expect(html).to_have_attribute(attribute, wanted)


def test_rows_and_each_strategy_of_a_ticker_break_no_rule(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?g=all")
    expect(page.locator("#feed")).to_have_class("live")
    look(page, "rows")

    page.locator(f'#signals tr[data-key="{SAMSUNG}|vcp"]').click()
    expect(page.locator("#chart")).to_be_visible()
    for strategy in STRATEGIES:
        page.locator(f"#tab-{strategy}").click()
        expect(page.locator("#words")).not_to_be_empty()
        look(page, strategy)


def test_what_opens_over_the_page_breaks_no_rule(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?g=all")
    expect(page.locator("#feed")).to_have_class("live")
    expect(page.locator("#next")).to_be_visible()
    for key, opened in (("?", "#help"), ("Shift+S", "#scan-dialog")):
        page.keyboard.press(key)
        expect(page.locator(opened)).to_be_visible()
        look(page, opened)
        page.keyboard.press("Escape")

    page.locator("#next").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="스캔 일정")).to_be_visible()
    look(page, "scans to come")
    page.keyboard.press("Escape")

    page.keyboard.press("/")
    for typed, shown in (("0", "[role=option] >> nth=0"), ("0-0", "p")):
        page.locator("#query").fill(typed)
        expect(page.locator("#results").locator(shown)).to_be_visible()
        look(page, f"search for {typed}")


def test_the_page_without_a_row_breaks_no_rule(site: Site, page: Page, sqlite_file: Path) -> None:
    page.goto(f"{site.url}/?w=1")
    expect(page.locator("#empty button")).to_be_visible()
    look(page, "filtered")

    bare = Site(site.system, DATABASE_URL=f"sqlite:///{sqlite_file}")
    bare.start()
    try:
        page.goto(bare.url)
        expect(page.locator("#empty dl")).to_be_visible()
        look(page, "first start")
    finally:
        bare.stop()


def test_the_question_for_the_token_and_a_cut_feed_break_no_rule(site: Site, page: Page) -> None:
    guarded = Site(site.system, GATEWAY_TOKEN="an-open-secret")
    guarded.start()
    try:
        page.goto(f"{guarded.url}/?g=all&t={SAMSUNG}")
        expect(page.locator("#feed")).to_have_class("live")
        expect(page.locator("#chart")).to_be_visible()
        page.locator("#scan-now").click()
        page.locator("#token").fill("a-wrong-one")
        page.keyboard.press("Enter")
        expect(page.locator("#token-wrong")).not_to_be_empty()
        look(page, "token")
        page.keyboard.press("Escape")
    finally:
        guarded.stop()

    expect(page.locator("#band")).to_be_visible()
    look(page, "cut")


def test_a_finding_is_named_by_rule_and_selector(page: Page) -> None:
    page.set_content('<html lang="ko"><title>title</title><img id="nameless" src="data:,"></html>')

    assert findings(page) == ["image-alt at ['#nameless']"]


def test_a_row_is_heard_by_its_name_and_state_first(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?s=vcp&g=all")

    row = page.locator(f'#signals tr[data-key="{SAMSUNG}|vcp"]')

    expect(row).to_have_accessible_name(re.compile(r"^삼성전자, VCP [SABC] [\d.]+, 돌파"))


def test_new_rows_are_told_together_at_most_every_ten_seconds(site: Site, page: Page) -> None:
    now = datetime.now(UTC)
    page.clock.set_fixed_time(now)
    stars = '{"stars": ["900050", "900051", "900052"]}'  # nobody else's scan is counted
    page.add_init_script(f"localStorage.setItem('krx-scanner', '{stars}')")
    page.goto(f"{site.url}/?w=1")
    expect(page.locator("#feed")).to_have_class("live")
    polite = page.locator("#polite")
    site.find("900050", "처음종목")
    expect(polite).to_have_text("새 신호 1건")

    for ticker in ("900051", "900052"):
        key = site.find(ticker, "다음종목")
        expect(page.locator(f'#signals tr[data-key="{key}"]')).to_be_visible()
    expect(polite).to_have_text("새 신호 1건")

    page.clock.set_fixed_time(now + timedelta(seconds=10))

    expect(polite).to_have_text("새 신호 2건")


def test_the_focus_is_kept_where_what_had_it_goes(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?g=all&t={SAMSUNG}")
    expect(page.locator("#words")).not_to_be_empty()
    tab = page.get_by_role("tab", selected=True)
    tab.focus()
    page.keyboard.press("s")  # brings the ticker anew
    expect(page.locator("#scan-now")).to_have_text(re.compile(r"\d\d:\d\d:\d\d 갱신"))
    expect(tab).to_be_focused()

    page.locator("#next").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#note")).to_be_hidden()
    expect(page.locator("#query")).to_be_focused()

    page.set_viewport_size(PHONE)
    page.locator(f'#signals tr[data-key="{SAMSUNG}|vcp"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#ticker-name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator('#signals tr[aria-selected="true"]').first).to_be_focused()
    page.locator("#menu").focus()
    page.keyboard.press("Enter")
    page.locator("#theme").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#menu")).to_be_focused()


def test_keys_of_one_letter_can_be_turned_off(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?g=all")
    expect(page.locator("#feed")).to_have_class("live")
    page.keyboard.press("?")
    page.get_by_label("글자 하나로 된 단축키").uncheck()
    page.keyboard.press("Escape")

    page.reload()
    expect(page.locator("#feed")).to_have_class("live")
    page.keyboard.press("t")
    page.keyboard.press("ArrowDown")

    expect(page.locator('#signals tr[aria-selected="true"]')).to_have_count(1)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
