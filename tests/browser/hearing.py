"""A page that hears of nobody for a while, as one that was frozen: it learns of others by answers alone."""

from playwright.async_api import Page


async def hears_nothing(page: Page) -> None:
    """Until it is loaded again, or shown."""
    await page.evaluate("document.dispatchEvent(new Event('freeze'))")
