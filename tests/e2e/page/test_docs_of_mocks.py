"""A person tries the mocks' calls from their own pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.system import MockBroker, MockKis, MockKiwoom, running_broker

OPTIONS = ("--tickers", "10", "--rate", "0")


@pytest.fixture  # for each test its own: a key gets one token a minute
def kis() -> Iterator[MockBroker]:
    with running_broker(MockKis, *OPTIONS) as mock:
        yield mock


@pytest.fixture
def kiwoom() -> Iterator[MockBroker]:
    with running_broker(MockKiwoom, *OPTIONS, "--api-rate", "0") as mock:
        yield mock


def opened(page: Page, mock: MockBroker, call: str) -> Locator:
    page.goto(f"{mock.url}/docs")
    box = page.locator("details").filter(has=page.get_by_text(call, exact=True))
    box.locator("summary").click()
    return box


def test_a_call_of_kis_is_sent_with_a_token_that_outlives_the_page(
    page: Page, kis: MockBroker
) -> None:
    for _ in range(2):  # within a minute there is no second token
        box = opened(page, kis, "FHKST01010100")
        box.get_by_role("button", name="Send").click()

        expect(box.locator("pre")).to_contain_text('"rt_cd": "0"')


def test_what_is_sent_can_be_changed(page: Page, kis: MockBroker) -> None:
    box = opened(page, kis, "FHKST01010100")

    box.locator("textarea").fill('{"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": "000660"}')
    box.get_by_role("button", name="Send").click()

    expect(box.locator("pre")).to_contain_text('"stck_shrn_iscd": "000660"')


def test_a_call_of_kiwoom_is_followed_to_its_next_page(page: Page, kiwoom: MockBroker) -> None:
    box = opened(page, kiwoom, "ka10080")

    box.get_by_role("button", name="Send").click()
    expect(box.locator("pre")).to_contain_text("next-key: P000000900")
    box.get_by_role("button", name="Next page").click()

    expect(box.locator("pre")).to_contain_text("next-key: P000001800")


def test_what_cannot_be_sent_is_said(page: Page, kis: MockBroker) -> None:
    box = opened(page, kis, "FHKST01010100")

    box.locator("textarea").fill("{")
    box.get_by_role("button", name="Send").click()

    expect(box.locator("pre")).to_contain_text("SyntaxError")
