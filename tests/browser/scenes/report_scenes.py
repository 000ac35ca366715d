"""Reports: the questions, and one with its picture and table; of an organization, of nothing, refused."""

from datetime import UTC, datetime

from playwright.async_api import Page, expect

from tests.browser.scenes.scene import Scenes, Who
from tests.browser.scenes.world import World

REPORTS = Scenes()
PATH = "/audit/reports"
ONE = f"{PATH}/{{question:str}}"

TRAIL = "/audit"

REPORTS.at("audit", "Audit trail of my lists", TRAIL, TRAIL, Who.READER)
REPORTS.at("audit-none", "Nothing found in the audit trail", TRAIL, f"{TRAIL}?undone=yes", Who.NEWCOMER)
REPORTS.at(
    "audit-organization",
    "Audit trail of an organisation",
    TRAIL,
    f"{TRAIL}?organization={World.ORGANIZATION}",
    Who.COLLEAGUE,
)


@REPORTS.scene("audit-review", "Saying that the audit trail was reviewed", TRAIL, Who.READER)
async def review(page: Page, _world: World) -> None:
    await page.goto(TRAIL)
    await page.get_by_test_id("trail-review").locator("summary").click()
    await expect(page.get_by_role("button", name="Record my review")).to_be_visible()


REPORTS.at("reports", "Questions to the history", PATH, PATH, Who.READER)
REPORTS.at(
    "report",
    "What was considered applicable on a day",
    ONE,
    lambda world: f"{PATH}/applicable?list=default&at={datetime.now(UTC):%Y-%m-%d}",
    Who.READER,
)
REPORTS.at(
    "report-changes",
    "Changes in bulk, by day",
    ONE,
    f"{PATH}/mass-changes?least=1&period=30-days",
    Who.READER,
)
REPORTS.at(
    "report-hours",
    "Changes outside working hours",
    ONE,
    f"{PATH}/outside-hours?hours=00:00-00:01",
    Who.READER,
)
REPORTS.at("report-coverage", "What of the register is covered", ONE, f"{PATH}/coverage", Who.READER)
REPORTS.at("report-none", "Nothing to report", ONE, f"{PATH}/removals?period=last-year", Who.NEWCOMER)
REPORTS.at("report-to-choose", "A question that needs a law", ONE, f"{PATH}/law", Who.READER)
REPORTS.at("report-refused", "A time that is refused", ONE, f"{PATH}/removals?since=2001-02-30", Who.READER)
REPORTS.at(
    "report-organization",
    "Who changed the rules of an organisation",
    ONE,
    f"{PATH}/rules?organization={World.ORGANIZATION}",
    Who.COLLEAGUE,
)
REPORTS.at(
    "report-everybody",
    "What was done by everybody, for administrators",
    ONE,
    f"{PATH}/everything?organization=*&period=30-days",
    Who.ADMIN,
)
