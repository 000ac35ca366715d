"""From an e-mail into an organization, with an account made on the way: pages, mail server and all."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import cast
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from litestar import Litestar

from tests.fixtures.smtp_sink import SmtpSink
from tests.fixtures.visits import Visit, product

ANSWER_S_MAX = 60.0


@pytest.fixture
async def sink() -> SmtpSink:
    return SmtpSink()


@asynccontextmanager
async def with_mail(sink: SmtpSink) -> AsyncIterator[Litestar]:
    async with (
        sink.listening() as port,
        product(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none") as app,
    ):
        yield app


async def links(sink: SmtpSink, number: int) -> list[str]:
    """The addresses of the page in all e-mails so far, once there are so many."""
    async with asyncio.timeout(ANSWER_S_MAX):
        while len(sink.messages) < number:  # noqa: ASYNC110  # a mail server tells nobody
            await asyncio.sleep(0.02)
    found = []
    for message in sink.messages:
        body = cast(EmailMessage, message).get_body(("plain",))
        assert body is not None
        found += re.findall(r"https?://\S+", body.get_content())
    return [f"{urlsplit(link).path}?{urlsplit(link).query}" for link in found]


async def acme(visit: Visit) -> str:
    await visit.sign_up()
    made = await visit.call("POST", "/organizations", {"name": "Acme <b>Ltd</b>"})
    assert made.status_code == 201, made.text
    slug: str = made.json()["slug"]
    return slug


async def test_somebody_without_an_account_comes_in(sink: SmtpSink) -> None:
    async with with_mail(sink) as app:
        ann, ben = Visit(app), Visit(app)
        slug = await acme(ann)
        invited = {"email": ben.email, "role": "viewer"}
        made = await ann.call("POST", f"/organizations/{slug}/invitations", invited)
        assert (made.status_code, made.json()["token"]) == (201, None)
        [path] = await links(sink, 1)
        [message] = sink.messages
        assert message["To"] == ben.email
        assert [part.get_content_type() for part in cast(EmailMessage, message).iter_parts()] == [
            "text/plain",
            "text/html",
        ]

        text = await ben.text(path)
        assert "invites you to the organisation" in text
        assert "as Viewer" in text
        assert f"It is for {ben.email}" in text
        assert "Acme <b>Ltd</b>" in text, "as text: `text` has unescaped it"
        assert "<b>Ltd</b>" not in (await ben.open(path)).text
        assert f'href="/sign-up?next={quote(path, safe="/")}"' in text
        assert await ben.sign_up(path) == path
        assert "Accept the invitation" in await ben.text(path)
        token = parse_qs(urlsplit(path).query)["token"][0]
        accepted = await ben.send("/invitations/accept", token=token)
        assert (accepted.status_code, accepted.headers["location"]) == (303, f"/organizations/{slug}")
        assert (await ben.open(f"/organizations/{slug}")).status_code == 200
        assert (await ben.get(f"/organizations/{slug}"))["role"] == "viewer"
        for visit in (ben, ann, Visit(app)):
            again = await visit.open(path)
            assert (again.status_code, "is not valid" in again.text) == (404, True)


async def test_to_somebody_else_it_says_for_whom_it_is(sink: SmtpSink) -> None:
    async with with_mail(sink) as app:
        ann, cy = Visit(app), Visit(app)
        slug = await acme(ann)
        await ann.call("POST", f"/organizations/{slug}/invitations", {"email": "ben@example.org"})
        [path] = await links(sink, 1)
        await cy.sign_up()
        text = await cy.text(path)
        assert "This invitation is for ben@example.org" in text
        assert "Accept the invitation" not in text
        token = parse_qs(urlsplit(path).query)["token"][0]
        refused = await cy.send("/invitations/accept", token=token)
        assert (refused.status_code, "is not valid" in refused.text) == (404, True)
        there = await ann.open(path)  # a member is led there
        assert (there.status_code, there.headers["location"]) == (303, f"/organizations/{slug}")


async def test_sent_again_the_first_e_mail_is_worth_nothing(sink: SmtpSink) -> None:
    async with with_mail(sink) as app:
        ann = Visit(app)
        slug = await acme(ann)
        made = await ann.call("POST", f"/organizations/{slug}/invitations", {"email": "ben@example.org"})
        await ann.call("POST", f"/organizations/{slug}/invitations/{made.json()['id']}/resend")
        first, second = await links(sink, 2)
        assert first != second
        nobody = Visit(app)
        assert [(await nobody.open(path)).status_code for path in (first, second)] == [404, 200]
