"""Who answers for a law, said in its details and of many at once, and what a colleague sees of it."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import Page, expect

from tests.browser.organizations.test_working_together import works
from tests.fixtures.accessibility import FURTHER_ROWS, assert_accessible
from tests.fixtures.client import Client
from tests.fixtures.colleagues import good

SAVED = "Saved"


async def test_a_law_is_assigned_in_its_details_and_reviewed_by_who_answers_for_it(
    page: Page, person: Client, theirs: Page, colleague: Client
) -> None:
    path, organization = await works(page, person)
    await organization.join(colleague, "viewer")
    list_ = await organization.list()
    ids = [record["id"] for record in await person.records(limit=3)]
    await good(person, "POST", f"/groups/{list_}/operations", {"action": "bulk_select", "record_ids": ids})
    before = datetime.now(UTC).date() - timedelta(days=2)

    # In the details of one law; who looks on sees it come.
    await theirs.goto(f"/groups/{list_}")
    await page.goto(f"/groups/{list_}")
    rows = page.get_by_test_id("record-row")
    await rows.first.locator(".record-title").click()
    form = page.get_by_test_id("record-reviewing")
    await form.get_by_label("Responsible").select_option(colleague.user_id)
    await expect(form.get_by_role("status")).to_have_text(SAVED)
    said: list[str] = []
    page.on(
        "request", lambda request: said.append(request.post_data or "") if request.method == "PATCH" else None
    )
    day = form.get_by_label("Review on")
    await day.press_sequentially(f"{before:%m%d%Y}")  # as the browser of these tests has it
    await day.blur()
    await expect(form.get_by_role("status")).to_have_text(SAVED)
    assert said == [f'{{"review_on":"{before}"}}'], "each number makes a day, and the last one is meant"
    await assert_accessible(page, without=[FURTHER_ROWS])
    await page.keyboard.press("Escape")
    told = rows.first.get_by_test_id("record-review")
    [row, *_] = (await good(person, "GET", f"/groups/{list_}/records"))["items"]
    await expect(told).to_contain_text(f"{row['responsible']['name']} is responsible")
    await expect(told).to_contain_text("Due")
    await expect(theirs.get_by_test_id("record-review")).to_contain_text("Due")

    # Of two more at once, which one undo takes back.
    for row in (rows.nth(1), rows.nth(2)):
        await row.locator(".col-year").click()
    await page.locator("[data-marked=assign]").click()
    dialog = page.locator("#assign-dialog")
    await dialog.get_by_label("Responsible").select_option(person.user_id)
    await assert_accessible(page, without=[FURTHER_ROWS])
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_test_id("record-review")).to_have_count(3)
    await page.keyboard.press("Control+z")
    await expect(page.get_by_test_id("record-review")).to_have_count(1)
    await page.get_by_label("Show", exact=True).select_option("unanswered")
    await expect(rows).to_have_count(2)

    # A viewer may say of it that it still applies, and of nothing else.
    await theirs.goto(path)
    mine = theirs.get_by_test_id("answering-for")
    await expect(mine).to_contain_text("1 due for review")
    await mine.get_by_role("link", name="1 due for review").click()
    seen = theirs.get_by_test_id("record-row")
    await expect(seen).to_have_count(1)
    await seen.locator(".record-title").click()
    form = theirs.get_by_test_id("record-reviewing")
    await expect(form.get_by_label("Responsible")).to_have_count(0)
    await form.get_by_role("button", name="Still applies").click()
    await expect(form).to_contain_text("Last reviewed")
    await theirs.keyboard.press("Escape")
    await expect(seen).to_have_count(0)
    await theirs.get_by_label("Show", exact=True).select_option("")
    await seen.nth(1).locator(".record-title").click()
    await expect(theirs.locator("#record-drawer .record-head")).to_be_visible()
    await expect(form.get_by_role("button", name="Still applies")).to_have_count(0)
