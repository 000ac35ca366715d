"""A server that refuses what a page asks of it."""

import json

from playwright.async_api import Page, Route

AWAY = {"status": 503, "code": "journal_unavailable", "detail": "The journal cannot be written."}


async def refuse(page: Page, what: str, problem: dict[str, object] = AWAY) -> None:
    async def answer(route: Route) -> None:
        await route.fulfill(
            status=int(str(problem["status"])),
            content_type="application/problem+json",
            body=json.dumps(problem),
        )

    await page.route(what, answer)
