"""Limits on the whole product: bulk operations are counted by what they touch, before the journal."""

import httpx

from tests.fixtures.visits import Visit, product

DEAR_MAX = 2_000
EVERYTHING = {"action": "bulk_select", "filter": {}}


async def test_a_bulk_operation_beyond_the_limit_is_refused_and_changes_nothing() -> None:
    async with product(rate_limits_enabled=True, rate_limit_bulk_records_per_user="600/minute") as app:
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Litestar types ASGI more narrowly
        async with httpx.AsyncClient(transport=transport, base_url="http://x.test/api/v1") as http:
            account = {"email": "reader@example.org", "password": "correct horse battery staple"}
            answer = await http.post("/auth/register", json=account)
            http.headers["authorization"] = f"Bearer {answer.json()['token']}"
            first = await http.post("/groups/default/operations", json=EVERYTHING)
            assert first.json()["changed"] == 504
            assert first.headers["ratelimit"].startswith('"bulk-records-user";r=96;')
            again = await http.post("/groups/default/operations", json={"action": "clear_all"})
            assert (again.status_code, again.json()["code"]) == (429, "rate_limited")
            assert 0 < int(again.headers["retry-after"]) <= 60
            kept = (await http.get("/groups/default")).json()
            assert (kept["count"], kept["version"]) == (504, first.json()["version"])


async def test_whoever_sends_dear_pages_back_to_back_is_refused_while_another_goes_on() -> None:
    async with product(rate_limits_enabled=True, rate_limit_work_per_user="400/minute") as app:
        dear, other = Visit(app), Visit(app)
        for person in (dear, other):
            await person.sign_up()
        record = (await other.get("/records?limit=1"))["items"][0]["id"]
        page = await dear.open("/records")
        for number in range(DEAR_MAX):
            page = await dear.http.get("/records", params={"q": "a e", "year": str(1900 + number % 120)})
            if page.status_code == 429:
                break
        assert page.status_code == 429
        assert page.headers["ratelimit"].startswith('"work-user";r=0;')
        assert int(page.headers["retry-after"]) >= 1
        refused = await dear.call("PUT", f"/groups/default/records/{record}")
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        await other.tick(record)
        assert (await dear.http.get("/health/live")).status_code == 200
        assert (await dear.send("/sign-out")).status_code == 303
