"""What is refused on pages of lists: said where it happened, nothing changed, and nothing typed is lost."""

import asyncio
import json
import re
from pathlib import Path

from playwright.async_api import BrowserContext, Page, Route, expect

from tests.browser.hearing import hears_nothing
from tests.browser.lists.conftest import Shelf
from tests.browser.lists.refusing import AWAY, refuse
from tests.fixtures.browser import Complaints
from tests.fixtures.colleagues import good

AGAIN_MS = 60_000
LARGE_NOTES = 300
"""Of ten thousand characters: 3 MB, of which one request may have two."""
NOTE = "Prüfung – “Café” £5"


async def test_a_list_that_cannot_be_deleted_stays(page: Page, shelf: Shelf, complaints: Complaints) -> None:
    complaints.expect("503", "/groups/")
    group = await shelf.make("Here to stay")
    await page.goto("/groups")
    await refuse(page, "**/api/v1/groups/*", {**AWAY, "status": 500})
    complaints.expect("500")
    row = page.locator(f".list-row[data-list='{group}']")
    await row.locator("summary").click()
    await row.locator("[data-act=delete]").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("The journal cannot be written.")
    await expect(row).to_be_visible()
    await page.reload()
    await expect(row).to_be_visible()


async def test_a_result_that_is_no_longer_what_was_shown_is_not_saved(
    page: Page, shelf: Shelf, complaints: Complaints
) -> None:
    complaints.expect("409")
    records = await shelf.records(4)
    a, b = await shelf.make("A", records[:2]), await shelf.make("B", records[1:3])
    await page.goto(f"/groups/compare?of={a}&of={b}&op=union")
    await expect(page.get_by_test_id("result-count")).to_have_text("3 laws")
    await hears_nothing(page)
    await shelf.person.select(records[3], a)
    await page.fill("#save-name", "Both")
    await page.get_by_test_id("save-as").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("4 laws now, not 3; nothing was saved")
    assert "Both" not in {group["name"] for group in (await shelf.person.get("/groups"))["items"]}
    await page.reload()
    await expect(page.get_by_test_id("result-count")).to_have_text("4 laws")
    await page.fill("#save-name", "A")
    await page.get_by_test_id("save-as").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("with this name")
    await expect(page.locator("#save-name")).to_have_value("A")


async def test_what_was_pasted_stays_when_it_cannot_be_looked_up_or_saved(
    page: Page, shelf: Shelf, complaints: Complaints
) -> None:
    complaints.expect("500", "match", "imports")
    [known] = await shelf.records(1, q="UK_ukpga_1974_37")
    group = await shelf.make("Into")
    await page.goto(f"/groups/import?into={group}")
    await page.fill("#import-text", "UK_ukpga_1974_37")
    for refused, button in (("**/records/match", "match"), ("**/imports", "import-save")):
        await refuse(page, refused, {**AWAY, "status": 500})
        await page.get_by_test_id(button).click()
        await expect(page.get_by_test_id("toast")).to_contain_text("The journal cannot be written.")
        await expect(page.locator("#import-text")).to_have_value("UK_ukpga_1974_37")
        assert await shelf.selected("Into") == set()
        await page.unroute(refused)
        await page.get_by_test_id(button).click()
    await expect(page.get_by_test_id("toast").last).to_contain_text("1 law imported")
    await page.reload()
    assert await shelf.selected("Into") == {known}


async def test_what_was_found_is_told_in_words_not_in_the_registers_codes(page: Page) -> None:
    await page.goto("/groups/import")
    await page.fill("#import-text", "1974 c. 37\nControl of Asbestos Regulations\n")
    await page.get_by_test_id("match").click()
    await expect(page.get_by_test_id("import-item")).to_contain_text("1974/37 UK Act")
    await page.locator("[data-show=ambiguous]").click()
    choices = await page.get_by_test_id("import-item").locator("option").all_inner_texts()
    assert any("UK SI)" in choice for choice in choices), choices
    assert not [choice for choice in choices if "uksi" in choice or "ukpga" in choice]


async def test_a_file_that_cannot_be_read_is_said_to_be_none(
    page: Page, shelf: Shelf, tmp_path: Path, complaints: Complaints
) -> None:
    complaints.expect("422")
    broken = tmp_path / "list.json"
    broken.write_text('[{"id": ')
    await page.goto("/groups/import")
    await page.set_input_files("#import-file", broken)
    await expect(page.locator("#import-told")).to_contain_text("list.json")
    await page.get_by_test_id("match").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("not valid JSON")
    await expect(page.locator("#found")).to_be_hidden()


