"""What one person does shows at the other within a moment, and who works there notices no more than that."""

from playwright.async_api import Page, expect

from tests.browser.hearing import LISTEN
from tests.browser.live.conftest import Shared, is_live
from tests.browser.register_page import RegisterPage
from tests.fixtures.accessibility import assert_accessible
from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client
from tests.fixtures.colleagues import good

SOON_MS = 10_000
"""On a machine that does much else; on a quiet one it is a fiftieth of that."""
SHOWN_AT = """law => new Promise(done => {
  const box = document.querySelector(`tr[data-record-id='${law}'] [data-testid=record-checkbox]`);
  const look = () => box.checked ? done(Date.now()) : requestAnimationFrame(look);
  look();
})"""
CLICKED_AT = """law => {
  document.querySelector(`tr[data-record-id='${law}'] [data-testid=record-checkbox]`).click();
  return Date.now();
}"""
FOCUSED_AT = "document.activeElement.closest('tr').getBoundingClientRect().top"
FLICKERS = """() => {
  window.states = [];
  const box = document.querySelectorAll("[data-testid=record-checkbox]")[4];
  const look = () => {
    if (window.states.at(-1) !== box.checked) window.states.push(box.checked);
    requestAnimationFrame(look);
  };
  look();
}"""


def row(law: str) -> str:
    return f"tr[data-record-id='{law}']"


async def test_ticks_show_at_the_other_with_the_name_and_ones_own_do_not_flicker(
    page: Page, person: Client, theirs: Page, colleague: Client, shared: Shared
) -> None:
    mine, other = RegisterPage(page, person), RegisterPage(theirs, colleague)
    for one in (mine, other):
        await one.open(f"?group={shared.group}")
    await is_live(page, theirs)
    await page.evaluate(FLICKERS)
    for law in shared.laws[1:4]:
        shown = page.evaluate(SHOWN_AT, law)
        clicked = await theirs.evaluate(CLICKED_AT, law)
        assert await shown - clicked < SOON_MS
    await mine.boxes.nth(4).click()
    by_another = page.get_by_test_id("by-another")
    await expect(by_another).to_have_count(3)
    await expect(by_another.first).to_contain_text("Ticked by ")
    await expect(page.locator("#announcer")).to_contain_text("3 laws ticked by ")
    await expect(other.boxes.nth(4)).to_be_checked()
    await mine.in_list(5)
    await expect(theirs.get_by_test_id("by-another")).to_have_count(1)
    assert await page.evaluate("window.states") == [False, True]

    await theirs.keyboard.press("Control+z")  # of all these, what the colleague did last
    await expect(mine.boxes.nth(3)).not_to_be_checked()
    await expect(by_another.nth(2)).to_contain_text("Unticked by ")
    await mine.in_list(4)

    await theirs.context.set_offline(True)
    await expect(theirs.locator("#sync-state")).to_have_attribute("data-state", "offline")
    await other.boxes.nth(3).click()
    await mine.boxes.nth(5).click()
    await mine.in_list(5)
    await theirs.context.set_offline(False)
    await expect(mine.boxes.nth(3)).to_be_checked()
    await expect(other.boxes.nth(5)).to_be_checked()
    for one in (mine, other):
        await one.in_list(6)


