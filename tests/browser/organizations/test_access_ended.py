"""The right to a list ends while its member is offline: what they ticked is kept for them as a file."""

import csv
from io import StringIO
from pathlib import Path

from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client
from tests.fixtures.colleagues import Organization, call, found, good
from tests.fixtures.process import ServerProcess

OF_THE_LIST = """list => ({
  undos: Object.values(sessionStorage).filter((kept) => kept.includes(list)).length,
  drafts: (localStorage.getItem("sertantai.drafts") ?? "").includes(list),
  waiting: Object.keys(localStorage).filter((key) => key.startsWith("sertantai.outbox.")).length,
})"""


async def works_of(owner: Client, person: Client) -> tuple[Organization, str, list[str]]:
    """An organization, in which ``person`` is a member, and a list there with six laws."""
    acme = await found(owner)
    await acme.join(person)
    acme.people["member"] = person
    leeds = await acme.list(name="Leeds")
    ids = [one["id"] for one in await owner.records(limit=6)]
    await owner.operate("bulk_select", leeds, record_ids=ids)
    return acme, leeds, ids


def box(page: Page, record: str) -> Locator:
    return page.locator(f"[data-record-id='{record}']").get_by_test_id("record-checkbox")


async def took(page: Page, folder: Path) -> list[dict[str, str]]:
    async with page.expect_download() as download:
        await page.get_by_test_id("toast").get_by_role("button", name="Download").click()
    file = folder / "not-taken.csv"
    await (await download.value).save_as(file)
    return list(csv.DictReader(StringIO(file.read_text("utf-8-sig"))))


async def test_threat_23_ticks_made_offline_by_somebody_who_was_removed_are_kept_aside_for_them(
    page: Page,
    person: Client,
    shared_server: ServerProcess,
    context: BrowserContext,
    complaints: Complaints,
    tmp_path: Path,
) -> None:
    complaints.expect("status of 404")
    async with await shared_server.register() as owner:
        acme, leeds, ids = await works_of(owner, person)
        await page.goto(f"/groups/{leeds}")
        sign = page.get_by_test_id("sync-state")
        await box(page, ids[3]).uncheck()
        await expect(page.get_by_test_id("selection-count")).to_have_text("5")
        await expect(sign).to_have_attribute("data-state", "synced")
        await page.evaluate(
            """([user, list, record]) => localStorage.setItem("sertantai.drafts",
                 JSON.stringify({ [`${user} ${list} ${record}`]: { note: "mine", tags: ["a"] } }))""",
            [person.user_id, leeds, ids[5]],
        )
        await context.set_offline(True)
        for id in ids[:2]:
            await box(page, id).uncheck()
        await expect(sign).to_have_attribute("data-state", "offline")
        assert (await call(owner, "DELETE", acme.member("member"))).status == 204
        await context.set_offline(False)
        kept = (
            "user => (localStorage.getItem(`sertantai.not-taken.${user}`) ?? '').split('record').length - 1"
        )
        await page.wait_for_function(f"user => ({kept})(user) === 3", arg=person.user_id)
        left = await page.evaluate(OF_THE_LIST, leeds)
        assert left == {"undos": 0, "drafts": False, "waiting": 0}

        await page.goto("/records")
        told = page.get_by_test_id("toast").filter(has_text="kept in this browser")
        await expect(told).to_contain_text("3 changes were not saved")
        rows = await took(page, tmp_path)
        assert {(row["Law id"], row["Wanted"], row["Note"], row["Tags"]) for row in rows} == {
            (ids[0], "unticked", "", ""),
            (ids[1], "unticked", "", ""),
            (ids[5], "", "mine", "a"),
        }
        assert {(row["List"], row["List id"]) for row in rows} == {("Leeds", leeds)}
        assert all(row["Law"] for row in rows if row["Wanted"])
        await expect(told).to_have_count(0)
        await page.reload()
        await expect(page.get_by_test_id("selection-count")).to_be_visible()
        await expect(page.get_by_test_id("toast")).to_have_count(0)
        now = await owner.selected(leeds)
        assert now == set(ids) - {ids[3]}, "what they did before stays, and nothing else was done"


async def test_ticks_into_a_list_that_one_may_only_read_by_now_are_kept_until_they_are_thrown_away(
    page: Page, person: Client, shared_server: ServerProcess, context: BrowserContext, complaints: Complaints
) -> None:
    complaints.expect("status of 403")
    async with await shared_server.register() as owner:
        acme, leeds, ids = await works_of(owner, person)
        await page.goto(f"/groups/{leeds}")
        await context.set_offline(True)
        await box(page, ids[0]).uncheck()
        await expect(page.get_by_test_id("sync-state")).to_have_attribute("data-state", "offline")
        await good(owner, "PATCH", acme.member("member"), {"role": "viewer"})
        await context.set_offline(False)
        told = page.get_by_test_id("toast").filter(has_text="kept in this browser")
        await expect(told).to_contain_text("was not changed")
        await expect(told.get_by_role("button", name="Try again")).to_have_count(0)
        await told.get_by_role("button", name="Discard").click()
        await expect(told).to_have_count(0)
        await page.reload()
        await expect(page.get_by_test_id("selection-count")).to_have_text("6")
        await expect(page.get_by_test_id("toast")).to_have_count(0)
