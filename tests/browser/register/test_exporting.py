"""A view of the register as a file: counted while it is made, stopped when asked to, and complete."""

import asyncio
import csv
import zipfile
from pathlib import Path

import psutil
import pytest
from playwright.async_api import expect

from tests.browser.conftest import Facts
from tests.browser.register_page import RegisterPage
from tests.fixtures.browser import Complaints
from tests.fixtures.process import ServerProcess

PATIENCE_MS = 90_000
ENOUGH = 30_000
"""So many laws are not in a spreadsheet before somebody has looked."""
SHEET = "xl/worksheets/sheet1.xml"
WORKBOOK = "sertantai.files.workbook_process"


def is_workbook(process: psutil.Process) -> bool:
    try:
        return WORKBOOK in process.cmdline()
    except psutil.NoSuchProcess:  # it ended while it was looked at
        return False


async def choose(register: RegisterPage, kind: str) -> None:
    await register.page.locator("#export-menu summary").click()
    await register.page.locator(f"#export-menu [data-export='{kind}']").click()


async def test_what_the_view_shows_becomes_a_file_of_just_that(
    recent: RegisterPage, facts: Facts, tmp_path: Path
) -> None:
    """Also after the view was changed without a reload."""
    await recent.by_id("search").fill("regulations")
    await recent.page.wait_for_url("**q=regulations**")
    found = await recent.person.get("/records", q="regulations", year_from=facts.since, limit=1)
    await recent.shows(found["total"])
    async with recent.page.expect_download(timeout=PATIENCE_MS) as waiting:
        await choose(recent, "CSV")
    download = await waiting.value
    assert download.suggested_filename == "Register.csv"
    await download.save_as(tmp_path / "register.csv")
    with (tmp_path / "register.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == found["total"]
    titles = [row["title_en"].casefold() for row in rows if row["title_en"]]
    assert titles[0] <= titles[-1]


@pytest.mark.unopened
async def test_a_long_export_counts_its_laws(register: RegisterPage, facts: Facts, tmp_path: Path) -> None:
    since, count = facts.newest(ENOUGH)
    await register.open(f"?year_from={since}")
    async with register.page.expect_download(timeout=PATIENCE_MS) as waiting:
        await choose(register, "Excel (XLSX)")
        notice = register.page.get_by_test_id("toast")
        await expect(notice).to_contain_text(f"of {count:,} laws")
        await expect(notice.get_by_role("progressbar")).to_have_attribute("max", str(count))
    await (await waiting.value).save_as(tmp_path / "register.xlsx")
    await expect(notice).to_have_count(0)
    with zipfile.ZipFile(tmp_path / "register.xlsx") as book:  # openpyxl takes ten seconds for as many
        assert book.read(SHEET).count(b"<row ") == count + 2, "titles, and the newest head"


async def test_an_export_that_is_stopped_stops_on_the_server_too(
    register: RegisterPage, shared_server: ServerProcess
) -> None:
    def workbooks() -> list[psutil.Process]:
        family = psutil.Process(shared_server.pid).children(recursive=True)
        return [process for process in family if is_workbook(process)]

    await choose(register, "Excel (XLSX)")
    notice = register.page.get_by_test_id("toast")
    await expect(notice).to_contain_text("laws.")
    assert workbooks()
    await notice.get_by_role("button", name="Stop").click()
    await expect(notice).to_have_text("The export was stopped.")
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while workbooks():  # noqa: ASYNC110  # a process of its own says nothing when it ends
            await asyncio.sleep(0.05)


async def test_a_refused_export_says_why_and_leaves_the_page(
    register: RegisterPage, complaints: Complaints
) -> None:
    complaints.expect("429", "export")
    problem = '{"status": 429, "code": "rate_limited", "detail": "Too many exports; try again in a minute."}'
    await register.page.route(
        "**/export.csv*",
        lambda route: route.fulfill(status=429, content_type="application/problem+json", body=problem),
    )
    await choose(register, "CSV")
    await expect(register.page.get_by_test_id("toast")).to_contain_text("try again in a minute")
    await expect(register.page.get_by_test_id("record-row").first).to_be_visible()
