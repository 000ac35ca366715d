"""A smart list of what the register shows, made where one is looking at it."""

import pytest
from playwright.async_api import Locator, expect

from tests.browser.register_page import RegisterPage
from tests.fixtures.accessibility import assert_accessible
from tests.fixtures.browser import Complaints
from tests.fixtures.colleagues import good

pytestmark = pytest.mark.unopened


async def matching(register: RegisterPage) -> set[str]:
    """The laws that have to do with noise."""
    return {record["id"] for record in await register.person.records(q="noise", limit=500)}


def form(register: RegisterPage) -> Locator:
    return register.page.locator("#make-smart")


async def make(register: RegisterPage, name: str, *, frozen: bool = False) -> None:
    await register.page.locator("#views-menu summary").click()
    await form(register).get_by_label("Name of the smart list").fill(name)
    if frozen:
        await form(register).get_by_label("How the smart list follows").select_option("yes")
    await form(register).get_by_role("button", name="Create").click()


@pytest.mark.parametrize("frozen", [False, True])
async def test_a_list_is_made_of_what_is_shown(register: RegisterPage, frozen: bool) -> None:
    await register.open("?q=noise&sort=-year")
    await make(register, "Noise", frozen=frozen)
    toast = register.by_id("toast")
    laws = await matching(register)
    await expect(toast).to_contain_text(f"“Noise” was created with {len(laws)} laws.")
    groups = {group["name"]: group for group in (await register.person.get("/groups"))["items"]}
    assert groups["Noise"]["metadata"] == {"filter": {"q": "noise"}, **({"frozen": True} if frozen else {})}
    assert await register.person.selected(groups["Noise"]["id"]) == laws
    await toast.get_by_role("link", name="Open the list").click()
    await expect(register.by_id("selection-count")).to_have_text(f"{len(laws)}")
    await expect(register.page.locator("h1")).to_contain_text(
        "Smart list, asks first" if frozen else "Smart list"
    )


async def test_it_can_be_ticked_into_from_here(register: RegisterPage) -> None:
    await register.open("?q=noise")
    await make(register, "Noise")
    switcher = register.by_id("group-switcher")
    await switcher.locator("summary").click()
    await switcher.get_by_role("link", name="Noise").click()
    await register.in_list(len(await matching(register)))
    assert await register.ticked() == list(range(await register.rows.count()))


async def test_the_whole_register_is_no_list_and_ticks_are_no_filter(register: RegisterPage) -> None:
    await register.open()
    await register.page.locator("#views-menu summary").click()
    await expect(form(register)).to_contain_text("Search or filter first.")
    await expect(form(register).get_by_role("button", name="Create")).to_be_disabled()
    await register.open("?q=noise&selected=false")
    await register.page.locator("#views-menu summary").click()
    await expect(form(register)).to_contain_text("Smart lists ignore ticks.")
    await expect(form(register).get_by_role("button", name="Create")).to_be_enabled()


async def test_a_name_that_is_taken_is_said_and_can_be_mended(
    register: RegisterPage, complaints: Complaints
) -> None:
    complaints.expect("status of 409")
    await good(register.person, "POST", "/groups", {"name": "Noise"})
    await register.open("?q=noise")
    await make(register, "Noise")
    await expect(register.by_id("toast")).to_contain_text("You already have a list with this name.")
    await form(register).get_by_label("Name of the smart list").fill("More noise")
    await register.page.keyboard.press("Enter")
    await expect(register.by_id("toast")).to_contain_text("“More noise” was created")


async def test_the_keyboard_chooses_how_it_follows(register: RegisterPage) -> None:
    await register.open("?q=noise")
    await register.page.keyboard.press("Control+k")
    await register.page.keyboard.type("save as smart")
    await register.page.keyboard.press("Enter")
    await expect(form(register).get_by_label("Name of the smart list")).to_be_focused()
    how = form(register).get_by_label("How the smart list follows")
    await how.focus()
    await register.page.keyboard.press("ArrowDown")
    await expect(how).to_have_value("yes")


async def test_the_overview_tells_the_drift_of_a_frozen_list(register: RegisterPage) -> None:
    made = await good(
        register.person, "POST", "/groups", {"name": "Noise", "filter": {"q": "noise"}, "frozen": True}
    )
    group = made["id"]
    [first, *_] = await register.person.selected(group)
    await register.person.deselect(first, group)
    await register.page.goto("/groups")
    drift = register.by_id("list-drift")
    await expect(drift).to_have_text("1 new match, 0 no longer match")
    await assert_accessible(register.page)
    await drift.click()
    await register.by_id("accept-drift").click()
    await expect(register.by_id("drift")).to_contain_text("contains exactly")
    await register.page.goto("/groups")
    await expect(drift).to_have_count(0)


async def test_a_list_that_is_made_live_says_what_moved_and_undo_puts_it_back(register: RegisterPage) -> None:
    laws = len(await matching(register))
    [stray, *_] = [record["id"] for record in await register.person.records(q="waste", limit=5)]
    group = (await good(register.person, "POST", "/groups", {"name": "Mine"}))["id"]
    await register.person.select(stray, group)
    await register.page.goto(f"/groups/{group}/filter")
    await register.page.fill("#filter-q", "noise")
    await expect(register.by_id("filter-matching")).to_have_text(f"{laws} laws")
    await register.by_id("save-filter").click()
    toast = register.by_id("toast")
    await expect(toast).to_contain_text(
        f"The list now follows its filter: {laws} added, 1 removed. It contains {laws}."
    )
    await expect(register.by_id("drift")).to_contain_text("contains exactly")
    await toast.get_by_test_id("undo").click()
    await expect(register.by_id("drift")).to_contain_text(f"{laws} new matches, 1 no longer matches")
    assert await register.person.selected(group) == {stray}
