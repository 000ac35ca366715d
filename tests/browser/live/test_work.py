"""What goes on behind the pages of somebody: the tab that began it says how it is, and so do the others."""

from contextlib import AsyncExitStack

from playwright.async_api import Page, expect

from tests.browser.conftest import Facts
from tests.browser.hearing import LISTEN, heard
from tests.browser.live.conftest import is_live
from tests.browser.register_page import RegisterPage
from tests.fixtures.accessibility import assert_accessible
from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client, ask
from tests.fixtures.process import ServerProcess

BEHIND_TWO = "Waiting behind 2 others"


async def test_an_export_waits_and_is_ready_in_every_tab_and_is_announced_once(
    page: Page, person: Client, shared_server: ServerProcess, facts: Facts, complaints: Complaints
) -> None:
    other = await page.context.new_page()
    complaints.watch(other)
    await other.goto(f"/groups/{(await person.get('/groups'))['items'][0]['id']}")
    register = RegisterPage(page, person)
    await register.open(f"?year_from={facts.since}")
    await is_live(page, other)
    note, notice = other.get_by_test_id("export-note"), page.get_by_test_id("toast")
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(await shared_server.register()) for _ in range(2)]
        for one in people:  # whoever does not read keeps a place
            await stack.enter_async_context(one.http.stream("GET", "/records/export.json"))
        await page.bring_to_front()
        for tab in (page, other):
            await tab.evaluate(LISTEN, "announcer")
        async with page.expect_download() as waiting:
            await page.locator("#export-menu summary").click()
            await page.locator("#export-menu [data-export='CSV']").click()
            await expect(notice).to_contain_text(f"{BEHIND_TWO}.")
            await expect(note).to_have_text(BEHIND_TWO)
            await expect(page.get_by_test_id("export-note")).to_be_hidden()
            await assert_accessible(other)
            await stack.aclose()
        await waiting.value
    await expect(note).to_have_text("Ready")
    await expect(notice).to_have_count(0)
    downloaded = "Register.csv has been downloaded"
    ours = [words for words in await heard(page, downloaded) if "law" not in words]
    assert ours == [BEHIND_TWO, downloaded]
    theirs = await heard(other, "Export: Ready")
    assert theirs[0] == f"Export: {BEHIND_TWO}"
    assert len(theirs) == len(set(theirs)) <= 3, "waiting, perhaps running, ready"

    await other.goto("/groups/import")
    await is_live(other)
    await other.evaluate(LISTEN, "import-waiting")
    table, path = b"Law\nClean Air Act 1993\n", "/imports/tables?name=register.csv"
    assert (await ask(person.http, "POST", path, content=table)).is_success
    await other.wait_for_function(
        "() => window.said.length && !document.getElementById('import-waiting').textContent"
    )
    assert await other.evaluate("window.said") == ["“register.csv” is being read in another tab."]
