"""A page that is open stays with the list that it shows, whichever list other tabs choose."""

import csv
import re
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, Request, Route, expect

from tests.browser.conftest import count_in_list
from tests.browser.hearing import hears_nothing
from tests.browser.register_page import READY, RegisterPage
from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client
from tests.fixtures.colleagues import good

pytestmark = pytest.mark.unopened

STEPS = (
    ("#pages a[rel=next]", "page=2"),
    ("#records a[data-sort=year]", "sort=year"),
    ("#facets input[name=live]", "live="),
)


@pytest_asyncio.fixture(loop_scope="session")
async def second(person: Client) -> str:
    made = await good(person, "POST", "/groups", {"name": "Second"})
    group: str = made["id"]
    return group


@pytest_asyncio.fixture(loop_scope="session")
async def other(page: Page, context: BrowserContext, complaints: Complaints) -> Page:
    """A second tab of the browser that `page` is in."""
    tab = await context.new_page()
    complaints.watch(tab)
    return tab


async def opened_before(register: RegisterPage, other: Page, second: str, query: str = "") -> None:
    """The page shows "My selection", which its address does not name; then the other tab chose "Second"."""
    await register.open(query)
    await RegisterPage(other, register.person).open(f"?group={second}")
    await expect_list(RegisterPage(other, register.person), "Second")
    await register.page.bring_to_front()


async def expect_list(register: RegisterPage, name: str) -> None:
    await expect(register.page.locator(".group-switcher-name")).to_have_text(name)


async def test_ticks_go_on_into_the_list_that_the_page_shows(
    register: RegisterPage, other: Page, second: str
) -> None:
    await opened_before(register, other, second)
    pages: list[str] = []
    register.page.on("request", lambda asked: pages.append(asked.url) if _is_page(asked) else None)
    for at in (0, 1):
        async with register.page.expect_response("**/records/counts?*"):
            await register.boxes.nth(at).click()
        await register.saved()
    await expect_list(register, "My selection")
    assert await register.ticked() == [0, 1]
    assert await count_in_list(register.person) == 2
    assert not await register.person.selected(second)
    assert not pages


def _is_page(request: Request) -> bool:
    return request.url.split("?")[0].endswith("/records")


async def test_every_question_of_the_page_is_about_its_list(
    register: RegisterPage, other: Page, second: str
) -> None:
    """Turning pages, sorting, filtering, searching, and what an undo shows anew."""
    [first, *_] = await register.person.records(sort="title_en", limit=1)
    await register.person.select(first["id"])
    await opened_before(register, other, second)
    results = register.page.locator("#results")
    for step, address in STEPS:
        await register.page.locator(step).first.click()
        await register.page.wait_for_url(f"**{address}**")
        await expect(results).not_to_have_attribute("aria-busy", "true")
        await expect(results).to_have_attribute("data-list-name", "My selection")
    await register.by_id("search").fill(first["title_en"])
    await register.page.wait_for_url("**q=**")
    await register.page.evaluate("window.dispatchEvent(new Event('focus'))")
    await register.in_list(1)
    await expect_list(register, "My selection")
    await expect(register.page).not_to_have_url(re.compile("group="))


async def test_a_page_that_is_opened_anew_takes_the_list_that_was_chosen_last(
    register: RegisterPage, other: Page, second: str
) -> None:
    await opened_before(register, other, second)
    await register.reload()
    await expect_list(register, "Second")


async def test_what_is_ticked_is_exported_and_printed_of_the_list_that_is_shown(
    register: RegisterPage, other: Page, second: str, tmp_path: Path
) -> None:
    mine, theirs = [law["id"] for law in await register.person.records(limit=2)]
    await register.person.select(theirs, second)
    await register.person.select(mine)
    await opened_before(register, other, second, "?selected=true")
    assert await exported(register, tmp_path) == {mine}
    await RegisterPage(other, register.person).open("?selected=true")  # the cookie names "Second"
    await expect_list(RegisterPage(other, register.person), "Second")
    assert await exported(RegisterPage(other, register.person), tmp_path) == {theirs}
    await register.page.locator("#export-menu summary").click()
    await register.page.locator("#print-view").evaluate(
        "link => link.addEventListener('click', event => event.preventDefault())"
    )
    await register.page.locator("#print-view").click()
    href = await register.page.locator("#print-view").get_attribute("href")
    printed = await register.page.request.get(str(href))
    law = await register.person.get(f"/records/{mine}")
    text = await printed.text()
    assert text.count("printed-row") == 1
    assert f">{law['number']}<" in text


