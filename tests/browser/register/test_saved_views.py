"""Views with names: kept with the account, the same on every device, and patient without a network."""

import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.register_page import READY, RegisterPage
from tests.fixtures.accessibility import FURTHER_ROWS, OF_LOOKS, assert_accessible
from tests.fixtures.browser import Complaints, new_profile, sign_in
from tests.fixtures.client import Client
from tests.fixtures.colleagues import good
from tests.fixtures.process import ServerProcess

pytestmark = pytest.mark.unopened


def menu(register: RegisterPage) -> Locator:
    return register.page.locator("#views-menu")


async def save(register: RegisterPage, name: str) -> None:
    await menu(register).locator("summary").click()
    await menu(register).get_by_label("View name").fill(name)
    await menu(register).get_by_role("button", name="Save").click()
    await expect(register.by_id("toast").last).to_contain_text(f"The view “{name[:50]}")


async def names(person: Client) -> list[str]:
    return [view["name"] for view in (await person.get("/views"))["items"]]


async def columns(register: RegisterPage) -> list[str]:
    shown: list[str] = await register.page.locator("#records thead th[data-column]").evaluate_all(
        "cells => cells.map(cell => cell.dataset.column)"
    )
    return shown


@pytest_asyncio.fixture(loop_scope="session")
async def elsewhere(
    browser: Browser, shared_server: ServerProcess, person: Client
) -> AsyncIterator[RegisterPage]:
    """The same person, on another device."""
    other = await new_profile(browser, shared_server)
    page = await other.new_page()
    await sign_in(page, person)
    yield RegisterPage(page, person)
    await other.close()


async def test_a_view_is_there_on_another_device_with_its_columns(
    register: RegisterPage, elsewhere: RegisterPage
) -> None:
    await register.open("?q=noise&sort=-year&limit=25")
    await register.page.locator("#columns-menu summary").click()
    await register.page.locator("#columns-menu").get_by_label("Family", exact=True).uncheck()
    await expect(register.page.locator("th.cell-family")).to_have_count(0)
    await save(register, "Noise, newest first")
    await expect(menu(register).locator("summary")).to_contain_text("Noise, newest first")
    assert "family" in await columns(elsewhere)
    await menu(elsewhere).locator("summary").click()
    await menu(elsewhere).get_by_role("link", name="Noise, newest first").click()
    await elsewhere.page.wait_for_url("**q=noise**")
    await elsewhere.page.wait_for_selector(READY)
    assert parse_qs(urlsplit(elsewhere.page.url).query) == {
        "q": ["noise"],
        "sort": ["-year"],
        "limit": ["25"],
    }
    assert await columns(elsewhere) == await columns(register)


async def test_it_is_renamed_changed_and_removed_and_undo_brings_it_back(register: RegisterPage) -> None:
    await register.open("?q=noise")
    await save(register, "Loud")
    await register.open("?q=waste")
    await save(register, "Loud")
    [view] = (await register.person.get("/views"))["items"]
    assert view["query"] == "q=waste"
    await menu(register).locator("summary").click()
    await menu(register).get_by_role("button", name="Rename the view Loud").click()
    await menu(register).get_by_label("New name of the view Loud").fill("Rubbish")
    await register.page.keyboard.press("Enter")
    await expect(menu(register).get_by_role("link", name="Rubbish")).to_be_visible()
    await expect(register.by_id("toast").last).to_contain_text("is now called “Rubbish”")
    assert await names(register.person) == ["Rubbish"]
    await menu(register).get_by_role("button", name="Delete the view Rubbish").click()
    await expect(register.by_id("toast").last).to_contain_text("was deleted")
    assert await names(register.person) == []
    await register.by_id("undo").click()
    await expect(register.by_id("toast")).to_have_count(0)
    assert await names(register.person) == ["Rubbish"]
    await register.reload()
    await menu(register).locator("summary").click()
    await expect(menu(register).get_by_role("link", name="Rubbish")).to_be_visible()


