"""Details of one law: read, gone through, noted, also when that is refused or done in two places."""

import asyncio
import json
import re

import pytest
from playwright.async_api import BrowserContext, Locator, Route, expect

from tests.browser.hearing import hears_nothing
from tests.browser.register_page import RegisterPage
from tests.fixtures.browser import Complaints
from tests.fixtures.colleagues import good

NOTES = "**/api/v1/groups/*/records/*"


def drawer(register: RegisterPage) -> Locator:
    return register.page.locator("#record-drawer")


async def with_a_note(register: RegisterPage, note: str = "Before") -> str:
    """Ticks the first law shown, gives it a note, and opens its details."""
    [record, *_] = await register.ids()
    await register.person.select(record)
    await good(register.person, "PATCH", f"/groups/default/records/{record}", {"note": note})
    await register.open(f"?record={record}")
    await expect(drawer(register).get_by_label("Note")).to_have_value(note)
    return record


@pytest.mark.unopened
async def test_everything_is_told_of_a_law_and_where_else_it_is(register: RegisterPage) -> None:
    [law] = await register.person.records(q="UK_ukpga_1974_37", limit=1)
    for name in ("Site A", "Site B"):
        group = (await good(register.person, "POST", "/groups", {"name": name}))["id"]
        await register.person.select(law["id"], group)
    await register.open(f"?q=UK_ukpga_1974_37&record={law['id']}")
    details = drawer(register)
    link = details.get_by_role("link", name="Read on legislation.gov.uk")
    await expect(link).to_have_attribute("href", law["leg_gov_uk_url"])
    await expect(details.locator(".record-also")).to_have_text("Also in Site A, Site B")
    for words in ("1974", "37", "UK Public General Act", law["name"]):
        await expect(details.locator(".record-fields")).to_contain_text(words)
    await expect(details.locator("#record-history li")).to_have_count(2)
    await expect(details.locator("#record-history li").first).to_contain_text("Ticked in “Site B”")


async def test_next_and_previous_go_over_the_edge_of_a_page(register: RegisterPage) -> None:
    ids = await register.ids()
    await register.page.locator(".record-title").last.click()
    shown = drawer(register).locator("#record")
    await expect(shown).to_have_attribute("data-record-id", ids[-1])
    await register.page.keyboard.press("j")
    await register.page.wait_for_url("**page=2**")
    await expect(register.rows.first).not_to_have_attribute("data-record-id", ids[0])
    [following, *_] = await register.ids()
    await expect(shown).to_have_attribute("data-record-id", following)
    await drawer(register).get_by_role("button", name="Previous law").click()
    await expect(shown).to_have_attribute("data-record-id", ids[-1])
    await register.reload()
    await expect(shown).to_have_attribute("data-record-id", ids[-1])
    await register.page.keyboard.press("j")
    await expect(shown).to_have_attribute("data-record-id", following)
    await register.page.keyboard.press("Escape")
    await expect(drawer(register)).to_be_hidden()
    await expect(register.page).not_to_have_url(re.compile("record="))
    await expect(register.rows.first).to_have_attribute("data-record-id", following)
    await register.page.reload()
    await expect(drawer(register)).to_be_hidden()


async def test_a_note_that_is_refused_stays_in_the_field(
    register: RegisterPage, complaints: Complaints
) -> None:
    complaints.expect("500")
    record = await with_a_note(register)

    async def refuse(route: Route) -> None:
        problem = {"status": 500, "code": "x", "detail": "The clerk is away."}
        await route.fulfill(status=500, content_type="application/problem+json", body=json.dumps(problem))

    await register.page.route(NOTES, refuse)
    note, said = drawer(register).get_by_label("Note"), register.page.locator("#record-saved")
    await note.fill("Ask the landlord")
    await expect(said).to_contain_text("Not saved: The clerk is away.")
    await expect(note).to_have_value("Ask the landlord")
    await register.page.unroute(NOTES)
    await note.press_sequentially(".")
    await expect(said).to_have_text("Saved")
    await register.open(f"?record={record}")
    await expect(note).to_have_value("Ask the landlord.")


async def test_a_note_that_was_changed_elsewhere_is_not_written_over_unseen(
    register: RegisterPage, complaints: Complaints
) -> None:
    complaints.expect("status of 409")
    record = await with_a_note(register)
    elsewhere = f"/groups/default/records/{record}"
    note, said = drawer(register).get_by_label("Note"), register.page.locator("#record-saved")
    await hears_nothing(register.page)
    await good(register.person, "PATCH", elsewhere, {"note": "Theirs"})
    await note.fill("Mine")
    await expect(said).to_contain_text("Not saved: The note or tags were changed elsewhere in the meantime")
    await said.get_by_role("button", name="Show the other version").click()
    await expect(note).to_have_value("Theirs")
    await good(register.person, "PATCH", elsewhere, {"note": "Theirs again"})
    await note.fill("Mine after all")
    await said.get_by_role("button", name="Replace it with mine").click()
    await expect(said).to_have_text("Saved")
    await register.reload()
    await expect(note).to_have_value("Mine after all")