async def exported(register: RegisterPage, folder: Path) -> set[str]:
    await register.page.bring_to_front()
    await register.page.locator("#export-menu summary").click()
    async with register.page.expect_download() as waiting:
        await register.page.locator("#export-menu [data-export='CSV']").click()
    await (await waiting.value).save_as(folder / "ticked.csv")
    with (folder / "ticked.csv").open(newline="", encoding="utf-8-sig") as file:
        return {row["id"] for row in csv.DictReader(file)}


async def test_a_list_that_was_deleted_elsewhere_is_said_to_be_gone(
    register: RegisterPage, second: str, complaints: Complaints
) -> None:
    complaints.expect("status of 404")
    await register.open(f"?q=noise&group={second}")
    await expect_list(register, "Second")
    await good(register.person, "DELETE", f"/groups/{second}")
    async with register.page.expect_response(f"**/groups/{second}"):
        await register.page.evaluate("window.dispatchEvent(new Event('focus'))")
    await said_to_be_gone(register, second)


@pytest.mark.parametrize("control", ["record-checkbox", "select-page"])
async def test_a_tick_into_a_list_that_is_gone_is_refused_and_the_page_turns_to_the_usual_one(
    register: RegisterPage, second: str, complaints: Complaints, control: str
) -> None:
    complaints.expect("status of 404")
    await register.open(f"?q=noise&group={second}")
    await expect_list(register, "Second")
    await good(register.person, "DELETE", f"/groups/{second}")
    await register.by_id(control).first.click()
    refused = register.by_id("toast").filter(has_text="This list does not exist.")
    await expect(refused).to_be_visible()
    await expect(refused.get_by_role("button", name="Try again")).to_have_count(0)
    await said_to_be_gone(register, second)


async def said_to_be_gone(register: RegisterPage, group: str) -> None:
    gone = register.by_id("toast").filter(has_text="The list “Second” no longer exists.")
    await expect(gone).to_contain_text("Your ticks now go to “My selection”.")
    await expect_list(register, "My selection")
    await expect(register.page).not_to_have_url(re.compile("group="))
    assert "q=noise" in register.page.url
    await expect(register.page.locator(f"#group-switcher [data-list-id='{group}']")).to_have_count(0)
    await register.boxes.first.click()
    await register.saved()
    assert await count_in_list(register.person) == 1


async def test_columns_that_are_reset_leave_the_list(
    register: RegisterPage, other: Page, second: str
) -> None:
    """The page is fetched anew then, but nobody has opened another one."""
    await opened_before(register, other, second)
    await register.page.locator("#columns-menu summary").click()
    async with register.page.expect_navigation():
        await register.page.locator("#columns-reset").click()
    await register.page.wait_for_selector(READY)
    await expect_list(register, "My selection")


async def test_the_other_version_of_a_note_is_one_of_the_same_list(
    register: RegisterPage, other: Page, second: str, complaints: Complaints
) -> None:
    complaints.expect("status of 409")
    [law] = await register.person.records(limit=1)
    for group in ("default", second):
        await register.person.select(law["id"], group)
    await register.page.goto(f"/records/{law['id']}")
    await RegisterPage(other, register.person).open(f"?group={second}")
    await hears_nothing(register.page)
    for group, text in (("default", "Theirs"), (second, "Of another list")):
        await good(register.person, "PATCH", f"/groups/{group}/records/{law['id']}", {"note": text})
    note = register.page.get_by_label("Note")
    await note.fill("Mine")
    await register.page.get_by_role("button", name="Show the other version").click()
    await expect(note).to_have_value("Theirs")


async def test_a_page_hears_what_was_done_while_it_was_on_its_way(
    register: RegisterPage, other: Page
) -> None:
    """The server wrote it before another tab ticked, and it listened only after that tab had told of it."""
    there = RegisterPage(other, register.person)
    await there.open()

    async def slowly(route: Route) -> None:
        answer = await route.fetch()
        await there.boxes.nth(0).click()
        await there.saved()
        await route.fulfill(response=answer)

    await register.page.route(re.compile(r"/records$"), slowly, times=1)
    await register.open()
    await register.in_list(1)
    assert await register.ticked() == [0]