async def test_a_file_that_is_no_text_is_refused_and_one_in_another_encoding_read_with_a_word(
    page: Page, shelf: Shelf, tmp_path: Path, complaints: Complaints
) -> None:
    complaints.expect("422")
    group = await shelf.make("Into")
    await page.goto(f"/groups/import?into={group}")
    (workbook := tmp_path / "list.xlsx").write_bytes(b"PK\x03\x04\x14\x00\x06\x00")
    await page.set_input_files("#import-file", workbook)
    await expect(page.get_by_test_id("toast")).to_contain_text("The file is damaged or incomplete")
    await expect(page.locator("#import-text")).to_have_value("")

    for encoding, said in (
        ("cp1252", "read as Windows-1252"),
        ("utf-16", "characters"),
        ("utf-8", "characters"),
    ):
        (file := tmp_path / f"{encoding}.csv").write_bytes(
            f"name,note\nUK_ukpga_1974_37,{NOTE}\n".encode(encoding)
        )
        await page.set_input_files("#import-file", file)
        await expect(page.locator("#import-told")).to_contain_text(f"{encoding}.csv")
        await expect(page.locator("#import-told")).to_contain_text(said)
        await expect(page.locator("#import-text")).to_have_value(re.compile(re.escape(NOTE)))


async def test_a_note_that_is_too_long_is_said_for_its_law(page: Page, shelf: Shelf, tmp_path: Path) -> None:
    group = await shelf.make("Into")
    await page.goto(f"/groups/import?into={group}")
    (file := tmp_path / "list.json").write_text(
        json.dumps([{"name": "UK_ukpga_1974_37", "note": "n" * 12_000}])
    )
    await page.set_input_files("#import-file", file)
    await expect(page.locator("#import-told")).to_contain_text("list.json")
    await page.get_by_test_id("match").click()
    await expect(page.get_by_test_id("import-item")).to_contain_text("only the first 10,000 are saved")
    await expect(page.get_by_test_id("import-sum")).to_contain_text("1 changed to fit")


async def test_an_entry_that_cannot_be_undone_stays_as_it_is(
    page: Page, shelf: Shelf, complaints: Complaints
) -> None:
    complaints.expect("500", "undo")
    records = await shelf.records(2)
    group = await shelf.make("L", records)
    await page.goto(f"/history?group={group}&action=ticked")
    await refuse(page, "**/undo", {**AWAY, "status": 500})
    undo = page.get_by_test_id("history-entry").get_by_test_id("undo")
    await undo.click()
    await expect(page.get_by_test_id("toast")).to_contain_text("The journal cannot be written.")
    assert await shelf.selected("L") == set(records)
    await page.unroute("**/undo")
    await page.reload()
    await undo.click()
    await expect(page.get_by_test_id("history-entry")).to_contain_text("undone")


async def test_a_past_that_cannot_be_brought_back_can_be_tried_again(
    page: Page, shelf: Shelf, complaints: Complaints
) -> None:
    complaints.expect("500", "restore")
    records = await shelf.records(3)
    group = await shelf.make("L", records)
    await shelf.person.operate("clear_all", group)
    await page.goto(f"/groups/{group}/moments")
    await page.get_by_role("link", name="Before this change: Cleared").click()
    await page.reload()
    await expect(page.get_by_test_id("past-count")).to_have_text("3 laws")
    for refused in (True, False):
        if refused:
            await refuse(page, "**/past/restore", {**AWAY, "status": 500})
        await page.get_by_test_id("restore").click()
        await page.get_by_role("button", name="Restore", exact=True).click()
        said = "The journal cannot be written." if refused else "List restored: 3 laws."
        await expect(page.get_by_test_id("toast").last).to_contain_text(said)
        assert len(await shelf.selected("L")) == (0 if refused else 3)
        await page.unroute("**/past/restore")


async def test_a_drift_that_is_another_by_now_is_not_accepted(
    page: Page, shelf: Shelf, complaints: Complaints
) -> None:
    complaints.expect("409")
    matching = await shelf.records(500, q="noise")
    group = await shelf.make("Frozen", matching[1:])
    frozen = {"filter": {"q": "noise"}, "frozen": True}
    await good(shelf.person, "PUT", f"/groups/{group}/filter", frozen)
    await page.goto(f"/groups/{group}/filter")
    await expect(page.get_by_test_id("drift")).to_contain_text("1 new match")
    await shelf.person.deselect(matching[1], group)
    await page.get_by_test_id("accept-drift").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("nothing was changed")
    assert await shelf.selected("Frozen") == set(matching[2:])
    await page.reload()
    await expect(page.get_by_test_id("drift")).to_contain_text("2 new match")


