"""Numbers are in the reader's own way on every page, also where no eye sees them."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.lists.conftest import Shelf
from tests.fixtures.browser import PATIENCE_MS, VIEWPORT, enter
from tests.fixtures.process import ServerProcess

MANY = 1_234
ENGLISH = r"""() => {
  const laws = ".record, .law-list, .print-title, .print-note, script, style, select";
  const said = [...document.body.querySelectorAll("*")].filter((one) => !one.closest(laws)).flatMap((one) => [
    ...[...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data),
    one.getAttribute("aria-label") ?? "", one.getAttribute("title") ?? "",
  ]);
  return said.filter((text) => /\d,\d{3}(?!\d)/.test(text)).map((text) => text.trim());
}"""


@pytest.mark.parametrize(("language", "written"), [("de-DE", "1.234"), ("en-GB", "1,234")])
async def test_no_count_is_written_the_english_way_for_a_reader_of_another_language(
    browser: Browser, shared_server: ServerProcess, shelf: Shelf, language: str, written: str
) -> None:
    group = await shelf.make("Sites", None)
    laws = {law for sort in ("year", "-year", "title_en") for law in await shelf.records(500, sort=sort)}
    await shelf.person.operate("bulk_select", group, record_ids=list(laws)[:MANY])
    context = await browser.new_context(
        base_url=shared_server.url,
        viewport=VIEWPORT,  # type: ignore[arg-type]  # a TypedDict, written once
        locale=language,
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await enter(page, shelf.person)
    for path in (
        f"/groups/{group}",
        f"/groups/{group}?live=",
        "/groups",
        "/history",
        f"/groups/{group}/print",
        f"/groups/{group}/moments",
        f"/groups/compare?of={group}",
        f"/records?group={group}",
        "/records",
    ):
        await page.goto(path)
        await expect(page.locator("main")).to_be_visible()
        if language == "en-GB":
            continue
        english = await page.evaluate(ENGLISH)
        assert english == [], path
    await page.goto(f"/groups/{group}")
    await expect(page.get_by_test_id("selection-count")).to_have_text(written)
    await context.close()
