"""After ticks the numbers beside the rows are asked for, and no page."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Request, Route, expect

from tests.browser.register_page import RegisterPage
from tests.fixtures.colleagues import good

NUMBERS = r"""() => {
  const say = (element) => element?.textContent.replace(/\s+/g, " ").trim() ?? null;
  const all = (selector, of = document) => [...of.querySelectorAll(selector)];
  const facets = all("#facets .facet-choice").map((choice) => {
    const { name, value } = choice.querySelector("input");
    const ticks = choice.querySelector(".facet-ticked");
    return [`${name} ${value}`, say(choice.querySelector("data")), say(ticks), ticks?.title ?? null];
  }).filter(([, count]) => count !== "0");
  const said = ["#results-count", "#list-count", "#matching-count", "#select-all-matching", ".paper-note",
    ".pages-where [data-total-of-view]", "#histogram"];
  const histogram = document.getElementById("histogram");
  const state = ["total", "ticked", "pages", "listCount", "listName"];
  return {
    facets: Object.fromEntries(facets.map(([name, ...rest]) => [name, rest])),
    said: said.map((one) => say(document.querySelector(one))),
    years: histogram?.dataset.bars,
    drawn: all("#histogram path").map((path) => path.getAttribute("d")),
    box: document.querySelector("#histogram svg")?.getAttribute("viewBox"),
    rows: document.getElementById("records")?.getAttribute("aria-rowcount"),
    lists: all("#group-switcher [data-count-of]").map((one) => [one.dataset.countOf, say(one)]),
    state: state.map((name) => document.getElementById("results").dataset[name]),
  };
}"""


async def numbers(register: RegisterPage) -> Any:
    return await register.page.evaluate(NUMBERS)


class Asked:
    """The pages, and the counts alone, that the page has asked for."""

    def __init__(self, register: RegisterPage) -> None:
        self.pages: list[str] = []
        self.counts = 0
        register.page.on("request", self._hear)

    def _hear(self, request: Request) -> None:
        path = urlsplit(request.url).path
        self.counts += path == "/records/counts"
        if path == "/records":
            self.pages.append(request.url)


async def counted(register: RegisterPage, asked: Asked, in_list: int) -> None:
    """The server's own counts have come, with so many in the list."""
    results = register.page.locator("#results")
    await expect(results).to_have_attribute("data-list-count", str(in_list))
    await register.saved()
    assert asked.counts >= 1


async def test_after_ticks_only_counts_are_asked_for(register: RegisterPage) -> None:
    asked = Asked(register)
    async with register.page.expect_response("**/records/counts*") as answer:
        for at in (0, 1, 2):
            await register.boxes.nth(at).click()
    assert len(await (await answer.value).body()) < 8_000
    await counted(register, asked, 3)
    assert not asked.pages
    shown = await numbers(register)
    assert any(ticks for _, ticks, _ in shown["facets"].values())
    await register.reload()
    assert await numbers(register) == shown


async def test_the_click_that_comes_back_to_the_page_asks_for_counts_too(register: RegisterPage) -> None:
    """The page looks whether its list has changed elsewhere, and is told of the very tick that looked."""
    asked, ticked = Asked(register), asyncio.Event()

    async def after_the_tick(route: Route) -> None:
        await ticked.wait()
        await route.continue_()

    group = f"**/api/v1/groups/{await register.page.locator('#results').get_attribute('data-list')}"
    await register.page.route(group, after_the_tick)
    async with register.page.expect_response(group):
        await register.page.evaluate("window.dispatchEvent(new Event('focus'))")
        await register.boxes.first.click()
        await register.saved()
        ticked.set()
    await counted(register, asked, 1)
    assert not asked.pages


async def test_the_sizes_of_other_lists_follow(register: RegisterPage) -> None:
    made = await good(register.person, "POST", "/groups", {"name": "Elsewhere"})
    other = made["id"]
    await register.reload()
    await register.person.select((await register.ids())[9], group=other)
    await register.boxes.nth(3).click()
    size = register.page.locator(f"#group-switcher [data-count-of='{other}']")
    await expect(size).to_have_text("1")


@pytest.mark.parametrize("selected", ["true", "false"])
async def test_counts_of_what_is_ticked_follow_and_rows_stay(register: RegisterPage, selected: str) -> None:
    await register.person.operate("bulk_select", record_ids=(await register.ids())[10:])
    await register.open(f"?selected={selected}&limit=25")
    standing = await register.ids()
    asked = Asked(register)
    for at in (0, 4, 7):
        await register.boxes.nth(at).click()
    await counted(register, asked, 37 if selected == "true" else 43)
    assert not asked.pages
    assert await register.ids() == standing
    shown = await numbers(register)
    await register.reload()
    after = await numbers(register)
    assert shown == after


async def test_the_last_tick_of_a_filter_leaves_it_empty(register: RegisterPage) -> None:
    (only,) = (await register.ids())[:1]
    await register.person.select(only)
    await register.open("?selected=true")
    asked = Asked(register)
    await register.boxes.first.click()
    await counted(register, asked, 0)
    await expect(register.by_id("total")).to_have_text("0")
    assert await register.page.locator("#facets data.facet-count").all_inner_texts() == ["0"] * 3
    await expect(register.page.locator("#histogram")).to_be_hidden()
    await register.boxes.first.click()
    await counted(register, asked, 1)
    await expect(register.by_id("total")).to_have_text("1")
    await expect(register.page.locator("#histogram")).to_be_visible()
    assert not asked.pages


async def test_where_a_number_has_no_place_the_view_is_asked_for(register: RegisterPage) -> None:
    """In a view of what is ticked something comes by another device that no filter of it names yet."""
    await register.person.select((await register.ids())[0])
    await register.open("?selected=true")
    kinds = (await register.person.get("/records/facets"))["type_code"]
    for kind in kinds[:3]:
        (law,) = await register.person.records(type_code=kind["value"], limit=1)
        await register.person.select(law["id"])
    await register.boxes.first.click()
    await register.saved()
    wanted = await register.person.get("/records/facets", selected="true")
    labels = register.page.locator("#facet-type .facet-choice")
    await expect(labels).to_have_count(sum(one["count"] > 0 for one in wanted["type_code"]))


async def test_what_another_device_ticked_is_seen_after_the_next_tick_here(register: RegisterPage) -> None:
    ids = await register.ids()
    await register.person.select(ids[7])
    await register.boxes.first.click()
    await expect(register.boxes.nth(7)).to_be_checked()
    await register.in_list(2)
