"""Lists of tens of thousands of laws: combined, imported, followed, undone, and told of what changed."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Facts, count_in_list
from tests.browser.register_page import RegisterPage
from tests.fixtures.colleagues import good
from tests.fixtures.process import ServerProcess

pytestmark = [pytest.mark.unopened, pytest.mark.backlog]

PATIENCE_MS = 90_000
PASTED = 300


async def new_list(register: RegisterPage, name: str, **filters: Any) -> str:
    """A list of all that match; empty without filters."""
    made = await good(register.person, "POST", "/groups", {"name": name})
    group: str = made["id"]
    if filters:
        await register.person.operate("bulk_select", group, filter=filters)
    return group


async def history(register: RegisterPage) -> set[str]:
    """The operations in the trail's newest entries."""
    return {entry["operation_id"] for entry in (await register.person.get("/audit", limit=5))["items"]}


async def test_two_long_lists_are_combined_and_saved(register: RegisterPage, facts: Facts) -> None:
    regulations = await new_list(register, "Regulations", q="regulations")
    recent = await new_list(register, "Recent", year_from=facts.since)
    both = (await register.person.get("/records", q="regulations", year_from=facts.since, limit=1))["total"]
    page = register.page
    await page.goto(f"/groups/compare?of={regulations}&of={recent}")
    await expect(page.locator("[data-count-of=intersection]")).to_have_text(f"{both:,}")
    await page.locator("input[value=intersection]").check()
    await expect(page.get_by_test_id("result-count")).to_have_text(f"{both:,} laws")
    await page.fill("#save-name", "Both")
    await page.get_by_test_id("save-as").click()
    await page.get_by_test_id("toast").get_by_role("link", name="Open").click()
    await expect(page.get_by_test_id("selection-count")).to_have_text(f"{both:,}")


async def test_hundreds_of_pasted_names_are_matched_before_anything_is_saved(register: RegisterPage) -> None:
    found = await register.person.records(q="order", limit=PASTED)
    group = await new_list(register, "Pasted")
    page = register.page
    await page.goto(f"/groups/import?into={group}")
    await page.fill("#import-text", "\n".join([*(law["name"] for law in found), "No such law 1702"]))
    await page.get_by_test_id("match").click()
    await expect(page.get_by_test_id("matched-count")).to_have_text(f"{PASTED}", timeout=PATIENCE_MS)
    await expect(page.get_by_test_id("missing-count")).to_have_text("1")
    assert await register.person.selected(group) == set()
    await page.get_by_test_id("import-save").click()
    await expect(page.get_by_test_id("toast")).to_contain_text(f"{PASTED} laws imported")
    assert await register.person.selected(group) == {law["id"] for law in found}


async def test_forty_thousand_ticks_are_undone_alone_from_the_history(
    register: RegisterPage, facts: Facts
) -> None:
    await register.person.operate("bulk_select", filter={"year_from": facts.since})
    [kept, *_] = await register.person.records(year=facts.since - 1, limit=1)
    await register.person.select(kept["id"])
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while len(await history(register)) < 2:  # noqa: ASYNC110  # so many take a few seconds on their way
            await asyncio.sleep(0.1)
    page = register.page
    await page.goto("/history")
    entry = page.get_by_test_id("history-entry").filter(has_text=re.compile(f"Ticked {facts.many:,} laws"))
    await entry.get_by_test_id("undo").click()
    undone = page.get_by_test_id("toast").filter(has_text=f"Undone: {facts.many:,} laws changed back")
    await expect(undone).to_be_visible(timeout=PATIENCE_MS)
    assert await register.person.selected() == {kept["id"]}


async def test_a_live_list_of_thousands_says_what_it_holds(register: RegisterPage) -> None:
    total = (await register.person.get("/records", q="regulations", limit=1))["total"]
    group = await new_list(register, "Followed")
    page = register.page
    await page.goto(f"/groups/{group}/filter")
    await page.fill("#filter-q", "regulations")
    await expect(page.get_by_test_id("filter-matching")).to_have_text(f"{total:,} laws")
    await page.get_by_test_id("save-filter").click()
    await expect(page.get_by_test_id("drift")).to_contain_text("contains exactly", timeout=PATIENCE_MS)
    await page.goto(f"/groups/{group}?sort=-year")
    await expect(page.get_by_test_id("selection-count")).to_have_text(f"{total:,}")


async def test_details_go_from_law_to_law_and_keep_a_note(register: RegisterPage) -> None:
    await register.open("?q=safety&limit=25")
    await register.boxes.nth(1).check()
    await register.saved()
    await register.page.locator(".record-title").first.click()
    drawer = register.page.locator("#record-drawer")
    await expect(drawer.locator("#record-title")).to_be_visible()
    await register.page.keyboard.press("j")
    await expect(drawer.locator("#record-tick")).to_be_checked()
    await drawer.get_by_label("Note").fill("Read it")
    await expect(drawer.locator("#record-saved")).to_have_text("Saved")
    await register.reload()
    await expect(drawer.get_by_label("Note")).to_have_value("Read it")
    assert await count_in_list(register.person) == 1


async def test_a_law_that_an_import_changes_is_told_of(
    register: RegisterPage, shared_server: ServerProcess, tmp_path: Path
) -> None:
    [law] = await register.person.records(q="UK_ukpga_1974_37", limit=1)
    group = await new_list(register, "Watched")
    await register.person.select(law["id"], group)
    file = tmp_path / "update.csv"
    file.write_text(f"name,title_en\n{law['name']},{law['title_en']} (as amended)\n")
    done = shared_server.command("records", "import", str(file))
    assert done.returncode == 0, done.stderr
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while not await register.person.get(f"/groups/{group}/changed"):  # noqa: ASYNC110  # it is read soon
            await asyncio.sleep(0.1)
    page = register.page
    await page.goto(f"/groups/{group}")
    await expect(page.get_by_test_id("changed-notice")).to_contain_text("1 law changed since you ticked it")
    await page.get_by_role("link", name="See what changed").click()
    await expect(page.locator("#changed-rows")).to_contain_text("(as amended)")