async def test_a_list_follows_and_what_somebody_is_doing_there_stays(
    page: Page, person: Client, theirs: Page, colleague: Client, shared: Shared
) -> None:
    await colleague.operate("bulk_select", shared.group, record_ids=shared.laws[1:3])
    await page.set_viewport_size({"width": 1280, "height": 320})
    await page.goto(shared.path)
    rows = page.get_by_test_id("record-row")
    await expect(rows).to_have_count(3)
    await is_live(page)
    await rows.nth(0).locator("td.col-year").click()
    await page.locator(row(shared.laws[2])).locator("[data-testid=record-checkbox]").focus()
    await page.evaluate("scrollTo({ top: 90, behavior: 'instant' })")
    await page.evaluate(LISTEN, "announcer")
    stood_at = await page.evaluate(FOCUSED_AT)

    await colleague.select(shared.laws[3], shared.group)
    await expect(rows).to_have_count(4)
    await expect(page.locator(row(shared.laws[3])).get_by_test_id("by-another")).to_contain_text("Ticked by ")
    assert abs(await page.evaluate(FOCUSED_AT) - stood_at) <= 1, "what one looks at stays where it is"
    note = {"note": "Seen by both"}
    await good(colleague, "PATCH", f"/groups/{shared.group}/records/{shared.laws[1]}", note)
    noted = page.locator(row(shared.laws[1]))
    await expect(noted).to_contain_text("Seen by both")
    await expect(noted.get_by_test_id("by-another")).to_contain_text("Note by ")
    await page.wait_for_function("() => window.said.some(words => words.includes('Note by '))")
    await good(person, "PATCH", shared.path, {"name": "Site: York"})
    await expect(page.locator("#list-heading")).to_have_text("Site: York")
    await colleague.deselect(shared.laws[1], shared.group)
    await expect(page.locator(row(shared.laws[1])).get_by_test_id("by-another")).to_contain_text(
        "Unticked by "
    )
    await expect(rows).to_have_count(3)  # once it has been seen

    assert await page.evaluate("document.activeElement.closest('tr').dataset.recordId") == shared.laws[2]
    await expect(page.locator("tr.is-marked")).to_have_count(1)
    await rows.nth(0).locator("td.col-menu summary").click()
    await rows.nth(0).locator("[data-row=note]").click()
    await page.fill("#note-text", "Half a sen")
    await colleague.select(shared.laws[4], shared.group)
    await expect(rows).to_have_count(4)
    await expect(page.locator("#note-text")).to_be_focused()
    await expect(page.locator("#note-text")).to_have_value("Half a sen")
    await page.keyboard.press("Escape")

    await rows.nth(0).locator("a.record-title").click()
    drawer = page.locator("#record-drawer")
    await drawer.locator("#record-note").fill("Half a thou")
    title = await drawer.locator("#record-title").text_content()
    await colleague.deselect(shared.laws[4], shared.group)
    await expect(rows).to_have_count(3)
    await expect(drawer.locator("#record-note")).to_be_focused()
    await expect(drawer.locator("#record-note")).to_have_value("Half a thou")
    await expect(drawer.locator("#record-title")).to_have_text(str(title))


async def test_what_was_missed_while_a_page_slept_is_said_with_who_did_it(
    page: Page, person: Client, theirs: Page, colleague: Client, shared: Shared
) -> None:
    """Who comes back is told what is different, and not whose it was: that is asked for."""
    await RegisterPage(page, person).open(f"?group={shared.group}")
    await theirs.goto(shared.path)
    await is_live(page, theirs)
    for one in (page, theirs):
        await one.evaluate("document.dispatchEvent(new Event('freeze'))")
    await colleague.select(shared.laws[2], shared.group)
    await person.deselect(shared.laws[0], shared.group)
    await colleague.select(shared.laws[0], shared.group)
    await person.select(shared.laws[1], shared.group)
    for one in (page, theirs):
        await one.evaluate("document.dispatchEvent(new Event('resume'))")
    said = page.locator(row(shared.laws[2])).get_by_test_id("by-another")
    await expect(said).to_contain_text("Ticked by ")
    rows = theirs.get_by_test_id("record-row")
    await expect(rows).to_have_count(3)
    for one in (page, theirs):
        await one.evaluate("document.dispatchEvent(new Event('freeze'))")
    await person.deselect(shared.laws[2], shared.group)
    for one in (page, theirs):
        await one.evaluate("document.dispatchEvent(new Event('resume'))")
    await expect(rows.get_by_text("Unticked by ")).to_be_visible()
    await expect(rows).to_have_count(2)


async def test_the_page_of_a_law_follows_and_what_is_written_there_stays(
    person: Client, theirs: Page, shared: Shared
) -> None:
    law, path = shared.laws[0], f"{shared.path}/records/{shared.laws[0]}"
    await theirs.goto(f"/records/{law}?group={shared.group}")
    await is_live(theirs)
    tick, note = theirs.locator("#record-tick"), theirs.locator("#record-note")
    await person.deselect(law, shared.group)
    await expect(tick).not_to_be_checked(timeout=SOON_MS)
    await person.select(law, shared.group)
    await expect(tick).to_be_checked(timeout=SOON_MS)
    await good(person, "PATCH", path, {"note": "Seen by both"})
    await expect(note).to_have_value("Seen by both")
    await expect(theirs.locator("#record-saved")).to_contain_text("Changed by ")
    await note.fill("Half a sen")
    await person.select(shared.laws[1], shared.group)
    await expect(theirs.locator("#record-saved")).to_have_text("Saved")
    await expect(note).to_have_value("Half a sen")
    await expect(note).to_be_focused()
    await good(person, "PATCH", path, {"note": "Half a sentence"})
    await expect(note).to_have_value("Half a sentence")


