"""An administrator of the site reads an organization: with a reason, for a while, and seen by its owners."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email.message import EmailMessage
from typing import Any, NamedTuple, cast

import pytest
from litestar import Litestar

from sertantai.accounts.administration import create_user
from sertantai.organizations import looking_in
from tests.fixtures.client import PASSWORD
from tests.fixtures.smtp_sink import SmtpSink
from tests.fixtures.visits import Visit, product

WHY = "Ann asked us to find her lost ticks"
ANSWER_S_MAX = 60.0
ONE_MEMBER = r">1\s*<span[^>]*>\s*member<"
NEW_PASSWORD = "another long password 77"  # of a test


class House(NamedTuple):
    """``group``: a list of the organization that only Ann sees."""

    ann: Visit
    admin: Visit
    slug: str
    group: str
    law: str
    sink: SmtpSink

    @property
    def page(self) -> str:
        return f"/admin/organizations/{self.slug}"

    async def open(self, reason: str = WHY, password: str = PASSWORD) -> Any:
        return await self.admin.send(f"{self.page}/look", reason=reason, current_password=password)

    async def trail(self) -> list[tuple[str, str]]:
        """What its owner reads of looks, the newest first: who, and which step."""
        async with asyncio.timeout(ANSWER_S_MAX):
            while True:
                found = await self.ann.get(f"/organizations/{self.slug}/audit?action=look_in")
                lines = [(one["actor_name"], one["metadata"]["step"]) for one in found["items"]]
                if lines:
                    return lines
                await asyncio.sleep(0.05)

    async def until_told(self, *steps: str) -> None:
        async with asyncio.timeout(ANSWER_S_MAX):
            while [step for _, step in await self.trail()] != list(steps):  # noqa: ASYNC110  # a trail calls nobody
                await asyncio.sleep(0.05)


@asynccontextmanager
async def house() -> AsyncIterator[House]:
    sink = SmtpSink()
    async with (
        sink.listening() as port,
        product(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none") as app,
    ):
        ann, admin = Visit(app), await administrator(app)
        await ann.sign_up()
        slug = (await ann.call("POST", "/organizations", {"name": "Works"})).json()["slug"]
        made = await ann.call(
            "POST", f"/organizations/{slug}/groups", {"name": "Secret", "access": "restricted"}
        )
        group = made.json()["id"]
        law = (await ann.get("/records?limit=1"))["items"][0]["id"]
        await ann.call("PUT", f"/groups/{group}/records/{law}")
        noted = await ann.call("PATCH", f"/groups/{group}/records/{law}", {"note": "for our eyes"})
        assert noted.is_success, noted.text
        yield House(ann, admin, slug, group, law, sink)


async def administrator(app: Litestar) -> Visit:
    visit = Visit(app)
    await create_user(app.state.accounts, visit.email, PASSWORD, "admin")
    await visit.sign_in()
    return visit


async def test_what_is_in_an_organization_is_seen_by_who_opens_it_and_its_owners_see_that() -> None:
    async with house() as it:
        async with asyncio.timeout(ANSWER_S_MAX):
            while not re.search(ONE_MEMBER, listed := await it.admin.text("/admin/organizations")):  # noqa: ASYNC110  # a page calls nobody
                await asyncio.sleep(0.05)
        assert "Works" in listed
        for secret in ("Secret", "for our eyes", it.ann.email):
            assert secret not in listed
        for below in ("", "/members", "/audit", f"/lists/{it.group}"):
            answer = await it.admin.open(f"{it.page}{below}")
            assert "Secret" not in answer.text, below
            assert answer.status_code == 200 if not below else answer.headers["location"] == it.page

        assert (await it.open()).headers["location"] == it.page
        told = await letters(it.sink)
        assert [message["To"] for message in told] == [it.ann.email]
        body = cast(EmailMessage, told[0]).get_body(("plain",))
        assert body is not None
        assert WHY in body.get_content()

        lists = await it.admin.text(it.page)
        assert "Secret" in lists, "as an owner sees it: restricted lists, too"
        assert WHY in lists, "the banner says so on each page"
        assert await it.trail() == [(f"{it.admin.email}, an administrator of this site", "opened")]
        page = await it.admin.text(f"{it.page}/lists/{it.group}")
        assert "for our eyes" in page
        await it.admin.text(f"{it.page}/lists/{it.group}")
        assert it.ann.email in await it.admin.text(f"{it.page}/members")
        assert "created the organisation" in await it.admin.text(f"{it.page}/audit")
        await it.until_told("list", "opened")

        assert (await it.admin.send(f"{it.page}/end")).headers["location"] == "/admin/organizations"
        await it.until_told("ended", "list", "opened")
        assert (await it.admin.open(f"{it.page}/lists/{it.group}")).headers["location"] == it.page
        history = await it.ann.text(f"/organizations/{it.slug}/audit")
        assert f"{it.admin.email}, an administrator of this site" in history
        for said in ("opened the organisation to read it", WHY, "read the laws", "stopped reading"):
            assert said in history


async def test_without_a_reason_or_the_password_nothing_is_opened() -> None:
    async with house() as it:
        for reason in ("", "too short", "x" * (looking_in.REASON_CHARACTERS_MAX + 1), " " * 20):
            refused = await it.open(reason)
            assert (refused.status_code, "Say why" in refused.text) == (422, True)
        assert (await it.open(password="not it")).status_code == 422
        assert "Secret" not in await it.admin.text(it.page)
        assert (await it.ann.get(f"/organizations/{it.slug}/audit?action=look_in"))["items"] == []
        for reason in ("x" * looking_in.REASON_CHARACTERS_MIN, "x" * looking_in.REASON_CHARACTERS_MAX):
            assert (await it.open(reason)).status_code == 303


async def test_nothing_else_opens_with_it_and_nothing_is_written() -> None:
    async with house() as it:
        await it.open()
        org, laws = f"/organizations/{it.slug}", f"/groups/{it.group}/records"
        for method, path, body in (
            ("GET", org, None),
            ("GET", f"{org}/groups", None),
            ("GET", f"{org}/members", None),
            ("GET", f"{org}/audit", None),
            ("PATCH", org, {"name": "Ours"}),
            ("DELETE", org, None),
            ("POST", f"{org}/groups", {"name": "Ours"}),
            ("GET", f"/groups/{it.group}", None),
            ("PUT", f"{laws}/{it.law}", None),
            ("PATCH", f"{laws}/{it.law}", {"note": "ours"}),
            ("DELETE", f"{laws}/{it.law}", None),
            ("DELETE", f"/groups/{it.group}", None),
        ):
            assert (await it.admin.call(method, path, body)).status_code == 404, (method, path)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await it.admin.http.request(method, f"{it.page}/lists/{it.group}")
            assert answer.status_code in (403, 405), method
        assert (await it.admin.open(f"/groups/{it.group}")).status_code == 404
        [law] = (await it.ann.get(f"/groups/{it.group}/records"))["items"]
        assert law["note"] == "for our eyes"


async def test_it_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_in, "LOOK_FOR", timedelta(seconds=0))
    monkeypatch.setattr(looking_in.LooksIn, "every_s", 0.05)
    monkeypatch.setattr(looking_in.LooksIn, "first_after_s", 0.05)
    async with house() as it:
        await it.open()
        assert "Secret" not in await it.admin.text(it.page)
        await it.until_told("ended", "opened")


async def test_a_new_password_and_signing_out_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_in.LooksIn, "every_s", 0.05)
    monkeypatch.setattr(looking_in.LooksIn, "first_after_s", 0.05)
    async with house() as it:
        await it.open()
        fields = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        assert (await it.admin.send("/account/password", **fields)).status_code == 200
        assert "Secret" not in await it.admin.text(it.page), "in this very session"
        await it.until_told("ended", "opened")
        await it.open(password=NEW_PASSWORD)
        await it.admin.sign_out()
        await it.until_told("ended", "opened", "ended", "opened")


async def test_it_is_of_one_session_and_of_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_in, "LOOKS_MAX", 1)
    async with house() as it:
        await it.open()
        other = Visit(cast(Any, it.admin.http._transport).app)
        other.email = it.admin.email
        await other.sign_in()
        assert "Secret" not in await other.text(it.page), "another browser of the same person"
        full = await other.send(f"{it.page}/look", reason=WHY, current_password=PASSWORD)
        assert full.status_code == 503
        assert (await it.open("Once more, for another reason")).status_code == 303, "its own is replaced"
        both = await asyncio.gather(it.open("The first of two at once"), it.open("The second of two at once"))
        assert [answer.status_code for answer in both] == [303, 303]
        await it.until_told("opened", "ended", "opened", "ended", "opened", "ended", "opened")


async def letters(sink: SmtpSink) -> list[Any]:
    async with asyncio.timeout(ANSWER_S_MAX):
        while not sink.messages:  # noqa: ASYNC110  # a mail server tells nobody
            await asyncio.sleep(0.02)
    return list(sink.messages)
