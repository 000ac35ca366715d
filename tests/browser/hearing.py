"""A page that hears of nobody for a while, as one that was frozen; and one of which is heard what it says."""

from playwright.async_api import Page

LISTEN = """id => {
  window.said = [];
  const place = document.getElementById(id);
  new MutationObserver(() => { if (place.textContent) window.said.push(place.textContent); })
    .observe(place, { childList: true });
}"""
"""From now on ``window.said`` is all that has stood in the place of that id."""


async def heard(page: Page, last: str) -> list[str]:
    """All that was said there, once that was: what is shown elsewhere may be there before."""
    await page.wait_for_function("last => window.said.at(-1) === last", arg=last)
    said: list[str] = await page.evaluate("window.said")
    return said


async def hears_nothing(page: Page) -> None:
    """Until it is loaded again, or shown."""
    await page.evaluate("document.dispatchEvent(new Event('freeze'))")