async def test_a_name_that_is_taken_is_not_given_twice(register: RegisterPage) -> None:
    for name, query in (("One", "?q=noise"), ("Two", "?q=waste")):
        await register.open(query)
        await save(register, name)
    await menu(register).locator("summary").click()
    await menu(register).get_by_role("button", name="Rename the view Two").click()
    await menu(register).get_by_label("New name of the view Two").fill("One")
    await register.page.keyboard.press("Enter")
    await expect(register.by_id("toast").last).to_contain_text("You already have a view with this name.")
    await register.page.keyboard.press("Escape")
    assert await names(register.person) == ["One", "Two"]


async def test_without_a_network_views_are_there_and_what_is_saved_is_sent_later(
    register: RegisterPage, context: BrowserContext, complaints: Complaints
) -> None:
    complaints.expect("status of 409")
    await register.open("?q=noise")
    await save(register, "Before")
    await context.set_offline(True)
    await menu(register).locator("summary").click()
    await expect(menu(register).get_by_role("link", name="Before")).to_be_visible()
    await menu(register).get_by_label("View name").fill("Meanwhile")
    await menu(register).get_by_role("button", name="Save").click()
    await expect(register.by_id("toast").last).to_contain_text("sent when the server can be reached")
    assert await names(register.person) == ["Before"]
    elsewhere = {"name": "Meanwhile", "query": "q=waste"}
    await good(register.person, "PUT", "/views/0d9d4f0e-9f67-4b7c-8d8e-000000000001", elsewhere)
    await context.set_offline(False)
    await expect(menu(register).locator("summary")).to_contain_text(re.compile("Before|Meanwhile"))
    await menu(register).locator("summary").click()
    await expect(menu(register).get_by_role("link", name="Meanwhile (2)")).to_be_visible()
    assert await names(register.person) == ["Before", "Meanwhile", "Meanwhile (2)"]


async def test_what_was_saved_before_signing_in_comes_along(anonymous_page: Page, person: Client) -> None:
    register = RegisterPage(anonymous_page, person)
    await register.open("?q=noise")
    await save(register, "Seen as a stranger")
    await expect(register.by_id("toast").last).to_contain_text("sign in to have it on every device")
    assert await names(person) == []
    await sign_in(anonymous_page, person)
    await anonymous_page.wait_for_selector(READY)
    await menu(register).locator("summary").click()
    await expect(menu(register).get_by_role("link", name="Seen as a stranger")).to_be_visible()
    assert await names(person) == ["Seen as a stranger"]


async def test_signing_out_leaves_no_names_of_views_behind(register: RegisterPage) -> None:
    await register.open("?q=noise")
    await save(register, "What I look into")
    kept = "() => Object.values(localStorage).join()"
    assert "What I look into" in await register.page.evaluate(kept)
    await register.page.locator("#account-menu summary").click()
    await register.by_id("sign-out").click()
    await register.page.wait_for_url("**/sign-in**")
    assert "What I look into" not in await register.page.evaluate(kept)


async def test_the_palette_knows_them(register: RegisterPage) -> None:
    await register.open("?q=noise")
    await save(register, "Noise only")
    await register.open()
    await register.page.keyboard.press("Control+k")
    await register.page.keyboard.type("view noise")
    await register.page.keyboard.press("Enter")
    await register.page.wait_for_url("**q=noise**")
    await register.page.keyboard.press("Control+k")
    await register.page.keyboard.type("save this view")
    await register.page.keyboard.press("Enter")
    await expect(menu(register).get_by_label("View name")).to_be_focused()


async def test_the_menu_is_accessible_in_both_themes_and_on_a_narrow_screen(register: RegisterPage) -> None:
    await register.open("?q=noise")
    await save(register, "A view whose name is so long that it could push everything else out of the menu")
    for width, theme in ((1280, "light"), (390, "dark")):
        await register.page.set_viewport_size({"width": width, "height": 844})
        await register.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of two
        await register.open("?q=noise")
        await menu(register).locator("summary").click()
        await expect(menu(register).get_by_role("link")).to_have_count(1)
        rules = OF_LOOKS if theme == "dark" else ()
        await assert_accessible(register.page, rules=rules, without=[FURTHER_ROWS])
        await menu(register).get_by_role("button", name=re.compile("Rename")).click()
        await assert_accessible(register.page, rules=rules, without=[FURTHER_ROWS])
        assert await register.page.evaluate("() => document.documentElement.scrollWidth") <= width