async def test_a_removed_member_loses_the_list_from_the_screen(
    page: Page, person: Client, theirs: Page, colleague: Client, shared: Shared, complaints: Complaints
) -> None:
    complaints.expect("status of 404")
    await theirs.goto(shared.path)
    await is_live(theirs)
    await good(person, "DELETE", f"{shared.organization.path}/members/{colleague.user_id}")
    await expect(theirs.get_by_test_id("list-gone")).to_be_visible(timeout=SOON_MS)
    await expect(theirs.get_by_test_id("record-row")).to_have_count(0)
    await assert_accessible(theirs)


async def test_who_is_here_is_shown_and_who_does_not_want_to_be_is_not_until_the_list_is_gone(
    page: Page, person: Client, theirs: Page, shared: Shared, complaints: Complaints
) -> None:
    await page.goto(shared.path)
    here = page.get_by_test_id("here")
    await expect(here.locator("summary")).to_have_attribute("title", "Nobody else is here")
    await theirs.goto(shared.path)
    await expect(here.locator("summary .face")).to_have_count(1)
    await theirs.locator("a[data-open]").first.click()
    await expect(page.locator(row(shared.laws[0])).get_by_test_id("looks")).to_be_visible()
    await here.locator("summary").click()
    await expect(here.locator(".here-law")).to_contain_text("looks at ")
    await assert_accessible(page)
    await page.keyboard.press("Escape")
    await theirs.keyboard.press("Escape")
    await expect(page.get_by_test_id("looks")).to_have_count(0)

    other = theirs.get_by_test_id("here")
    await expect(other.locator("summary .face")).to_have_count(1)
    await other.locator("summary").click()
    await other.get_by_test_id("show-me").uncheck()
    await expect(here.locator("summary .face")).to_have_count(0)
    await theirs.reload()
    await is_live(theirs)
    await expect(theirs.get_by_test_id("here").locator("summary .face")).to_have_count(1)
    await expect(here.locator("summary .face")).to_have_count(0)

    complaints.expect("status of 404")
    await good(person, "PATCH", shared.path, {"access": "restricted"})
    await expect(theirs.get_by_test_id("list-gone")).to_be_visible(timeout=SOON_MS)
    await expect(page.get_by_test_id("record-row")).to_have_count(1)
    await good(person, "DELETE", shared.path)
    await expect(page.get_by_test_id("list-gone")).to_be_visible(timeout=SOON_MS)


async def test_signing_out_ends_it_in_every_tab(page: Page, person: Client, complaints: Complaints) -> None:
    complaints.expect("status of 401")
    await page.goto("/records")
    await is_live(page)
    other = await page.context.new_page()
    await other.goto("/account")
    await other.locator("#account-menu > summary").click()
    await other.get_by_test_id("sign-out").click()
    await expect(page.locator("#sync-state")).to_have_attribute("data-state", "signed-out")
    await expect(page.locator("#sync-state")).to_have_attribute("data-live", "off")


async def test_what_is_shared_with_somebody_appears_where_they_look_at_lists(
    page: Page, person: Client, theirs: Page, colleague: Client, shared: Shared
) -> None:
    acme = shared.organization

    async def share(list_: str) -> None:
        await good(person, "PUT", f"/groups/{list_}/grants/{colleague.user_id}", {"level": "edit"})

    await theirs.goto(acme.path)
    await is_live(theirs)
    await theirs.fill("[data-testid=new-shared-list] [name=name]", "Half a na")
    first = await acme.list(name="Site: York", access="restricted")
    await share(first)
    lists = theirs.get_by_test_id("shared-list")
    await expect(lists.filter(has_text="Site: York")).to_be_visible()
    await expect(theirs.locator("[data-testid=new-shared-list] [name=name]")).to_have_value("Half a na")
    await good(person, "PATCH", f"/groups/{first}", {"name": "Site: Hull"})
    await expect(lists.filter(has_text="Site: Hull")).to_be_visible()
    await acme.list(name="Open to all")
    await expect(lists.filter(has_text="Open to all")).to_be_visible()

    await RegisterPage(theirs, colleague).open()
    await is_live(theirs)
    second = await acme.list(name="Site: Bath", access="restricted")
    await share(second)
    await theirs.locator("#group-switcher summary").click()
    offered = theirs.locator(f"#group-switcher [data-list-id='{second}']")
    await expect(offered).to_be_visible()
    await offered.click()
    await expect(theirs.locator(".group-switcher-name")).to_have_text("Site: Bath")
