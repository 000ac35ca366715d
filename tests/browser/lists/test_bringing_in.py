"""A register as people keep it goes in by drag and drop: its columns, its laws, and into a list."""

import asyncio
import base64
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.lists.conftest import Shelf
from tests.fixtures.browser import Complaints, enter
from tests.fixtures.colleagues import good
from tests.fixtures.registers import (
    COPIED,
    ENDINGS,
    LINES,
    SHAPES,
    WORKBOOK,
    RegisterRow,
    kept_register,
    register_in,
)

ROWS = 300
FOUND_MS = 60_000
DROP = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], name));
  const form = document.getElementById("match-form");
  for (const type of ["dragenter", "dragover", "drop"]) {
    form.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: held }));
  }
}"""
PASTE = """([html, text]) => {
  const held = new DataTransfer();
  if (html) held.setData("text/html", html);
  held.setData("text/plain", text);
  const area = document.getElementById("import-text");
  area.focus();
  area.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: held }));
}"""

CHOICES_KEPT = """wanted => new Promise(done => {
  const asking = indexedDB.open("sertantai-imports", 1);
  asking.onsuccess = () => {
    const key = `${document.body.dataset.signedIn} state`;
    const state = asking.result.transaction("drafts").objectStore("drafts").get(key);
    state.onsuccess = () => { asking.result.close(); done(state.result?.choices?.length >= wanted); };
  };
})"""
"""A choice is kept a moment after it was made."""


async def drop(page: Page, path: Path) -> None:
    await page.evaluate(DROP, [path.name, base64.b64encode(path.read_bytes()).decode()])


async def counts(page: Page) -> tuple[int, int, int]:
    """Matched, to choose, not found, as the page says."""
    await expect(page.locator("#found")).to_be_visible(timeout=FOUND_MS)
    await expect(page.get_by_test_id("matched-count")).to_have_text(re.compile(r"\d"), timeout=FOUND_MS)
    shown = [
        await page.get_by_test_id(f"{one}-count").inner_text() for one in ("matched", "ambiguous", "missing")
    ]
    return tuple(int(re.sub(r"\D", "", one)) for one in shown)  # type: ignore[return-value]  # three of them


async def noted(shelf: Shelf, name: str) -> dict[str, dict[str, Any]]:
    """The laws of a list by their names in the register."""
    found: dict[str, dict[str, Any]] = {}
    cursor = ""
    while True:
        page = await shelf.person.get(
            f"/groups/{shelf.ids[name]}/records", limit=500, **({"cursor": cursor} if cursor else {})
        )
        found |= {one["name"]: one for one in page["items"]}
        cursor = page["next_cursor"]
        if not cursor:
            return found


@pytest.fixture(scope="module")
def rows() -> list[RegisterRow]:
    return kept_register(ROWS)


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_register_of_any_shape_goes_in(
    page: Page, shelf: Shelf, tmp_path: Path, rows: list[RegisterRow], shape: str
) -> None:
    group = await shelf.make(shape)
    register_in(shape, path := tmp_path / f"Legal register.{ENDINGS[shape]}", rows)
    await page.goto(f"/groups/import?into={group}")
    if shape == COPIED:
        await page.evaluate(PASTE, [path.read_text(), "as text"])
    else:
        await drop(page, path)
    if shape == LINES:
        await expect(page.locator("#import-told")).to_contain_text("Legal register.txt")
        await page.get_by_test_id("match").click()
    else:
        roles = page.get_by_test_id("column-role")
        await expect(roles).to_have_count(6, timeout=FOUND_MS)
        guessed = await roles.evaluate_all("all => all.map(one => one.value)")
        assert guessed == ["out", "law", "reference", "other", "owner", "date"]
        await page.get_by_test_id("columns-next").click()
    matched, to_choose, missing = await counts(page)
    assert (matched + to_choose, missing) == (ROWS, 0)
    # Whoever calls a Scottish law an SI names two laws by it, and must choose.
    assert matched >= 0.9 * ROWS
    await page.get_by_test_id("import-save").click()
    await expect(page.get_by_test_id("toast")).to_contain_text(f"{matched} laws imported")
    found = await noted(shelf, shape)
    meant = {row.name: row for row in rows}
    assert set(found) <= set(meant)
    assert len(found) == matched
    if shape == LINES:
        return
    for name, law in found.items():
        row = meant[name]
        assert f"Owner: {row.owner}" in law["note"], law["note"]
        assert f"Next review: {row.review.isoformat()}" in law["note"], law["note"]
        assert not row.note or f"How we comply: {row.note}" in law["note"], law["note"]


async def test_what_was_imported_is_undone_by_one_click_and_reported_line_by_line(
    page: Page, shelf: Shelf, tmp_path: Path
) -> None:
    group = await shelf.make("Reported")
    (path := tmp_path / "register.csv").write_text(
        "Legislation,Comments\nNoise Act 1996,depot\nISO 45001:2018,certified\nNoise Act 1996,office\n"
        ",nothing\n"
    )
    await page.goto(f"/groups/import?into={group}")
    await drop(page, path)
    await page.get_by_test_id("columns-next").click()
    assert await counts(page) == (2, 0, 1)
    await expect(page.get_by_test_id("import-undecided")).to_contain_text("1 line is not imported")
    await page.get_by_test_id("import-save").click()
    done = page.get_by_test_id("import-done")
    await expect(done).to_contain_text("1 law imported into “Reported”")
    [law] = (await noted(shelf, "Reported")).values()
    assert law["note"] == "depot\n\noffice"
    async with page.expect_download() as downloading:
        await page.get_by_test_id("import-report").click()
    report = Path(await (await downloading.value).path()).read_text()
    for line in ("Noise Act 1996", "ISO 45001:2018", "Legislation · Comments", "nothing"):
        assert line in report
    assert report.count("Noise Act 1996,") >= 2
    await expect(page.locator("#import-text")).to_have_value("ISO 45001:2018")
    await page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    async with asyncio.timeout(FOUND_MS / 1000):
        while await shelf.selected("Reported"):  # noqa: ASYNC110  # nobody tells this test
            await asyncio.sleep(0.1)


async def test_laws_are_chosen_by_the_keyboard_for_all_lines_that_say_the_same(
    page: Page, shelf: Shelf
) -> None:
    await shelf.make("Chosen")
    lines = [
        "Law\tOwner",
        *[f"Energy Act\tTeam {at}" for at in range(12)],
        "Our own policy\tMe",
    ]
    await page.goto(f"/groups/import?into={shelf.ids['Chosen']}")
    await page.evaluate(PASTE, ["", "\n".join(lines)])
    await expect(page.get_by_test_id("columns-next")).to_be_visible()
    await page.get_by_test_id("columns-next").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("ambiguous-count")).to_have_text("12")
    choices = page.locator(".import-choices")
    await expect(choices).to_have_count(1)
    await expect(page.locator(".import-same")).to_contain_text("The same for all 12 of these")
    await choices.focus()
    second = await choices.locator("option").nth(1).get_attribute("value")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("ambiguous-count")).to_have_text("0 of 12")
    await expect(page.get_by_test_id("import-sum")).to_contain_text(
        "1 law to import, 1 with notes or tags, 11 lines name a law again"
    )
    await page.locator("[data-show=missing]").click()
    await page.get_by_role("searchbox").fill("Noise Act 1996")
    await expect(choices.locator("option")).not_to_have_count(1)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("missing-count")).to_have_text("0 of 1")
    await page.get_by_test_id("import-save").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("2 laws imported")
    found = {law["id"]: law for law in (await noted(shelf, "Chosen")).values()}
    assert second in found
    assert "Owner: Team 0" in found[second]["note"]
    assert "Owner: Team 11" in found[second]["note"]


async def test_an_import_survives_a_reload_and_a_sign_in_and_is_nobody_elses(
    page: Page, shelf: Shelf, complaints: Complaints
) -> None:
    await shelf.make("Later")
    text = "Law\tOwner\nNoise Act 1996\tDepot\nControl of Asbestos Regulations\tEstates\n"
    await page.goto(f"/groups/import?into={shelf.ids['Later']}")
    await page.evaluate(PASTE, ["", text])
    await page.get_by_test_id("columns-next").click()
    await expect(page.get_by_test_id("ambiguous-count")).to_have_text("1")
    await page.locator("[data-show=ambiguous]").click()
    await page.locator(".import-choices").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("import-sum")).to_contain_text("2 laws to import")
    async with asyncio.timeout(FOUND_MS / 1000):
        while not await page.evaluate(CHOICES_KEPT, 1):  # noqa: ASYNC110  # no page tells when
            await asyncio.sleep(0.05)
    await page.reload()
    draft = page.get_by_test_id("import-draft")
    await expect(draft).to_contain_text("nothing of it is saved yet")
    complaints.expect("status of 401")  # of what the page itself may ask just then
    await page.context.clear_cookies()
    await page.goto("/groups/import")
    await expect(page).to_have_url(re.compile("/sign-in"))
    await enter(page, shelf.person)
    await page.goto("/groups/import")
    await page.get_by_test_id("draft-go-on").click()
    await expect(page.get_by_test_id("import-sum")).to_contain_text("2 laws to import, 2 with notes or tags")
    await expect(page.locator("#import-into")).to_have_value(shelf.ids["Later"])
    await page.get_by_test_id("import-save").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("2 laws imported")
    await page.reload()
    await expect(page.get_by_test_id("match")).to_be_visible()
    await expect(draft).to_be_hidden()


async def test_a_draft_is_gone_when_somebody_starts_again(page: Page, shelf: Shelf) -> None:
    await page.goto("/groups/import")
    await page.evaluate(PASTE, ["", "Law\tOwner\nNoise Act 1996\tDepot\n"])
    await expect(page.get_by_test_id("columns-next")).to_be_visible()
    await page.reload()
    await page.get_by_test_id("draft-again").click()
    await expect(page.get_by_test_id("import-draft")).to_be_hidden()
    await page.reload()
    await expect(page.get_by_test_id("match")).to_be_visible()
    await expect(page.get_by_test_id("import-draft")).to_be_hidden()


async def test_columns_are_said_to_be_what_they_are(page: Page, shelf: Shelf) -> None:
    await shelf.make("Said")
    text = "Wording\tTheirs\tOurs\nNoise Act 1996\tkeep\tdrop\nClean Air Act 1993\tkeep\tdrop\n"
    await page.goto(f"/groups/import?into={shelf.ids['Said']}")
    await page.evaluate(PASTE, ["", text])
    roles = page.get_by_test_id("column-role")
    await expect(roles).to_have_count(3)
    await roles.nth(0).select_option("out")
    await expect(page.locator("#columns-lack")).to_be_visible()
    await expect(page.get_by_test_id("columns-next")).to_be_disabled()
    await roles.nth(0).select_option("law")
    await roles.nth(1).select_option("tags")
    await page.get_by_label("Are left out").check()
    await page.get_by_test_id("columns-next").click()
    assert await counts(page) == (2, 0, 0)
    await page.get_by_test_id("columns-back").click()
    await page.get_by_test_id("columns-heading-row").select_option("")
    await page.get_by_test_id("columns-next").click()
    matched, *others = await counts(page)
    assert (matched, sum(others)) == (2, 1), "the heading is a line now, and names no law"
    await page.get_by_test_id("import-save").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("2 laws imported")
    for law in (await noted(shelf, "Said")).values():
        assert (law["tags"], law["note"]) == (["keep"], None)


async def test_another_sheet_and_another_row_of_headings_are_chosen(
    page: Page, tmp_path: Path, rows: list[RegisterRow]
) -> None:
    register_in(WORKBOOK, path := tmp_path / "register.xlsx", rows[:5])
    await page.goto("/groups/import")
    await drop(page, path)
    sheets, roles = page.get_by_test_id("columns-sheet"), page.get_by_test_id("column-role")
    await expect(roles).to_have_count(6)
    await expect(page.get_by_test_id("columns-heading-row").locator("option:checked")).to_contain_text(
        "Row 4"
    )
    await sheets.select_option(label="Notes (1 row)")
    await expect(roles).to_have_count(1)
    await expect(page.get_by_test_id("columns-table")).to_contain_text("Colours: red is overdue")
    await sheets.select_option(index=0)
    await expect(roles).to_have_count(6)
    await drop(page, path)
    await expect(page.get_by_test_id("toast")).to_contain_text("this import is not saved yet")
    await expect(roles).to_have_count(6)


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
async def test_a_list_exported_from_here_comes_back_with_its_notes(
    page: Page, shelf: Shelf, tmp_path: Path, form: str
) -> None:
    records = await shelf.records(3)
    first, again = await shelf.make("First", records), await shelf.make("Again")
    written = {"note": "kept", "tags": ["depot"]}
    await good(shelf.person, "PATCH", f"/groups/{first}/records/{records[0]}", written)
    exported = await shelf.person.http.get(f"/groups/{first}/export.{form}")
    (path := tmp_path / f"first.{form}").write_bytes(exported.content)
    await page.goto(f"/groups/import?into={again}")
    await drop(page, path)
    await page.get_by_test_id("columns-next").click()
    assert await counts(page) == (3, 0, 0)
    await page.get_by_test_id("import-save").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("3 laws imported")
    found = {law["id"]: law for law in (await noted(shelf, "Again")).values()}
    assert (found[records[0]]["note"], found[records[0]]["tags"]) == ("kept", ["depot"])
    assert [found[one]["note"] for one in records[1:]] == [None, None]


async def test_signing_out_asks_and_takes_an_unfinished_import_along(page: Page, shelf: Shelf) -> None:
    await page.goto("/groups/import")
    await page.evaluate(PASTE, ["", "Law\tOwner\nNoise Act 1996\tDepot\n"])
    await expect(page.get_by_test_id("columns-next")).to_be_visible()
    await page.evaluate("document.querySelector('form[action=\"/sign-out\"]').requestSubmit()")
    question = page.locator("dialog[open]")
    await expect(question).to_contain_text("1 import could not be saved yet")
    await question.get_by_role("button", name="Sign out").click()
    await expect(page).not_to_have_url(re.compile("/groups/import"))
    await enter(page, shelf.person)
    await page.goto("/groups/import")
    await expect(page.get_by_test_id("match")).to_be_visible()
    await expect(page.get_by_test_id("import-draft")).to_be_hidden()


async def test_what_was_chosen_stays_chosen_when_the_columns_are_looked_at_again(
    page: Page, shelf: Shelf
) -> None:
    await page.goto("/groups/import")
    await page.evaluate(
        PASTE, ["", "Law\tOwner\nNoise Act 1996\tDepot\nControl of Asbestos Regulations\tUs\n"]
    )
    await page.get_by_test_id("columns-next").click()
    await expect(page.get_by_test_id("ambiguous-count")).to_have_text("1")
    await page.locator("[data-show=ambiguous]").click()
    await page.locator(".import-choices").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("ambiguous-count")).to_have_text("0 of 1")
    await page.get_by_test_id("columns-back").click()
    await page.get_by_test_id("columns-next").click()
    await expect(page.get_by_test_id("ambiguous-count")).to_have_text("0 of 1")
    await expect(page.get_by_test_id("import-sum")).to_contain_text("2 laws to import")


async def test_of_two_tabs_the_import_that_was_begun_last_is_kept_as_it_is(
    page: Page, shelf: Shelf, complaints: Complaints
) -> None:
    """What is chosen in the one is not written beside what was brought in the other."""
    await page.goto("/groups/import")
    await page.evaluate(PASTE, ["", "Law\tOwner\nNoise Act 1996\tA\nControl of Asbestos Regulations\tB\n"])
    await page.get_by_test_id("columns-next").click()
    await expect(page.get_by_test_id("ambiguous-count")).to_have_text("1")
    other = await page.context.new_page()
    complaints.watch(other)
    await other.goto("/groups/import")
    await other.evaluate(
        PASTE, ["", "Law\tOwner\nClean Air Act 1993\tA\nControl of Asbestos Regulations\tB\n"]
    )
    await other.get_by_test_id("columns-next").click()
    await expect(other.get_by_test_id("ambiguous-count")).to_have_text("1")

    await page.bring_to_front()
    await page.locator("[data-show=ambiguous]").click()
    await page.locator(".import-choices").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("import-sum")).to_contain_text("2 laws to import")
    await page.get_by_test_id("import-save").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("2 laws imported")

    await other.bring_to_front()
    await other.reload()
    await other.get_by_test_id("draft-go-on").click()
    await expect(other.get_by_test_id("import-sum")).to_contain_text("1 law to import")
    await expect(other.get_by_test_id("ambiguous-count")).to_have_text("1")
    await other.locator("[data-show=matched]").click()
    await expect(other.locator("#import-items")).to_contain_text("Clean Air Act 1993")
