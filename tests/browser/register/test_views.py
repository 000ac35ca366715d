"""Filters, search, order and pages: all in the address, so that a link, a reload and going back agree."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.register_page import RegisterPage


def query(register: RegisterPage) -> dict[str, list[str]]:
    return parse_qs(urlsplit(register.page.url).query)


async def test_pages_have_numbers_and_one_too_far_is_the_last(register: RegisterPage) -> None:
    total = await register.total()
    await register.open("?page=99999")
    await expect(register.rows).to_have_count(total % 50 or 50)
    await expect(register.page.locator("[aria-current=page].pages-number")).to_have_text(
        f"{-(-total // 50):,}"
    )
    await register.open("?page=x&limit=25")
    await expect(register.rows).to_have_count(25)


@pytest.mark.unopened
async def test_another_page_size_keeps_the_first_law_in_view(register: RegisterPage) -> None:
    await register.open("?page=3")
    first = (await register.ids())[0]
    await register.page.locator("#page-size").select_option("25")
    await expect(register.rows).to_have_count(25)
    assert (await register.ids())[0] == first
    assert query(register) == {"limit": ["25"], "page": ["5"]}


async def test_ticked_only_and_not_ticked(register: RegisterPage) -> None:
    total = await register.total()
    for at in range(3):
        await register.boxes.nth(at).click()
    await register.saved()
    await register.page.get_by_text("Ticked", exact=True).click()
    await register.shows(3)
    await register.boxes.first.click()
    await register.in_list(2)
    await expect(register.rows).to_have_count(3)
    await register.page.get_by_text("Not ticked", exact=True).click()
    await register.shows(total - 2)


async def test_years_are_brushed_on_the_histogram(register: RegisterPage) -> None:
    everything = await register.total()
    box = await register.page.locator("#histogram svg").bounding_box()
    assert box is not None
    mouse = register.page.mouse
    await mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    await mouse.down()
    await mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 20, steps=4)
    await mouse.up()
    await register.page.wait_for_url("**year_from=*")
    await expect(register.by_id("total")).not_to_have_text(f"{everything:,}")
    low, high = int(query(register)["year_from"][0]), int(query(register)["year_to"][0])
    years = [int(text) for text in await register.page.locator("td.cell-year").all_inner_texts()]
    assert low < high
    assert all(low <= year <= high for year in years)


async def test_columns_are_chosen_and_remembered(register: RegisterPage) -> None:
    menu = register.page.locator("#columns-menu")
    await menu.locator("summary").click()
    await menu.get_by_label("Family", exact=True).uncheck()
    await menu.get_by_label("Move Year left").click()
    await expect(register.page.locator("th.cell-family")).to_have_count(0)
    await expect(register.page.locator("#records thead th").nth(1)).to_contain_text("Year")
    await register.reload()
    await expect(register.page.locator("#records thead th").nth(1)).to_contain_text("Year")
    await expect(register.page.locator("th.cell-family")).to_have_count(0)


async def test_another_list_is_ticked_into_and_remembered(register: RegisterPage) -> None:
    await register.boxes.first.click()
    await register.saved()
    switcher = register.by_id("group-switcher")
    await switcher.locator("summary").click()
    await switcher.get_by_label("Name of a new list").fill("Site inspection")
    await switcher.get_by_role("button", name="Create").click()
    await expect(switcher.locator("summary")).to_contain_text("Site inspection")
    await register.in_list(0)
    assert await register.ticked() == []
    await register.boxes.nth(1).click()
    await register.saved()
    await register.open()
    await expect(switcher.locator("summary")).to_contain_text("Site inspection")
    assert await register.ticked() == [1]


async def test_nothing_found_says_what_to_do(register: RegisterPage) -> None:
    await register.by_id("search").fill("zzzzqqq")
    await expect(register.by_id("empty-state")).to_contain_text("No laws match")
    await register.page.get_by_role("link", name="Clear all filters").click()
    await expect(register.rows).to_have_count(50)


@pytest.mark.unopened
async def test_the_page_works_without_a_script(register: RegisterPage) -> None:
    response = await register.page.request.get("/records?q=noise&page=1")
    text = await response.text()
    assert 'data-testid="record-row"' in text
    assert "<mark>Noise</mark>" in text


@pytest.mark.unopened
async def test_a_narrow_screen_is_usable_with_a_thumb(register: RegisterPage) -> None:
    await register.page.set_viewport_size({"width": 390, "height": 844})
    await register.open()
    width = await register.page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= 390
    box = await register.page.locator(".tick").nth(3).bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    await register.boxes.nth(2).click()
    await register.in_list(1)
    total = await register.total()
    await register.page.get_by_role("button", name="Filters").click()
    await register.page.locator("#filters-drawer").get_by_text("UK Public General Act").click()
    await expect(register.page.locator("#filters-total")).not_to_have_text(f"{total:,} laws")
    await register.page.locator("#filters-drawer").get_by_role("button", name="Show").click()
    await expect(register.by_id("total")).not_to_have_text(f"{total:,}")


async def test_a_pause_between_two_words_takes_no_space_away(register: RegisterPage) -> None:
    search = register.by_id("search")
    await search.press_sequentially("health ")
    await register.page.wait_for_url("**q=health")
    await expect(register.page.locator("#rows mark").first).to_have_text("Health")
    await expect(search).to_have_value("health ")
    await search.press_sequentially("safety")
    await register.page.wait_for_url("**q=health+safety")
    await register.page.locator("#results-count").click()
    await register.page.go_back()
    await expect(search).to_have_value("")


async def test_a_search_typed_without_a_network_is_made_when_there_is_one(
    register: RegisterPage, context: BrowserContext
) -> None:
    sign, search = register.by_id("sync-state"), register.by_id("search")
    await context.set_offline(True)
    await expect(sign).to_have_attribute("data-state", "offline")
    await sign.click()
    await search.fill("asbestos")
    told = register.by_id("toast").filter(has_text="You are offline")
    await expect(told.filter(has_text="previous view")).to_be_visible()
    await expect(told).to_have_count(2)
    await context.set_offline(False)
    await expect(told).to_have_count(0)
    await expect(search).to_have_value("asbestos")
    assert query(register)["q"] == ["asbestos"]


async def test_a_view_that_failed_is_no_longer_told_over_the_next(register: RegisterPage) -> None:
    await register.page.route("**/records?*q=water*", lambda route: route.abort("internetdisconnected"))
    await register.by_id("search").fill("water")
    told = register.by_id("toast").filter(has_text="previous view")
    await expect(told).to_be_visible()
    await register.by_id("search").fill("asbestos")
    await expect(told).to_have_count(0)
