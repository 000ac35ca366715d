"""Everything without a mouse: one tab stop for the table, arrows inside, and the focus is never lost."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.register_page import RegisterPage


async def focused(register: RegisterPage) -> int:
    """The position of the row that has the focus; -1 for none."""
    at = await register.page.evaluate("""() => [...document.querySelectorAll('[data-testid=record-row]')]
        .indexOf(document.activeElement.closest('tr'))""")
    return int(at)


async def test_the_table_is_one_tab_stop(register: RegisterPage) -> None:
    stops = await register.page.locator("#records").evaluate(
        "table => [...table.querySelectorAll('a, input, tr, button')].filter(e => e.tabIndex === 0).length"
    )
    assert stops == 1


async def test_arrows_move_space_ticks_and_the_focus_stays(register: RegisterPage) -> None:
    press = register.page.keyboard.press
    await register.rows.first.focus()
    await press("ArrowDown")
    await press("ArrowDown")
    await press("Space")
    assert await focused(register) == 2
    await press("End")
    await press("Space")
    await press("Home")
    await press("PageDown")
    assert await focused(register) == 10
    await press("Space")
    assert await register.ticked() == [2, 10, 49]
    await register.saved()
    assert await focused(register) == 10


async def test_shift_and_arrows_mark_and_space_ticks_what_is_marked(register: RegisterPage) -> None:
    press = register.page.keyboard.press
    await register.rows.nth(1).focus()
    for _ in range(3):
        await press("Shift+ArrowDown")
    await expect(register.page.locator(".is-marked")).to_have_count(4)
    await press("Escape")
    await expect(register.page.locator(".is-marked")).to_have_count(0)
    assert await register.ticked() == []
    await press("Shift+ArrowUp")
    await press("Space")
    assert await register.ticked() == [3, 4]


async def test_arrows_go_on_to_the_next_page_and_back(register: RegisterPage) -> None:
    press = register.page.keyboard.press
    await register.rows.last.focus()
    last = (await register.ids())[-1]
    await press("ArrowDown")
    await register.page.wait_for_url("**page=2*")
    await expect(register.rows.first).to_be_focused()
    await press("ArrowUp")
    await expect(register.rows.last).to_be_focused()
    assert (await register.ids())[-1] == last


async def test_words_typed_among_the_rows_tick_nothing(register: RegisterPage) -> None:
    """As after the details were closed with Escape: the focus is in a row, not in the search."""
    await register.rows.nth(2).focus()
    await register.page.keyboard.press("Enter")
    await expect(register.page.locator("#record-drawer #record-title")).to_be_visible()
    await register.page.keyboard.press("Escape")
    await expect(register.rows.nth(2)).to_be_focused()
    await register.page.keyboard.type("asbestos in paper")
    assert await register.page.locator("dialog[open]").count() == 0
    ticked = await register.ticked()
    assert ticked in ([], [2]), "a space ticks the one row that has the focus, a letter nothing"
    await register.saved()
    assert len(await register.person.selected()) <= 1


async def test_all_that_match_is_asked_about_without_a_filter(register: RegisterPage) -> None:
    await register.rows.first.focus()
    await register.page.keyboard.press("Control+a")
    question = register.page.locator("dialog[open]")
    await expect(question).to_contain_text("the whole register")
    await register.page.keyboard.press("Escape")
    await expect(question).to_have_count(0)
    await register.in_list(0)
    assert await register.person.selected() == set()


@pytest.mark.unopened
async def test_keys_tick_the_page_and_all_that_match(register: RegisterPage) -> None:
    await register.open("?type_code=ukpga&year=2021")
    await register.rows.first.focus()
    await register.page.keyboard.press("Control+Shift+A")
    await register.in_list(await register.boxes.count())
    await register.open("?type_code=ukpga&year_from=2020")
    await register.rows.first.focus()
    await register.page.keyboard.press("Control+a")
    await expect(register.by_id("select-all-matching")).to_be_hidden()
    await register.in_list(await register.total())
    assert await focused(register) == 0


async def test_slash_searches_and_arrow_down_leads_into_the_rows(register: RegisterPage) -> None:
    await register.page.keyboard.press("/")
    await expect(register.by_id("search")).to_be_focused()
    await register.page.keyboard.type("health and safety")
    await register.page.wait_for_url("**q=health*")
    await expect(register.by_id("search")).to_be_focused()
    await register.page.keyboard.press("ArrowDown")
    await expect(register.rows.first).to_be_focused()


async def test_enter_opens_the_details_and_escape_gives_the_focus_back(register: RegisterPage) -> None:
    press = register.page.keyboard.press
    await register.rows.nth(3).focus()
    await press("Enter")
    title = register.page.locator("#record-drawer #record-title")
    await expect(title).to_have_text(await register.page.locator(".record-title").nth(3).inner_text())
    await press("j")
    await expect(title).to_have_text(await register.page.locator(".record-title").nth(4).inner_text())
    await press("Escape")
    await expect(register.page.locator("#record-drawer")).to_be_hidden()
    await expect(register.rows.nth(4)).to_be_focused()
    await expect(register.page).not_to_have_url(re.compile("record="))


async def test_the_palette_finds_laws_and_commands(register: RegisterPage) -> None:
    await register.page.keyboard.press("Control+k")
    await register.page.keyboard.type("health safety work")
    first = register.page.locator("#palette [role=option]").first
    await expect(first).to_contain_text("Health and Safety at Work")
    await register.page.keyboard.press("Enter")
    await expect(register.page.locator("#record-title")).to_contain_text("Health and Safety at Work")


async def test_what_changed_is_said_aloud(register: RegisterPage) -> None:
    await register.boxes.first.click()
    await expect(register.page.locator("#toasts")).to_have_attribute("aria-live", "polite")
    await expect(register.by_id("toast")).to_contain_text("ticked")
