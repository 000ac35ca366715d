"""Accounts on a real PostgreSQL, on each server under test."""

import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from sertantai.accounts.hooks import Hooks
from sertantai.accounts.mail.outbox import Mail
from sertantai.accounts.mail.sender import Transport
from sertantai.accounts.service import Accounts
from sertantai.core.clock import ManualClock
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind
from sertantai.http.application import web_application
from sertantai.postgres import Database, Role
from sertantai.process.settings import Settings
from sertantai.web.authentication import Authentication
from sertantai.web.page_files import PAGE_FILES
from sertantai.web.routes import ACCOUNTS, routes_of

PASSWORD = "correct horse battery staple"
SECRET = b"only for tests, only for tests, o"


@dataclass
class RecordedEvents:
    """Remembers what was reported."""

    seen: list[tuple[SecurityEventKind, UserId | None, str | None]] = field(default_factory=list)
    details: list[tuple[SecurityEventKind, Mapping[str, object]]] = field(default_factory=list)

    def record(
        self,
        kind: SecurityEventKind,
        user_id: UserId | None = None,
        ip: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        self.seen.append((kind, user_id, ip))
        self.details.append((kind, details or {}))

    @property
    def kinds(self) -> list[SecurityEventKind]:
        return [kind for kind, _, _ in self.seen]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def events() -> RecordedEvents:
    return RecordedEvents()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=str(tmp_path), bcrypt_cost=4)


Opener = Callable[..., Awaitable[Accounts]]


class NoHands:
    """A way for mail to leave that nothing takes."""

    async def send(self, message: EmailMessage) -> None:
        raise AssertionError("the sender is stopped")


@pytest.fixture
async def open_accounts(
    database: Database, settings: Settings, clock: ManualClock, events: RecordedEvents
) -> AsyncIterator[Opener]:
    """Start accounts as one server would; settings of its own by name.

    Without a ``transport`` mail is written for a server that nobody hands it to: `mails_of` reads it.
    """
    opened: list[Accounts] = []

    async def open_one(
        transport: Transport | None = None,
        *,
        has_mail_server: bool = True,
        hooks: Hooks = Hooks(),  # noqa: B008  # it is frozen
        **changed: Any,
    ) -> Accounts:
        own = Settings(**{"data_dir": settings.data_dir, "bcrypt_cost": 4, **changed})
        given = transport or (NoHands() if has_mail_server else None)
        accounts = Accounts(database, own, clock, events, given, hooks=hooks)
        await accounts.start()
        if accounts._sender is not None and transport is None:
            await accounts._sender.stop()
        await accounts.news.listening.wait()
        opened.append(accounts)
        return accounts

    yield open_one
    for accounts in opened:
        await accounts.stop()


@pytest.fixture
def signed_out() -> list[UserId]:
    """Who has signed out, as others are told."""
    return []


@pytest.fixture
async def accounts(open_accounts: Opener, signed_out: list[UserId]) -> Accounts:
    async def hear(user: UserId) -> None:
        signed_out.append(user)

    return await open_accounts(hooks=Hooks(signed_out=hear))


@pytest.fixture
async def browser(accounts: Accounts, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the web application of these accounts; keeps cookies, follows no redirect."""
    async with client_of(accounts, settings) as client:
        yield client


def client_of(accounts: Accounts, settings: Settings) -> httpx.AsyncClient:
    app = web_application(
        routes_of(ACCOUNTS),
        settings,
        page_files=PAGE_FILES,
        secret=SECRET,
        authentication=[Authentication],
        state={"accounts": accounts},
    )
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 1234))  # type: ignore[arg-type]  # ASGI all the same
    return httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers={"accept": "text/html"}
    )


class Form:
    """A page of a browser, and sending its form."""

    def __init__(self, client: httpx.AsyncClient, response: httpx.Response) -> None:
        self._client = client
        self.response = response
        self.text = html.unescape(response.text)
        found = re.search(r'name="_csrf_token" value="([^"]+)"', response.text)
        self._csrf = found.group(1) if found else ""

    async def send(self, path: str, **fields: Any) -> "Form":
        answer = await self._client.post(path, data={"_csrf_token": self._csrf, **fields})
        return Form(self._client, answer)

    def hidden(self, name: str) -> str:
        found = re.search(f'name="{name}" value="([^"]*)"', self.response.text)
        assert found, f"no field {name}"
        return found.group(1)

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def goes_to(self) -> str | None:
        location: str | None = self.response.headers.get("location")
        return location


async def visit(client: httpx.AsyncClient, path: str) -> Form:
    return Form(client, await client.get(path))


async def sign_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD) -> Form:
    page = await visit(client, "/sign-in")
    return await page.send("/sign-in", email=email, password=password)


async def mails_of(accounts: Accounts) -> list[Mail]:
    """The mails with their texts, the newest first: as whoever gets them reads them."""
    await accounts.mail.done()
    listed = await accounts.outbox.list()
    async with accounts.outbox._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
        bodies = {
            mail.mail_id: await connection.fetchval(
                "SELECT body FROM mail_outbox WHERE id = $1", mail.mail_id
            )
            for mail in listed
        }
    return [msgspec.structs.replace(mail, body=bodies[mail.mail_id]) for mail in listed]


def link_in(text: str) -> str:
    """The path and query of the link in a mail."""
    found = re.search(r"https?://[^/\s]+(/\S+)", text)
    assert found, text
    return found.group(1)
