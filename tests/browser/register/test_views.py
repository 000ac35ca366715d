"""Filters, search, order and pages: all in the address, so that a link, a reload and going back agree."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import expect

from tests.browser.register.conftest import RegisterPage

TotalOf = Callable[[RegisterPage], Coroutine[Any, Any, int]]


def query(register: RegisterPage) -> dict[str, list[str]]:
    return parse_qs(urlsplit(register.page.url).query)


async def test_searching_as_one_types_marks_what_was_found(register: RegisterPage, total_of: TotalOf) -> None:
    await register.by_id("search").press_sequentially("noise", delay=20)
    await register.page.wait_for_url("**q=noise*")
    await expect(register.page.locator("#rows mark").first).to_have_text("Noise")
    found = await total_of(register)
    assert 0 < found < 50
    await register.reload()
    await register.shows(found)
    await expect(register.by_id("search")).to_have_value("noise")


async def test_a_citation_finds_the_law(register: RegisterPage) -> None:
    for citation in ("1974 c. 37", "UK_ukpga_1974_37"):
        await register.by_id("search").fill(citation)
        await register.shows(1)
        await expect(register.page.locator(".record-title")).to_contain_text("Health and Safety at Work")
        await register.by_id("search").fill("")
        await expect(register.rows).to_have_count(50)


async def test_filters_of_several_values_stand_in_the_address_and_back_undoes_them(
    register: RegisterPage, total_of: TotalOf
) -> None:
    everything = await total_of(register)
    choices = register.by_id("filter-type-code").locator("input")
    await choices.nth(0).check()
    await expect(register.by_id("total")).not_to_have_text(f"{everything}")
    one = await total_of(register)
    await choices.nth(1).check()
    await expect(register.by_id("total")).not_to_have_text(f"{one}")
    both = await total_of(register)
    assert one < both <= everything
    assert len(query(register)["type_code"]) == 2
    await expect(register.page.locator(".chip")).to_have_count(3)
    await register.page.go_back()
    await register.shows(one)
    await expect(choices.nth(1)).not_to_be_checked()
    await register.page.go_back()
    await register.shows(everything)
    await register.page.go_forward()
    await register.shows(one)


async def test_every_column_sorts_and_shift_adds_a_second(register: RegisterPage) -> None:
    headings = register.page.locator("#records thead a")
    await headings.filter(has_text="Year").click()
    await expect(register.page.locator("th.cell-year")).to_have_attribute("aria-sort", "ascending")
    await headings.filter(has_text="Year").click()
    await expect(register.page.locator("th.cell-year")).to_have_attribute("aria-sort", "descending")
    await headings.filter(has_text="Number").click(modifiers=["Shift"])
    await expect(register.page.locator("th.cell-number")).to_have_attribute("aria-sort", "ascending")
    assert query(register)["sort"] == ["-year,number"]
    years = await register.page.locator("td.cell-year").all_inner_texts()
    assert years == sorted(years, reverse=True)


async def test_pages_have_numbers_and_one_too_far_is_the_last(
    register: RegisterPage, total_of: TotalOf
) -> None:
    total = await total_of(register)
    await register.open("?page=99999")
    await expect(register.rows).to_have_count(total % 50 or 50)
    await expect(register.page.locator("[aria-current=page].pages-number")).to_have_text(f"{-(-total // 50)}")
    await register.open("?page=x&limit=25")
    await expect(register.rows).to_have_count(25)


async def test_another_page_size_keeps_the_first_law_in_view(register: RegisterPage) -> None:
    await register.open("?page=3")
    first = (await register.ids())[0]
    await register.page.locator("#page-size").select_option("25")
    await expect(register.rows).to_have_count(25)
    assert (await register.ids())[0] == first
    assert query(register) == {"limit": ["25"], "page": ["5"]}


async def test_ticked_only_and_not_ticked(register: RegisterPage, total_of: TotalOf) -> None:
    total = await total_of(register)
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


async def test_years_are_brushed_on_the_histogram(register: RegisterPage, total_of: TotalOf) -> None:
    everything = await total_of(register)
    box = await register.page.locator("#histogram svg").bounding_box()
    assert box is not None
    mouse = register.page.mouse
    await mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    await mouse.down()
    await mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 20, steps=4)
    await mouse.up()
    await register.page.wait_for_url("**year_from=*")
    await expect(register.by_id("total")).not_to_have_text(f"{everything}")
    low, high = int(query(register)["year_from"][0]), int(query(register)["year_to"][0])
    years = [int(text) for text in await register.page.locator("td.cell-year").all_inner_texts()]
    assert low < high
    assert all(low <= year <= high for year in years)


async def test_columns_are_chosen_and_remembered(register: RegisterPage) -> None:
    menu = register.page.locator("#columns-menu")
    await menu.locator("summary").click()
    await menu.get_by_label("Family", exact=True).uncheck()
    await menu.get_by_label("Year further left").click()
    await expect(register.page.locator("th.cell-family")).to_have_count(0)
    await expect(register.page.locator("#records thead th").nth(1)).to_contain_text("Year")
    await register.reload()
    await expect(register.page.locator("#records thead th").nth(1)).to_contain_text("Year")
    await expect(register.page.locator("th.cell-family")).to_have_count(0)


async def test_a_view_with_a_name_is_found_again(register: RegisterPage, total_of: TotalOf) -> None:
    await register.open("?q=noise&sort=-year")
    found = await total_of(register)
    menu = register.page.locator("#views-menu")
    await menu.locator("summary").click()
    await menu.get_by_label("Name of this view").fill("Noise, newest first")
    await menu.get_by_role("button", name="Save").click()
    await register.open()
    await menu.locator("summary").click()
    await menu.get_by_role("link", name="Noise, newest first").click()
    await register.shows(found)
    assert query(register) == {"q": ["noise"], "sort": ["-year"]}


async def test_another_list_is_ticked_into_and_remembered(register: RegisterPage) -> None:
    await register.boxes.first.click()
    await register.saved()
    switcher = register.by_id("group-switcher")
    await switcher.locator("summary").click()
    await switcher.get_by_label("Name of a new list").fill("Site inspection")
    await switcher.get_by_role("button", name="Make").click()
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
    await expect(register.by_id("empty-state")).to_contain_text("No law matches")
    await register.page.get_by_role("link", name="Clear all filters").click()
    await expect(register.rows).to_have_count(50)


async def test_the_page_works_without_a_script(register: RegisterPage) -> None:
    response = await register.page.request.get("/records?q=noise&page=1")
    text = await response.text()
    assert 'data-testid="record-row"' in text
    assert "<mark>Noise</mark>" in text


async def test_a_note_and_tags_are_kept_with_the_tick(register: RegisterPage) -> None:
    await register.boxes.first.click()
    await register.saved()
    await register.page.locator(".record-title").first.click()
    await register.page.get_by_label("Note").fill("Ask the landlord")
    await register.page.get_by_label("Tags").fill("site, urgent")
    await expect(register.page.locator("#record-saved")).to_have_text("Saved")
    await register.reload()
    await expect(register.page.get_by_label("Note")).to_have_value("Ask the landlord")
    await expect(register.page.get_by_label("Tags")).to_have_value("site, urgent")
    await expect(register.page.locator("#record-history")).to_contain_text("Ticked")


async def test_a_narrow_screen_is_usable_with_a_thumb(register: RegisterPage, total_of: TotalOf) -> None:
    await register.page.set_viewport_size({"width": 390, "height": 844})
    await register.open()
    width = await register.page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= 390
    box = await register.page.locator(".tick").nth(3).bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    await register.boxes.nth(2).click()
    await register.in_list(1)
    total = await total_of(register)
    await register.page.get_by_role("button", name="Filters").click()
    await register.page.locator("#filters-drawer").get_by_text("UK Public General Act").click()
    await expect(register.page.locator("#filters-total")).not_to_have_text(f"{total} laws")
    await register.page.locator("#filters-drawer").get_by_role("button", name="Show").click()
    await expect(register.by_id("total")).not_to_have_text(f"{total}")


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
