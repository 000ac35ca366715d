"""An address that nobody knows: the page says so to whoever asks, as the user that they are."""

import pytest
from playwright.async_api import Page, expect

from tests.fixtures.browser import Complaints

LOST = ["/nowhere", "/groups/import/nowhere"]


@pytest.mark.parametrize("path", LOST)
async def test_somebody_signed_in_is_still_signed_in(page: Page, complaints: Complaints, path: str) -> None:
    complaints.expect("status of 404")
    await page.goto(path)
    await expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    await expect(page.get_by_role("link", name="My lists")).to_be_visible()
    await expect(page.get_by_role("link", name="Sign in")).to_have_count(0)


async def test_a_stranger_may_sign_in(anonymous_page: Page, complaints: Complaints) -> None:
    complaints.expect("status of 404")
    await anonymous_page.goto(LOST[0])
    await expect(anonymous_page.get_by_role("heading", name="Page not found")).to_be_visible()
    await expect(anonymous_page.get_by_role("link", name="Sign in")).to_be_visible()
