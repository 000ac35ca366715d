"""The days of the history are those of the zone in which its times are shown."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.lists.conftest import Shelf
from tests.fixtures.browser import VIEWPORT, Complaints, enter
from tests.fixtures.process import ServerProcess

COOKIE = "sertantai_zone"
ANOTHER_DAY = "where it is another day than in UTC"


@asynccontextmanager
async def reader(
    browser: Browser, server: ServerProcess, shelf: Shelf, complaints: Complaints, **options: Any
) -> AsyncIterator[Page]:
    """A browser of its own, signed in, in some place of the world."""
    context = await browser.new_context(base_url=server.url, viewport=VIEWPORT, **options)  # type: ignore[arg-type]  # a TypedDict, written once
    try:
        page = await context.new_page()
        complaints.watch(page)
        await enter(page, shelf.person)
        yield page
    finally:
        await context.close()
    assert not complaints.unexpected(), "\n".join(complaints.unexpected())


def another_day() -> str:
    """A zone that has another date than UTC now, and for ten hours to come."""
    return "Pacific/Kiritimati" if datetime.now(UTC).hour >= 11 else "Pacific/Pago_Pago"


@pytest.mark.parametrize("zone", ["America/Los_Angeles", ANOTHER_DAY])
async def test_a_day_is_the_readers(
    browser: Browser, shared_server: ServerProcess, shelf: Shelf, complaints: Complaints, zone: str
) -> None:
    zone = another_day() if zone == ANOTHER_DAY else zone
    before = datetime.now(ZoneInfo(zone)).date()
    await shelf.make("L", await shelf.records(2))
    async with reader(browser, shared_server, shelf, complaints, timezone_id=zone, locale="en-GB") as page:
        await page.goto("/history")
        await expect(page.locator("#history-entries")).to_have_attribute("data-zone", zone)
        today = await page.locator(".history-day h2 time").first.get_attribute("datetime")
        assert today in {str(before), str(before + timedelta(days=1))}
        only = f"/history?since={today}&until={today}"
        await expect(page.locator("[data-day-url]").last).to_have_attribute("data-day-url", only)
        await page.goto(only)
        await expect(page.get_by_test_id("history-entry").first).to_be_visible()
        day = datetime.fromisoformat(str(today))
        for text in await page.locator(".history-where time").all_text_contents():
            assert text.startswith(f"{day.day} {day:%b}")
        day_before = before - timedelta(days=1)
        await page.goto(f"/history?since={day_before}&until={day_before}")
        await expect(page.get_by_text("No changes found")).to_be_visible()


async def test_the_page_is_fetched_twice_only_where_the_zone_was_not_known(
    browser: Browser, shared_server: ServerProcess, shelf: Shelf, complaints: Complaints
) -> None:
    async with reader(browser, shared_server, shelf, complaints, timezone_id="Asia/Tokyo") as page:
        fetched: list[str] = []
        page.on("request", lambda sent: fetched.append(sent.url) if sent.is_navigation_request() else None)
        await page.goto("/history")
        await expect(page.locator("#history-entries")).to_have_attribute("data-zone", "Asia/Tokyo")
        await page.goto("/history?action=lists")
        await expect(page.locator("#history-entries")).to_have_attribute("data-zone", "Asia/Tokyo")
        await expect(page.locator("#sync-state")).to_have_attribute("title", re.compile("Changes by others"))
        assert len(fetched) == 3


async def test_any_page_tells_the_zone(
    browser: Browser, shared_server: ServerProcess, shelf: Shelf, complaints: Complaints
) -> None:
    async with reader(browser, shared_server, shelf, complaints, timezone_id="Etc/GMT+5") as page:
        await page.goto("/groups")
        await page.wait_for_function("name => document.cookie.includes(name)", arg=COOKIE)
        [cookie] = [one for one in await page.context.cookies() if one["name"] == COOKIE]
        assert (cookie["value"], cookie["sameSite"], cookie["httpOnly"]) == ("Etc%2FGMT%2B5", "Lax", False)
        answer = await page.context.request.get("/history")
        assert 'data-zone="Etc/GMT+5"' in await answer.text()


@pytest.mark.parametrize("garbage", ["..%2F..%2Fetc%2Fpasswd", "%00", "x" * 999, "Nowhere%2FAtlantis"])
async def test_what_is_no_zone_is_utc_and_is_put_right(
    browser: Browser, shared_server: ServerProcess, shelf: Shelf, complaints: Complaints, garbage: str
) -> None:
    zone = "America/Los_Angeles"
    async with reader(browser, shared_server, shelf, complaints, timezone_id=zone) as page:
        await _plant(page.context, shared_server, garbage)
        answer = await page.context.request.get("/history")
        assert 'data-zone="UTC"' in await answer.text()
        await page.goto("/history")
        await expect(page.locator("#history-entries")).to_have_attribute("data-zone", zone)


async def test_without_scripts_times_are_in_utc_and_say_so(
    browser: Browser, shared_server: ServerProcess, shelf: Shelf, complaints: Complaints
) -> None:
    group = await shelf.make("L", await shelf.records(2))
    zone = "America/Los_Angeles"
    async with reader(
        browser, shared_server, shelf, complaints, timezone_id=zone, java_script_enabled=False
    ) as page:
        await page.goto("/history")
        await expect(page.get_by_test_id("zone-hint")).to_have_text("Days and times are in UTC.")
        await expect(page.locator(".history-where time").first).to_contain_text("UTC")
        now = datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat()
        await page.goto(f"/groups/{group}/moments?at={now}")
        await expect(page.locator("#zone-hint")).to_contain_text("Times are in UTC")
        await expect(page.locator("input[name=at]")).to_have_value(now)
        await expect(page.locator(".past time").first).to_contain_text("UTC")


async def test_days_are_written_in_the_readers_language(
    browser: Browser, shared_server: ServerProcess, shelf: Shelf, complaints: Complaints
) -> None:
    await shelf.make("L", await shelf.records(2))
    zone = "Europe/Berlin"
    async with reader(browser, shared_server, shelf, complaints, timezone_id=zone, locale="de-DE") as page:
        await page.goto("/history")
        await expect(page.locator("#history-entries")).to_have_attribute("data-zone", zone)
        await expect(page.locator(".history-where time[data-local]")).to_have_count(0)
        written = await page.evaluate(
            """() => {
              const german = (style) => new Intl.DateTimeFormat("de-DE", { ...style, timeZone: "UTC" });
              const long = german({ day: "numeric", month: "long", year: "numeric" });
              const short = german({ month: "short" });
              const month = document.querySelector("[data-written=month]");
              const busy = document.querySelector("[data-day-url] title");
              return [...document.querySelectorAll(".history-day h2 time")]
                .map((day) => [day.textContent, long.format(new Date(day.dateTime))])
                .concat([[month.textContent, short.format(new Date(month.dataset.date))]])
                .concat([[busy.textContent, long.format(new Date(busy.dataset.date)) + busy.dataset.after]]);
            }"""
        )
        assert all(shown == wanted for shown, wanted in written), written


async def _plant(context: BrowserContext, server: ServerProcess, value: str) -> None:
    await context.add_cookies([{"name": COOKIE, "value": value, "url": server.url}])