async def test_ticks_in_a_list_wait_for_the_network_and_more_than_that_is_refused(
    page: Page, context: BrowserContext, shelf: Shelf, complaints: Complaints
) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED", "Failed to load")
    records = await shelf.records(3)
    group = await shelf.make("L", records)
    await page.goto(f"/groups/{group}")
    boxes = page.get_by_test_id("record-checkbox")
    shown = await boxes.evaluate_all("boxes => boxes.map(box => box.closest('tr').dataset.recordId)")
    await context.set_offline(True)
    await boxes.nth(0).uncheck()
    await boxes.nth(1).uncheck()
    await boxes.nth(1).check()
    await expect(page.get_by_test_id("sync-state")).to_have_attribute("data-state", "offline")
    await expect(page.get_by_test_id("selection-count")).to_have_text("2")
    await page.locator("#list-menu summary").click()
    await page.get_by_test_id("clear-selection").click()
    await page.get_by_role("button", name="Clear list").last.click()
    await expect(page.get_by_test_id("toast").last).to_contain_text("cannot be reached", timeout=60_000)
    await context.set_offline(False)
    await expect(page.get_by_test_id("sync-state")).to_have_attribute("data-state", "synced")
    assert await shelf.selected("L") == set(shown[1:])
    await page.reload()
    await expect(page.get_by_test_id("record-row")).to_have_count(2)


async def test_an_import_whose_outcome_is_not_known_is_done_once_however_often_it_is_sent(
    page: Page, shelf: Shelf, complaints: Complaints
) -> None:
    complaints.expect("503")
    laws = await shelf.person.records(limit=3)
    keys: list[str | None] = []

    async def late(route: Route) -> None:
        keys.append(await route.request.header_value("idempotency-key"))
        done = await route.fetch()
        assert done.status == 200
        unknown = {"status": 503, "code": "outcome_unknown", "detail": "This is taking too long."}
        await route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(unknown))

    await page.goto("/groups/import")
    await page.fill("#import-text", "\n".join(law["name"] for law in laws))
    await page.get_by_test_id("match").click()
    await page.select_option("#import-into", "")
    await page.fill("#import-name", "Sent again")
    await page.route("**/imports", late)
    await page.get_by_test_id("import-save").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("nothing is imported twice", timeout=AGAIN_MS)
    assert len(set(keys)) == 1
    await page.unroute("**/imports")
    await page.get_by_test_id("import-save").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("3 laws imported")
    [group] = [one for one in (await shelf.person.get("/groups"))["items"] if one["name"] == "Sent again"]
    assert group["count"] == 3
    assert await shelf.person.selected(group["id"]) == {law["id"] for law in laws}


async def test_an_import_larger_than_one_request_is_sent_in_parts_and_undone_at_once(
    page: Page, shelf: Shelf
) -> None:
    laws = await shelf.person.records(limit=LARGE_NOTES)
    group = await shelf.make("Large")
    rows = [f'{law["name"]},"{at} {"n" * 9_900}"' for at, law in enumerate(laws)]
    text = "\n".join(["name,note", *rows])
    await page.goto(f"/groups/import?into={group}")
    file = {"name": "large.csv", "mimeType": "text/csv", "buffer": text.encode()}
    await page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]  # a plain dictionary will do
    await expect(page.locator("#import-told")).to_contain_text("large.csv")
    await page.get_by_test_id("match").click()
    await expect(page.get_by_test_id("matched-count")).to_have_text(str(LARGE_NOTES), timeout=AGAIN_MS)
    await page.get_by_test_id("import-save").click()
    toast = page.get_by_test_id("toast")
    await expect(toast).to_contain_text(f"{LARGE_NOTES} laws imported", timeout=AGAIN_MS)
    assert len(await shelf.selected("Large")) == LARGE_NOTES
    await toast.get_by_role("button", name="Undo").click()
    async with asyncio.timeout(AGAIN_MS / 1000):
        while await shelf.selected("Large"):  # noqa: ASYNC110  # each part is undone by itself
            await asyncio.sleep(0.1)
