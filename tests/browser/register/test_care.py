"""What makes the page kind: hints, shortcuts, palette, themes, paper, the reader's language, dead ends."""

import asyncio
import re
import unicodedata

import pytest
from playwright.async_api import Browser, BrowserContext, Route, expect

from tests.browser.register_page import RegisterPage
from tests.fixtures.browser import VIEWPORT, Complaints
from tests.fixtures.client import Client
from tests.fixtures.colleagues import good
from tests.fixtures.process import ServerProcess


async def test_three_hints_are_given_once(register: RegisterPage, context: BrowserContext) -> None:
    hints = register.page.locator("#hints")
    await expect(hints.locator("li")).to_have_count(3)
    await hints.get_by_role("button", name="Close the hints").focus()
    await register.page.keyboard.press("Enter")
    await expect(hints).to_have_count(0)
    await expect(register.by_id("select-page")).to_be_focused()
    await register.reload()
    await expect(hints).to_have_count(0)
    other = RegisterPage(await context.new_page(), register.person)
    await other.open("?q=noise")
    await expect(other.page.locator("#hints")).to_have_count(0)


async def test_a_question_mark_shows_every_shortcut_and_single_keys_can_be_switched_off(
    register: RegisterPage,
) -> None:
    shortcuts, press = register.page.locator("#shortcuts"), register.page.keyboard.press
    await press("?")
    await expect(shortcuts).to_be_visible()
    for keys in ("Space", "Ctrl", "Shift", "Esc", "/", "A"):
        await expect(
            shortcuts.locator("kbd", has_text=re.compile(rf"^{re.escape(keys)}$")).first
        ).to_be_visible()
    await shortcuts.locator("#single-keys").uncheck()
    await press("Escape")
    await press("?")
    await expect(shortcuts).to_be_hidden()
    await register.reload()
    await press("?")
    await expect(shortcuts).to_be_hidden()
    await register.page.locator("#open-shortcuts").click()
    await shortcuts.locator("#single-keys").check()