async def test_a_law_that_is_ticked_again_has_its_note_back(register: RegisterPage) -> None:
    await with_a_note(register, "Keep me")
    await register.page.keyboard.press("Escape")
    await register.boxes.first.click()
    await register.in_list(0)
    await register.boxes.first.click()
    await register.in_list(1)
    await register.saved()
    await register.page.locator(".record-title").first.click()
    await expect(drawer(register).get_by_label("Note")).to_have_value("Keep me")


async def test_a_second_tab_follows_the_tick_in_the_drawer(
    register: RegisterPage, context: BrowserContext
) -> None:
    [record, *_] = await register.ids()
    other = RegisterPage(await context.new_page(), register.person)
    await other.open(f"?record={record}")
    await register.page.bring_to_front()
    await register.boxes.first.click()
    await register.saved()
    await expect(drawer(other).locator("#record-tick")).to_be_checked()
    await expect(drawer(other).get_by_label("Note")).to_be_visible()
    await other.page.bring_to_front()
    await drawer(other).locator("#record-tick").uncheck()
    await expect(register.boxes.first).not_to_be_checked()


@pytest.mark.unopened
async def test_what_is_not_in_the_register_is_said(register: RegisterPage, complaints: Complaints) -> None:
    complaints.expect("status of 404")
    await register.open("?record=0d9d4f0e-9f67-4b7c-8d8e-000000000001")
    await expect(register.by_id("toast")).to_contain_text("This law is not in the register.")
    await expect(drawer(register)).to_be_hidden()
    await expect(register.rows).to_have_count(50)


async def test_a_tick_in_the_details_is_undone_there(register: RegisterPage) -> None:
    """By the button of the notice, which lies within the details, and by the keys."""
    await register.rows.nth(2).focus()
    await register.page.keyboard.press("Enter")
    box = register.page.locator("#record-drawer #record-tick")
    await box.click()
    await register.page.locator("#record-drawer").get_by_test_id("undo").click()
    await expect(box).not_to_be_checked()
    await expect(register.by_id("toast").last).to_contain_text("Undone in “")
    await box.click()
    await expect(register.page.locator("#record-drawer").get_by_test_id("undo")).to_be_visible()
    await box.focus()
    await register.page.keyboard.press("Control+z")
    await expect(box).not_to_be_checked()
    await register.saved()
    assert await register.person.selected() == set()
    await register.page.keyboard.press("Escape")
    await expect(register.page.locator("#record-drawer")).to_be_hidden()
    await expect(register.by_id("toast").last).to_be_visible()


@pytest.mark.unopened
async def test_an_undo_of_what_was_done_in_another_list_names_it_and_leads_there(
    register: RegisterPage,
) -> None:
    made = [(await good(register.person, "POST", "/groups", {"name": name}))["id"] for name in ("One", "Two")]
    await register.open(f"?group={made[1]}")
    await register.boxes.first.click()
    await register.saved()
    await register.open(f"?group={made[0]}")
    await register.page.keyboard.press("Control+z")
    notice = register.by_id("toast").last
    await expect(notice).to_contain_text("Undone in “Two”")
    await expect(notice.get_by_role("link", name="Open the list")).to_have_attribute(
        "href", f"/groups/{made[1]}"
    )
    assert await register.person.selected(made[1]) == set()


async def test_details_that_were_closed_before_they_could_not_come_are_nobodys_error(
    register: RegisterPage, complaints: Complaints
) -> None:
    complaints.expect("status of 500", "answered 500")
    asked, closed = asyncio.Event(), asyncio.Event()

    async def fail(route: Route) -> None:
        asked.set()
        await closed.wait()
        problem = {"status": 500, "code": "x", "detail": "The clerk is away."}
        await route.fulfill(status=500, content_type="application/problem+json", body=json.dumps(problem))

    [record, *_] = await register.ids()
    await register.page.route(f"**/records/{record}?group=*", fail)
    await register.page.locator("a.record-title").first.click()
    await asked.wait()
    await register.page.keyboard.press("Escape")
    await expect(drawer(register)).not_to_have_attribute("open", "")
    async with register.page.expect_response(f"**/records/{record}?group=*"):
        closed.set()
    # Errors are told in order: the page has had its turn with the refusal when it can tick.
    await register.boxes.first.click()
    await register.saved()
    await expect(register.by_id("toast").filter(has_text="The clerk is away.")).to_have_count(0)


async def test_a_citation_that_may_not_be_copied_is_said(register: RegisterPage) -> None:
    [record, *_] = await register.ids()
    await register.open(f"?record={record}")
    copy = drawer(register).get_by_role("button", name="Copy citation")
    cited = await copy.get_attribute("data-copy")
    await register.page.evaluate(
        """() => {
          navigator.clipboard.writeText = async () => { throw new DOMException("No.", "NotAllowedError"); };
        }"""
    )
    await copy.click()
    said = register.by_id("toast")
    await expect(said).to_contain_text("Your browser did not allow copying.")
    await expect(said).to_contain_text(str(cited))
