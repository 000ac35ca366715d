"""Organizations on real PostgreSQL, with an engine of their own; Ann makes them, and Ben comes in."""

import re
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from sertantai.accounts.keys.signing_keys import SigningKeys
from sertantai.accounts.mail.letters import Letters
from sertantai.accounts.mail.links import MailLinks, Post
from sertantai.accounts.mail.outbox import Outbox
from sertantai.accounts.model import User
from sertantai.core.clock import ManualClock
from sertantai.core.ids import UserId
from sertantai.core.operations import Origin
from sertantai.engine.engine import Engine
from sertantai.organizations.going.returning import Returning
from sertantai.organizations.invitations import Invitations
from sertantai.organizations.memberships import Memberships
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.settings import WaysSaid
from sertantai.organizations.standing import Standing
from sertantai.postgres import Database
from tests.postgres.accounts.conftest import RecordedEvents
from tests.postgres.audit.conftest import add_person, clock, engine, records

__all__ = ["clock", "engine", "records"]

BEN = "ben@example.org"
LINK = re.compile(r"https://laws\.example\.org/invitations/accept\?token=([\w-]+)")


@pytest.fixture
async def organizations(database: Database, engine: Engine, clock: ManualClock) -> Organizations:
    memberships = Memberships(database, lambda: engine.journal.id, lambda: engine.synced)
    engine._heard = memberships.note
    return Organizations(database, engine, memberships, clock)


@pytest.fixture
async def ann(superuser: "asyncpg.Connection[asyncpg.Record]", engine: Engine, clock: ManualClock) -> Origin:
    return Origin(UserId((await add_person(superuser, engine, clock, "ann@example.org")).id))


@pytest.fixture
def letters(database: Database, clock: ManualClock, tmp_path: Path) -> Letters:
    links = MailLinks(
        database,
        SigningKeys(tmp_path / "keys", clock),
        clock,
        RecordedEvents(),
        Post("https://laws.example.org", has_server=True),
    )
    return Letters(links, lambda: None)


@pytest.fixture
def returning(
    database: Database, engine: Engine, organizations: Organizations, clock: ManualClock
) -> Returning:
    return Returning(database, engine, organizations, clock)


@pytest.fixture
def invitations(
    database: Database,
    engine: Engine,
    organizations: Organizations,
    returning: Returning,
    letters: Letters,
    clock: ManualClock,
) -> Invitations:
    said = WaysSaid(engine, clock)
    return Invitations(database, engine, organizations, returning, letters, clock, said)


@pytest.fixture
async def works(organizations: Organizations, ann: Origin) -> Standing:
    return await organizations.make(ann, "Ann", "Works")


@pytest.fixture
async def ben(superuser: "asyncpg.Connection[asyncpg.Record]", engine: Engine, clock: ManualClock) -> User:
    person = await add_person(superuser, engine, clock, BEN)
    return User(UserId(person.id), BEN, "user", clock.now())


async def mailed(database: Database, clock: ManualClock) -> str:
    """The secret in the mail that is due; it is taken from the outbox by that."""
    mail = await Outbox(database).take_due(clock.now(), clock.now() + timedelta(days=1))
    assert mail is not None
    in_text, in_html = LINK.search(mail.body), LINK.search(mail.html)
    assert in_text
    assert in_html
    assert in_text[1] == in_html[1]
    return in_text[1]