@pytest.mark.unopened
async def test_the_palette_leads_to_lists_views_commands_and_laws(register: RegisterPage) -> None:
    made = (await good(register.person, "POST", "/groups", {"name": "Boiler house"}))["id"]
    await register.open()
    press, keys = register.page.keyboard.press, register.page.keyboard

    async def choose(words: str) -> None:
        await press("Control+k")
        await keys.type(words)
        await expect(register.page.locator("#palette [role=option]").first).to_be_visible()
        await press("Enter")

    await choose("save ticks to boiler")
    await register.page.wait_for_url(f"**group={made}**")
    await choose("dark theme")
    await expect(register.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    await choose("show ticked")
    await register.page.wait_for_url("**selected=true**")
    await expect(register.by_id("empty-state")).to_be_visible()
    await choose("show the whole")
    # What was found for other words is not what somebody means who types on and presses Enter.
    await press("Control+k")
    await keys.type("noise")
    await expect(register.page.locator("#palette [role=option]", has_text="Noise").first).to_be_visible()
    await register.page.fill("#palette-input", "UK_ukpga_1974_37")
    await press("Enter")
    await expect(register.page.locator("#record-title")).to_contain_text("Health and Safety at Work")


async def test_without_the_server_the_palette_still_has_its_commands(
    register: RegisterPage, complaints: Complaints
) -> None:
    complaints.expect("Failed to load", "request failed")
    await register.page.route("**/api/v1/records?*", lambda route: route.abort())
    await register.page.keyboard.press("Control+k")
    await register.page.keyboard.type("go to the")
    options = register.page.locator("#palette [role=option]")
    await expect(options).to_have_count(4)
    await register.page.keyboard.press("ArrowDown")
    await register.page.keyboard.press("ArrowDown")
    await register.page.keyboard.press("Enter")
    await register.page.wait_for_url("**/history")


async def test_what_was_pointed_at_in_the_palette_stays_so_when_laws_are_found(
    register: RegisterPage,
) -> None:
    found = asyncio.Event()

    async def late(route: Route) -> None:
        await found.wait()
        await route.continue_()

    await register.page.route("**/api/v1/records?*", late)
    async with register.page.expect_request("**/api/v1/records?*"):
        await register.page.keyboard.press("Control+k")
        await register.page.keyboard.type("the")
    pointed = register.page.locator("#palette [aria-selected=true]")
    await register.page.keyboard.press("ArrowDown")
    chosen = await pointed.inner_text()
    options = register.page.locator("#palette [role=option]")
    commands = await options.count()
    assert commands > 1
    found.set()
    await expect(options).not_to_have_count(commands)
    await expect(pointed).to_have_text(chosen)


async def test_a_theme_holds_in_every_tab_and_after_a_reload(
    register: RegisterPage, context: BrowserContext
) -> None:
    other = RegisterPage(await context.new_page(), register.person)
    await other.open()
    await register.page.bring_to_front()
    await register.page.locator("#theme-menu summary").click()
    await register.page.get_by_role("button", name="Dark").click()
    for page in (register.page, other.page):
        await expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    await register.reload()
    await expect(register.page.locator("html")).to_have_attribute("data-bs-theme", "dark")


async def test_paper_has_the_laws_and_nothing_to_click(register: RegisterPage) -> None:
    await register.boxes.nth(1).click()
    await register.saved()
    await register.page.emulate_media(media="print", color_scheme="dark")
    for hidden in ("search", "filter-family", "select-all-matching", "toast", "group-switcher"):
        await expect(register.by_id(hidden).first).to_be_hidden()
    await expect(register.rows.nth(49)).to_be_visible()
    await expect(register.boxes.nth(1)).to_be_checked()
    await expect(register.page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")


@pytest.mark.parametrize(("language", "separator"), [("en-GB", ","), ("en-US", ","), ("de-DE", ".")])
async def test_numbers_are_the_readers_own(
    browser: Browser, shared_server: ServerProcess, person: Client, language: str, separator: str
) -> None:
    context = await browser.new_context(
        base_url=shared_server.url,
        viewport=VIEWPORT,  # type: ignore[arg-type]  # a TypedDict, written once
        locale=language,
    )
    register = RegisterPage(await context.new_page(), person)
    await register.open()
    total = (await person.get("/records", limit=1))["total"]
    whole = f"{total:,}".replace(",", separator)
    await expect(register.by_id("total")).to_have_text(whole)
    await register.open("?q=water")
    some = (await person.get("/records", limit=1, q="water"))["total"]
    counts = f"{some:,}".replace(",", separator)
    await expect(register.page.locator("#results-count")).to_have_text(f"{counts} laws of {whole}")
    await context.close()


@pytest.mark.parametrize("language", ["en-GB", "en-US", "de-DE", "fr-FR", "th-TH", "fa-IR"])
async def test_dates_are_gregorian_and_whole_in_every_language(
    browser: Browser, shared_server: ServerProcess, person: Client, language: str
) -> None:
    context = await browser.new_context(
        base_url=shared_server.url,
        viewport=VIEWPORT,  # type: ignore[arg-type]  # a TypedDict, written once
        locale=language,
    )
    register = RegisterPage(await context.new_page(), person)
    await register.open("?sort=-md_date")
    dates = register.page.locator("tbody .cell-date")
    await expect(dates.first).not_to_be_empty()
    shown = await dates.evaluate_all(
        """cells => cells.map(cell => [cell.textContent, cell.scrollWidth <= cell.clientWidth,
                                       cell.querySelector('time')?.dateTime ?? ''])"""
    )
    assert all(is_whole for _, is_whole, _ in shown)
    for text, _, day in shown:
        figures = "".join(str(unicodedata.digit(character)) for character in text if character.isdecimal())
        assert day[:4] in figures, (text, day)
    await context.close()


@pytest.mark.unopened
async def test_an_address_that_leads_nowhere_leads_back(
    register: RegisterPage, complaints: Complaints
) -> None:
    complaints.expect("status of 404")
    for nowhere in ("/groups/0d9d4f0e-9f67-4b7c-8d8e-000000000001", "/no-such-page"):
        await register.page.goto(nowhere)
        await expect(register.page.locator("h1")).to_contain_text("not", ignore_case=True)
    await register.page.get_by_role("link", name=re.compile("register", re.IGNORECASE)).first.click()
    await expect(register.rows).to_have_count(50)


@pytest.mark.parametrize("width", [1280, 390])
async def test_buttons_in_menus_hold_their_words(register: RegisterPage, width: int) -> None:
    await register.page.set_viewport_size({"width": width, "height": 844})
    for menu in ("#group-switcher", "#views-menu"):
        await register.page.locator(f"{menu} > summary").click()
        buttons = register.page.locator(f"{menu} form .btn")
        await expect(buttons.first).to_be_visible()
        narrow = await buttons.evaluate_all(
            """buttons => buttons.filter(button => {
              const words = document.createRange();
              words.selectNodeContents(button);
              const [inner, outer] = [words.getBoundingClientRect(), button.getBoundingClientRect()];
              return inner.left - outer.left < 6 || outer.right - inner.right < 6;
            }).map(button => button.textContent)"""
        )
        assert not narrow, f"{menu}: {narrow}"
        await register.page.keyboard.press("Escape")
