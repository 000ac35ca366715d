"""A view and a list on paper: all of it, on few sheets, with what one needs to find a law."""

import io
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from pypdf import PdfReader

from tests.browser.lists.conftest import Shelf
from tests.browser.register_page import RegisterPage
from tests.fixtures.accessibility import FURTHER_ROWS, assert_accessible
from tests.fixtures.client import Client
from tests.fixtures.colleagues import good

pytestmark = pytest.mark.unopened

LAWS_A_SHEET_MIN = 20


async def paper(page: Page) -> list[str]:
    """The text of each sheet, A4 upright."""
    pdf = PdfReader(io.BytesIO(await page.pdf(format="A4", prefer_css_page_size=True)))
    return [re.sub(r"\s+", " ", sheet.extract_text()) for sheet in pdf.pages]


async def test_a_whole_view_is_printed_not_the_page_in_sight(register: RegisterPage) -> None:
    await register.open("?q=noise")
    total = await register.total()
    await register.page.evaluate("() => { window.print = () => undefined; }")
    await register.page.locator("#export-menu summary").click()
    await register.page.locator("#print-view").click()
    await register.page.wait_for_url("**/records/print?q=noise")
    await expect(register.by_id("printed-row")).to_have_count(total)
    await expect(register.by_id("printed-count")).to_have_text(f"{total:,} laws")
    await assert_accessible(register.page, without=[FURTHER_ROWS])
    sheets = await paper(register.page)
    assert len(sheets) <= total / LAWS_A_SHEET_MIN + 1
    assert "Laws in the register" in sheets[0]
    assert "“noise”" in sheets[0]
    assert f"Page 1 of {len(sheets)}" in sheets[0]
    assert all("Title" in sheet for sheet in sheets), "the heading of the table is on every sheet"
    laws = await register.person.records(limit=1, q="noise")
    assert laws[0]["title_en"].split()[0] in sheets[0]


async def test_a_list_is_printed_with_its_notes_and_citations(page: Page, person: Client) -> None:
    shelf = Shelf(person)
    records = await shelf.records(60)
    group = await shelf.make("For the board", records)
    await good(person, "PATCH", f"/groups/{group}/records/{records[7]}", {"note": "ask Site B"})
    await page.goto(f"/groups/{group}/print")
    await expect(page.get_by_test_id("printed-row")).to_have_count(len(records))
    whole = " ".join(await paper(page))
    assert "For the board" in whole
    assert "ask Site B" in whole
    laws = await person.records(limit=60)
    for law in laws:
        assert str(law["year"]) in whole
    widths = await page.locator(".print-table thead th").evaluate_all(
        "heads => heads.map(head => [head.textContent, head.offsetWidth])"
    )
    assert max(widths, key=lambda one: one[1])[0] == "Title"


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(page: Page) -> AsyncIterator[Page]:
    """Opens no dialog of the browser, but counts what is printed; of no use for anything else."""
    await page.add_init_script("window.printed = 0; window.print = () => { window.printed += 1; };")
    yield page
    await page.close()


async def test_ctrl_p_prints_the_whole_view(quiet: Page, person: Client) -> None:
    register = RegisterPage(quiet, person)
    await register.open("?q=noise")
    total = await register.total()
    await register.page.keyboard.press("Control+p")
    await register.page.wait_for_url("**/records/print?q=noise")
    await expect(register.by_id("printed-row")).to_have_count(total)
    await register.page.wait_for_function("() => window.printed === 1")


async def test_ctrl_p_prints_the_whole_list_from_its_search_too(quiet: Page, person: Client) -> None:
    page, shelf = quiet, Shelf(person)
    group = await shelf.make("For the board", await shelf.records(60))
    await page.goto(f"/groups/{group}?limit=25")
    await page.get_by_test_id("search").focus()
    await page.keyboard.press("Control+p")
    await page.wait_for_url(f"**/groups/{group}/print*")
    await expect(page.get_by_test_id("printed-row")).to_have_count(60)


async def test_ctrl_p_over_the_details_of_a_law_is_the_browsers(register: RegisterPage) -> None:
    await register.open("?q=noise")
    await register.rows.first.locator("a").first.click()
    await expect(register.page.locator("dialog.record-drawer[open]")).to_be_visible()
    prevented = await register.page.evaluate(
        """() => !document.activeElement.dispatchEvent(
          new KeyboardEvent("keydown", { key: "p", ctrlKey: true, bubbles: true, cancelable: true }))"""
    )
    assert not prevented


async def test_a_page_printed_from_the_browsers_menu_says_what_it_lacks(
    register: RegisterPage, person: Client
) -> None:
    await register.open("?type_code=ukpga")
    total = await register.total()
    await expect(register.by_id("paper-note")).to_be_hidden()
    said = f"of {total:,}. To print all of them, choose Export → Print."
    assert said in (await paper(register.page))[0]
    shelf = Shelf(person)
    group = await shelf.make("For the board", await shelf.records(60))
    await register.page.goto(f"/groups/{group}?limit=25")
    assert "Laws 1–25 of 60. To print all of them" in (await paper(register.page))[0]
