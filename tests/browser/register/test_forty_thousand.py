"""Ticking among two hundred thousand laws: forty thousand at once, fast, in two tabs, without a network."""

import re

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.conftest import Facts, count_in_list
from tests.browser.hearing import hears_nothing
from tests.browser.register_page import RegisterPage
from tests.fixtures.client import Client
from tests.fixtures.colleagues import good

pytestmark = pytest.mark.backlog


async def test_the_page_then_all_that_match_then_all_but_three(recent: RegisterPage, facts: Facts) -> None:
    await recent.by_id("select-page").click()
    await recent.in_list(50)
    await expect(recent.page.locator("#selection-note")).to_have_text("All 50 on this page are ticked")
    await expect(recent.by_id("select-all-matching")).to_contain_text(f"{facts.many:,}")
    await recent.tick_all()
    await recent.in_list(facts.many)
    for at in (0, 7, 49):
        await recent.boxes.nth(at).click()
    await recent.in_list(facts.many - 3)
    await expect(recent.page.locator("#selection-note")).to_have_text("All but 3 are ticked")
    await recent.saved()
    assert await count_in_list(recent.person) == facts.many - 3
    ids = await recent.ids()
    await recent.page.get_by_text("Not ticked", exact=True).click()
    await recent.shows(3)
    assert set(await recent.ids()) == {ids[at] for at in (0, 7, 49)}
    await recent.reload()
    await recent.shows(3)
    await recent.in_list(facts.many - 3)


async def test_a_range_covers_pages_that_were_never_loaded(recent: RegisterPage, facts: Facts) -> None:
    await recent.boxes.nth(45).click()
    await recent.saved()
    # A link to a page far away, as a reader would write it into the address: the view stays the same.
    await recent.page.locator("#pages").get_by_label("Page 2", exact=True).click()
    await recent.page.wait_for_url("**page=2")
    last = -(-facts.many // 50)
    await recent.page.get_by_label(f"Page {last:,}", exact=True).click()
    await recent.page.wait_for_url(f"**page={last}")
    await expect(recent.page.locator("#results[aria-busy]")).to_have_count(0)
    await recent.boxes.nth(2).click(modifiers=["Shift"])
    covered = (last - 1) * 50 + 3 - 45
    await recent.in_list(covered)
    await recent.saved()
    assert await count_in_list(recent.person) == covered
    assert await recent.ticked() == [0, 1, 2]
    await recent.page.keyboard.press("Control+z")
    await recent.in_list(1)
    assert await count_in_list(recent.person) == 1


async def test_a_hundred_fast_clicks_lose_none(recent: RegisterPage, facts: Facts) -> None:
    """As fast as a mouse can be moved: all boxes in view, every second one, all again, and so on."""
    await recent.page.evaluate("scrollTo(0, 0)")
    places = await recent.boxes.evaluate_all(
        """boxes => boxes.map(box => box.getBoundingClientRect())
            .map(({x, y, width, height}) => [x + width / 2, y + height / 2])
            .filter(([, y]) => y < innerHeight - 80)"""
    )
    rounds = -(-100 // len(places))
    for turn in range(rounds):
        for x, y in places[:: 1 + turn % 2]:
            await recent.page.mouse.click(x, y)
    clicks = {at: rounds - (rounds // 2) * (at % 2) for at in range(len(places))}
    expected = [at for at, count in clicks.items() if count % 2]
    await recent.saved()
    assert await recent.ticked() == expected
    ids = await recent.ids()
    assert await recent.person.selected() == {ids[at] for at in expected}
    await recent.reload()
    assert await recent.ticked() == expected


async def test_a_second_tab_follows_forty_thousand(
    recent: RegisterPage, context: BrowserContext, facts: Facts
) -> None:
    other = RegisterPage(await context.new_page(), recent.person)
    await other.open("?sort=-year")
    await recent.tick_all()
    await other.in_list(facts.many)
    await expect(other.boxes.nth(20)).to_be_checked()
    await other.boxes.nth(20).click()
    await recent.in_list(facts.many - 1)


async def test_keys_undo_and_redo_forty_thousand(recent: RegisterPage, facts: Facts) -> None:
    press = recent.page.keyboard.press
    await recent.rows.first.focus()
    await press("Space")
    await recent.in_list(1)
    await press("Control+a")
    await recent.agree("Tick")
    await recent.in_list(facts.many)
    await recent.saved()
    await press("Control+z")
    await recent.in_list(1)
    await press("Control+z")
    await recent.in_list(0)
    await press("Control+Shift+z")
    await press("Control+Shift+z")
    await recent.in_list(facts.many)
    await recent.saved()
    assert await count_in_list(recent.person) == facts.many
    await expect(recent.rows.first).to_be_focused()


async def test_offline_for_a_while_and_back(recent: RegisterPage, context: BrowserContext) -> None:
    ids = await recent.ids()
    await hears_nothing(recent.page)
    await recent.person.select(ids[5])  # meanwhile, on another device
    await context.set_offline(True)
    await recent.boxes.nth(0).click()
    await recent.boxes.nth(1).click()
    await recent.boxes.nth(0).click()
    await recent.boxes.nth(2).click()
    await expect(recent.by_id("sync-state")).to_have_attribute("data-state", "offline")
    await recent.tick_all()
    await expect(recent.by_id("toast").last).to_contain_text("You are offline")
    await recent.page.locator("#records thead a").filter(has_text="Year").click()
    await expect(recent.by_id("toast").last).to_contain_text("You're still seeing the previous view")
    assert await recent.ids() == ids
    assert await recent.ticked() == [1, 2]
    await expect(recent.page).not_to_have_url(re.compile("sort="))
    await context.set_offline(False)
    await recent.saved()
    assert await recent.person.selected() == {ids[1], ids[2], ids[5]}
    await recent.in_list(3)
    await expect(recent.page).to_have_url(re.compile("sort="))  # what was wished for is shown now
    await recent.page.go_back()
    await expect(recent.boxes.nth(5)).to_be_checked()
    assert await recent.ids() == ids
    assert await recent.ticked() == [1, 2, 5]


async def test_the_whole_register_is_undone_at_once(person: Client) -> None:
    """Long before it is in the database, so from memory."""
    ticked = await person.operate("bulk_select", "default", filter={})
    assert ticked["count"] > 100_000
    undo = "/groups/default/undo"
    undone = await good(person, "POST", undo, {"operation_id": ticked["operation_id"]})
    assert (undone["changed"], undone["count"]) == (ticked["changed"], 0)
    redone = await good(person, "POST", undo, {"operation_id": undone["operation_id"]})
    assert redone["count"] == ticked["count"]
