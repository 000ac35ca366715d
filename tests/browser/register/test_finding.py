"""Searching, filtering, sorting and going back among two hundred thousand laws."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Facts
from tests.browser.register_page import RegisterPage
from tests.fixtures.accessibility import assert_accessible
from tests.fixtures.browser import Complaints

CITED_YEAR = 1974


def query(register: RegisterPage) -> dict[str, list[str]]:
    return parse_qs(urlsplit(register.page.url).query)


async def law(register: RegisterPage, type_code: str) -> dict[str, Any]:
    """One with a plain number, so that every way to cite it names it alone."""
    found = await register.person.records(type_code=type_code, year=CITED_YEAR, limit=200)
    return next(one for one in found if re.fullmatch(r"[1-9]\d*", one["number"] or "") and one["title_en"])


async def test_each_letter_narrows_what_is_found_and_the_last_decides(register: RegisterPage) -> None:
    word, search = "electricity", register.by_id("search")
    found = (await register.person.get("/records", q=word, limit=1))["total"]
    await search.press_sequentially(word, delay=30)
    await register.page.wait_for_url(f"**q={word}")
    await register.shows(found)
    # The same laws may be found one letter earlier: their marks tell which answer is shown.
    marks = register.page.locator("#rows mark")
    await expect(marks.first).to_have_text(re.compile(f"^{word}$", re.I))
    assert {mark.lower() for mark in await marks.all_inner_texts()} == {word}
    await search.press_sequentially(" zzzq")
    await expect(register.by_id("empty-state")).to_contain_text("No laws match")
    for _ in " zzzq":
        await search.press("Backspace")
    await register.shows(found)


async def test_a_law_is_found_however_it_is_cited(register: RegisterPage) -> None:
    act, instrument = await law(register, "ukpga"), await law(register, "uksi")
    year, act_no, number = CITED_YEAR, act["number"], instrument["number"]
    ways = {
        f"{year} c. {act_no}": act,
        f"ukpga {year}/{act_no}": act,
        act["name"]: act,
        f"https://www.legislation.gov.uk/ukpga/{year}/{act_no}": act,
        f"uksi {year}/{number}": instrument,
        f"SI {year}/{number}": instrument,
        f"S.I. {year} No. {number}": instrument,
    }
    for cited, meant in ways.items():
        await register.by_id("search").fill(cited)
        link = register.page.locator(f'a.record-title[href="/records/{meant["id"]}"]')
        await expect(link).to_be_visible()
        assert await register.total() <= 3, f"{cited!r} should name one law, or its namesakes"


async def test_the_best_match_is_first_until_somebody_sorts(register: RegisterPage) -> None:
    meant = await law(register, "ukpga")
    search, order = register.by_id("search"), register.by_id("results-order")
    first = register.page.locator("#rows tr").first
    await search.fill("act")
    await expect(order).to_have_text("Best match first")
    await register.page.get_by_role("columnheader", name="Year").get_by_role("link").click()
    await register.page.wait_for_url("**sort=year**")
    await order.get_by_role("link", name="Show the best match first").click()
    await expect(order).to_have_text("Best match first")
    assert "sort" not in query(register)
    await search.fill(f"{meant['title_en']} (c. {meant['number']})")
    await expect(first.locator("a.record-title")).to_have_attribute("href", f"/records/{meant['id']}")
    await expect(first.locator(".record-reason")).to_have_text("found by number")


async def test_filters_count_what_choosing_them_gives(register: RegisterPage, facts: Facts) -> None:
    types = {value["value"]: value["count"] for value in facts.facets["type_code"]}
    choices = register.by_id("filter-type-code").locator("label")
    for at in (0, 1):
        label = choices.nth(at)
        code = await label.locator("input").get_attribute("value")
        assert await label.locator(".facet-count").inner_text() == f"{types[code]:,}"
        await label.click()
        await register.page.wait_for_url(f"**type_code={code}**")
        await register.shows(sum(types[one] for one in query(register)["type_code"]))
    family = register.by_id("filter-family").locator("label").first
    promised = await family.locator(".facet-count").inner_text()
    await family.click()
    await expect(register.by_id("total")).to_have_text(promised)
    await expect(register.page.locator(".chips .chip:not(.is-plain)")).to_have_count(3)
    other = (await register.person.get("/records/facets", **query(register)))["live"]
    shown = await register.by_id("filter-live").locator(".facet-count").all_inner_texts()
    assert sorted(shown) == sorted(f"{value['count']:,}" for value in other if value["count"])


async def test_two_columns_sort_the_whole_register(register: RegisterPage, facts: Facts) -> None:
    headings = register.page.locator("#records thead a")
    await headings.filter(has_text="Year").click()
    await expect(register.page.locator("th.cell-year")).to_have_attribute("aria-sort", "ascending")
    await headings.filter(has_text="Title").click(modifiers=["Shift"])
    await expect(register.page.locator("th.cell-title sup")).to_have_text("2")
    assert query(register)["sort"] == ["year,title_en"]
    first = await register.person.records(sort="year,title_en", limit=50)
    assert await register.ids() == [one["id"] for one in first]
    pages = -(-facts.count // 50)
    await register.page.get_by_label(f"Page {pages:,}", exact=True).click()
    await register.page.wait_for_url(f"**page={pages}")
    await expect(register.rows).to_have_count(facts.count % 50 or 50)
    await headings.filter(has_text="Year").click(modifiers=["Shift"])
    await expect(register.page.locator("th.cell-year")).to_have_attribute("aria-sort", "descending")
    years = [int(text) for text in await register.page.locator("td.cell-year").all_inner_texts()]
    assert years == sorted(years, reverse=True)


async def test_the_address_holds_it_all_for_back_forward_and_reload(
    register: RegisterPage, facts: Facts
) -> None:
    seen = [(register.page.url, await register.ids())]

    async def step(wait_for: str) -> None:
        await register.page.wait_for_url(wait_for)
        await expect(register.page.locator("#results[aria-busy]")).to_have_count(0)
        seen.append((register.page.url, await register.ids()))

    await register.by_id("search").fill("safety")
    await step("**q=safety")
    await register.by_id("filter-family").locator("input").first.click()
    await step("**family=**")
    await register.page.locator("#records thead a").filter(has_text="Year").click()
    await step("**sort=year**")
    await register.page.get_by_label("Next page").click()
    await step("**page=2**")
    assert len({str(ids) for _, ids in seen}) == len(seen)
    for url, ids in seen[-2::-1]:
        await register.page.go_back()
        await register.page.wait_for_url(url)
        await expect(register.rows.first).to_have_attribute("data-record-id", ids[0])
        assert await register.ids() == ids
    await register.shows(facts.count)
    for url, ids in seen[1:]:
        await register.page.go_forward()
        await register.page.wait_for_url(url)
        await expect(register.rows.first).to_have_attribute("data-record-id", ids[0])
    await register.reload()
    assert await register.ids() == seen[-1][1]
    await expect(register.by_id("search")).to_have_value("safety")
    await expect(register.by_id("filter-family").locator("input").first).to_be_checked()


async def test_a_view_that_fails_leaves_what_is_shown_and_can_be_tried_again(
    register: RegisterPage, complaints: Complaints
) -> None:
    complaints.expect("Failed to load", "request failed")
    before = await register.ids()
    await register.page.route("**/records?*", lambda route: route.abort())
    box = register.by_id("filter-type-code").locator("input").first
    await box.click()
    await expect(register.by_id("toast")).to_contain_text("You're still seeing the previous view")
    assert await register.ids() == before
    await expect(register.page).not_to_have_url(re.compile("type_code"))
    await expect(box).not_to_be_checked()
    again = register.page.get_by_role("button", name="Try again")
    await expect(again).to_be_visible()
    await register.page.unroute("**/records?*")
    # Where the page has tried by itself meanwhile, which it does every second, the button has gone.
    await again.evaluate_all("buttons => buttons.forEach((button) => button.click())")
    await register.page.wait_for_function(
        "before => document.querySelector('#rows tr').dataset.recordId !== before", arg=before[0]
    )
    await expect(box).to_be_checked()


@pytest.mark.unopened
async def test_years_the_wrong_way_round_are_said_and_turned(register: RegisterPage) -> None:
    await register.open("?year_from=2020&year_to=2010")
    await expect(register.by_id("empty-state")).to_contain_text("The years are the wrong way round")
    await register.page.get_by_role("link", name="From 2010 to 2020").click()
    await expect(register.rows.first).to_be_visible()
    assert "year_from=2010&year_to=2020" in register.page.url


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("COSHH 2002", "UK_uksi_2002_2677"),
        (
            "The Control of Substances Hazardous to Health Regulations 2002 (SI 2002/2677)",
            "UK_uksi_2002_2677",
        ),
        ("Health & Safety at Work, etc. Act 1974 (c. 37), s. 2", "UK_ukpga_1974_37"),
    ],
)
async def test_a_law_is_found_by_what_people_call_it(register: RegisterPage, written: str, name: str) -> None:
    (law,) = await register.person.records(q=name)
    await register.by_id("search").fill(written)
    await register.shows(1)
    await expect(register.page.locator(f'a.record-title[href="/records/{law["id"]}"]')).to_be_visible()


async def test_what_finds_nothing_offers_the_nearest_and_one_of_them_is_ticked(
    register: RegisterPage,
) -> None:
    (law,) = await register.person.records(q="UK_uksi_2002_2677")
    await register.open("?q=substances+hazardouss+health+controls+zzzq")
    await expect(register.by_id("empty-state")).to_contain_text("No laws match")
    await assert_accessible(register.page)
    await register.page.get_by_test_id("nearest").filter(has_text=law["title_en"]).first.click()
    await register.shows(1)
    await register.boxes.first.click()
    await register.in_list(1)
