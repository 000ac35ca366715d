"""Domains on real PostgreSQL and a real DNS server: who has them, for how long, and who comes in by them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from sertantai.accounts.model import Session, SessionKind, User
from sertantai.core.clock import ManualClock
from sertantai.core.errors import Conflict, InvalidInput, NotFound, PermissionNeeded
from sertantai.core.ids import SessionId, UserId
from sertantai.core.operations import Origin
from sertantai.core.rights import Right, Role
from sertantai.engine.engine import Engine
from sertantai.organizations import txt_records
from sertantai.organizations.domain_checks import DomainChecks
from sertantai.organizations.domains import DOMAINS_OF_ORGANIZATION_MAX, MISSING_KEPT, Domain, Domains, Mode
from sertantai.organizations.errors import DomainTaken, OrganizationNotFound
from sertantai.organizations.joining import Joining
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.settings import WaysSaid
from sertantai.organizations.standing import Standing
from sertantai.organizations.txt_records import TEXTS_MAX, DnsUnavailable, TxtRecords
from sertantai.postgres import Database
from sertantai.process.background import Failures
from sertantai.process.name_servers import NameServers
from tests.fixtures.small_dns import SmallDns
from tests.postgres.accounts.conftest import RecordedEvents
from tests.postgres.audit.conftest import add_person

DOMAIN = "works.example"


@pytest.fixture
async def dns() -> AsyncIterator[SmallDns]:
    server = SmallDns()
    async with server.listening():
        yield server


@pytest.fixture
def events() -> RecordedEvents:
    return RecordedEvents()


@pytest.fixture
def domains(
    database: Database, engine: Engine, clock: ManualClock, dns: SmallDns, events: RecordedEvents
) -> Domains:
    said = WaysSaid(engine, clock)
    return Domains(database, TxtRecords(NameServers([dns.address])), clock, events, said)


@pytest.fixture
def joining(database: Database, engine: Engine, organizations: Organizations) -> Joining:
    return Joining(database, engine, organizations)


@pytest.fixture
async def works(organizations: Organizations, ann: Origin) -> Standing:
    return await organizations.make(ann, "Ann", "Works")


@pytest.fixture
async def ben(superuser: "asyncpg.Connection[asyncpg.Record]", engine: Engine, clock: ManualClock) -> User:
    """With a confirmed address of the domain."""
    person = await add_person(superuser, engine, clock, f"ben@{DOMAIN}")
    return User(UserId(person.id), f"Ben@{DOMAIN.title()}", "user", clock.now(), clock.now())


def session_of(user: User, clock: ManualClock) -> Session:
    return Session(SessionId(UUID(int=9)), user.user_id, SessionKind.COOKIE, clock.now(), clock.now())


async def proven(domains: Domains, dns: SmallDns, standing: Standing, domain: str = DOMAIN) -> Domain:
    made = await domains.add(standing, domain)
    dns.texts[made.record_name] = ["something else", made.record_text]
    found = await domains.check(standing, domain)
    assert found.verified_at is not None
    return found


async def test_a_domain_is_proven_by_its_record_and_by_nothing_else(
    domains: Domains, dns: SmallDns, works: Standing, clock: ManualClock, events: RecordedEvents
) -> None:
    made = await domains.add(works, "@Works.Example ")
    assert (made.domain, made.mode, made.verified_at) == (DOMAIN, Mode.SUGGEST, None)
    assert (await domains.add(works, DOMAIN)).token == made.token, "again: the same record"
    for texts in ([], ["sertantai-domain="], [made.token], [f"{made.record_text}x"], [made.record_text[:-1]]):
        dns.texts[made.record_name] = texts
        assert (await domains.check(works, DOMAIN)).verified_at is None
    assert events.kinds == []
    dns.texts[made.record_name] = [made.record_text]
    assert (await domains.check(works, DOMAIN)).verified_at == clock.now()
    assert set(dns.asked) == {f"_sertantai.{DOMAIN}"}
    assert events.kinds == ["domain_verified"]


async def test_a_dns_that_gives_no_answer_decides_nothing(
    domains: Domains, dns: SmallDns, works: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await proven(domains, dns, works)
    dns.fails = True
    with pytest.raises(DnsUnavailable):
        await domains.check(works, DOMAIN)
    dns.fails, dns.is_silent = False, True
    monkeypatch.setattr(txt_records, "ANSWER_S_MAX", 0.3)
    with pytest.raises(DnsUnavailable):
        await domains.check(works, DOMAIN)
    [kept] = await domains.all(works)
    assert (kept.verified_at is not None, kept.missing_since) == (True, None)


async def test_silent_domains_end_nobody_elses_check_and_are_not_believed_for_ever(
    domains: Domains,
    dns: SmallDns,
    works: Standing,
    joining: Joining,
    ben: User,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(txt_records, "ANSWER_S_MAX", 0.1)
    silent = [f"silent{number}.example" for number in range(Failures.IN_A_ROW_MAX + 1)]
    for name in silent:
        await proven(domains, dns, works, name)
    clock.advance(1)
    honest = await proven(domains, dns, works)
    dns.silent = {f"_sertantai.{name}" for name in silent}
    checks = DomainChecks(domains)
    texts = dns.texts.pop(honest.record_name)
    clock.advance(timedelta(days=1).total_seconds() + 1)
    await checks.turn()
    found = {one.domain: one for one in await domains.all(works)}
    assert found[DOMAIN].missing_since == clock.now(), "it is looked at, behind all that are silent"
    assert all(found[name].missing_since is None for name in silent), "silence says nothing at first"
    assert await joining.offered(ben) == []
    dns.texts[honest.record_name] = texts

    asked = len(dns.asked)
    await checks.turn()
    assert len(dns.asked) == asked, "however a look went, the next one is due in its own time"
    for _ in range(MISSING_KEPT.days + 1):
        clock.advance(timedelta(days=1).total_seconds() + 1)
        await checks.turn()
    found = {one.domain: one for one in await domains.all(works)}
    assert found[DOMAIN].missing_since is None
    assert all(found[name].missing_since and found[name].verified_at for name in silent), "as if it were gone"
    for _ in range(MISSING_KEPT.days + 1):
        clock.advance(timedelta(days=1).total_seconds() + 1)
        await checks.turn()
    found = {one.domain: one for one in await domains.all(works)}
    assert [found[name].verified_at for name in silent] == [None] * len(silent)
    assert found[DOMAIN].verified_at


async def test_of_very_many_records_only_the_first_are_looked_at(
    domains: Domains, dns: SmallDns, works: Standing
) -> None:
    records = TxtRecords(NameServers([dns.address]))
    dns.texts["many.example"] = [f"{number}" for number in range(TEXTS_MAX + 1)]
    assert len(await records.of("many.example")) == TEXTS_MAX


async def test_one_domain_is_one_organizations(
    domains: Domains,
    dns: SmallDns,
    organizations: Organizations,
    ann: Origin,
    works: Standing,
    clock: ManualClock,
) -> None:
    other = await organizations.make(ann, "Ann", "Other")
    first, second = await domains.add(works, DOMAIN), await domains.add(other, DOMAIN)
    assert first.token != second.token
    dns.texts[first.record_name] = [first.record_text, second.record_text]
    await domains.check(works, DOMAIN)
    with pytest.raises(DomainTaken):
        await domains.check(other, DOMAIN)
    dns.texts[first.record_name] = [second.record_text]
    for _ in range(9):
        clock.advance(timedelta(days=1).total_seconds() + 1)
        await DomainChecks(domains).turn()
    assert (await domains.check(other, DOMAIN)).verified_at is not None, "the first one's record is gone"


async def test_where_the_record_is_gone_nobody_joins_and_in_a_week_it_is_verified_no_more(
    domains: Domains,
    dns: SmallDns,
    works: Standing,
    joining: Joining,
    ben: User,
    clock: ManualClock,
    events: RecordedEvents,
) -> None:
    made = await proven(domains, dns, works)
    checks = DomainChecks(domains)
    assert len(await joining.offered(ben)) == 1
    texts = dns.texts.pop(made.record_name)
    await checks.turn()
    assert len(await joining.offered(ben)) == 1, "looked at today"
    clock.advance(timedelta(days=1).total_seconds() + 1)
    await checks.turn()
    [missing] = await domains.all(works)
    assert (missing.missing_since, missing.verified_at) == (clock.now(), made.verified_at)
    assert await joining.offered(ben) == []
    dns.texts[made.record_name] = texts
    clock.advance(timedelta(days=1).total_seconds() + 1)
    await checks.turn()
    assert len(await joining.offered(ben)) == 1, "mended in time"
    dns.texts.clear()
    for _ in range(MISSING_KEPT.days + 3):
        clock.advance(timedelta(days=1).total_seconds() + 1)
        await checks.turn()
    [lost] = await domains.all(works)
    assert (lost.verified_at, lost.missing_since) == (None, None)
    assert events.kinds[-1] == "domain_lost"


@pytest.mark.parametrize(
    "text",
    [
        "gmail.com",
        "mail.gmail.com",
        "GMX.de",
        "no domain",
        "",
        "example",
        "a@b.example",
        "раураl.com",
        "xn--pypal-4ve.com",
        "works.example/x",
        "x" * 300 + ".example",
    ],
)
async def test_what_is_no_domain_or_nobodys_own_is_refused(
    domains: Domains, works: Standing, text: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await domains.add(works, text)
    assert refused.value.field == "domain"
    assert await domains.all(works) == []


async def test_letters_of_its_own_are_one_domain_in_either_spelling(
    domains: Domains, works: Standing
) -> None:
    made = await domains.add(works, "müller.example")
    assert (made.domain, made.shown) == ("xn--mller-kva.example", "müller.example")
    assert (await domains.add(works, "XN--MLLER-KVA.example")).token == made.token


async def test_there_are_only_so_many(domains: Domains, works: Standing) -> None:
    for number in range(DOMAINS_OF_ORGANIZATION_MAX):
        await domains.add(works, f"d{number}.example")
    with pytest.raises(Conflict):
        await domains.add(works, "one-more.example")
    await domains.remove(works, "d0.example")
    await domains.add(works, "one-more.example")


async def test_domains_are_for_who_has_the_right(
    domains: Domains, organizations: Organizations, works: Standing, ben: User, engine: Engine
) -> None:
    await organizations.admit(
        works.organization,
        works.by,
        ben.user_id,
        role=Role.ADMIN,
        name="Ben",
        given_by=works.actor,
        way="link",
    )
    as_ben = Standing(Origin(ben.user_id), await engine.state(works.organization))
    for tried in (
        domains.add(as_ben, DOMAIN),
        domains.all(as_ben),
        domains.check(as_ben, DOMAIN),
        domains.set_mode(as_ben, DOMAIN, Mode.ADMIT),
        domains.remove(as_ben, DOMAIN),
    ):
        with pytest.raises(PermissionNeeded):
            await tried
    now = await organizations.change_member(
        Standing(works.by, as_ben.state), ben.user_id, allow=[Right.DOMAINS]
    )
    await domains.add(Standing(Origin(ben.user_id), now.state), DOMAIN)


async def test_what_is_suggested_is_joined_when_it_is_asked_for(
    domains: Domains,
    dns: SmallDns,
    works: Standing,
    joining: Joining,
    ben: User,
    engine: Engine,
    clock: ManualClock,
) -> None:
    await proven(domains, dns, works)
    [offered] = await joining.offered(ben)
    assert (offered.id, offered.name) == (works.organization, "Works")
    await joining.at_sign_in(ben, session_of(ben, clock))
    assert await joining.offered(ben) == [offered], "it is only suggested"
    assert await joining.join(Origin(ben.user_id), ben, offered.slug) == works.organization
    access = (await engine.state(works.organization)).access
    assert access is not None
    assert (access.members[ben.user_id].role, access.members[ben.user_id].name) == (Role.MEMBER, "Ben")
    assert await joining.offered(ben) == []


async def test_what_admits_lets_in_at_sign_in_and_no_longer_when_the_domain_is_removed(
    domains: Domains,
    dns: SmallDns,
    works: Standing,
    joining: Joining,
    ben: User,
    engine: Engine,
    clock: ManualClock,
) -> None:
    await proven(domains, dns, works)
    assert (await domains.set_mode(works, DOMAIN, Mode.ADMIT)).mode is Mode.ADMIT
    await domains.remove(works, DOMAIN)
    await joining.at_sign_in(ben, session_of(ben, clock))
    assert await members(engine, works) == {works.actor}
    await proven(domains, dns, works)
    await domains.set_mode(works, DOMAIN, Mode.ADMIT)
    await joining.at_sign_in(ben, session_of(ben, clock))
    assert await members(engine, works) == {works.actor, ben.user_id}


async def members(engine: Engine, works: Standing) -> set[UserId]:
    access = (await engine.state(works.organization)).access
    assert access is not None
    return set(access.members)


async def test_threat_12_an_address_that_nobody_confirmed_or_of_another_domain_joins_nothing(
    domains: Domains,
    dns: SmallDns,
    works: Standing,
    joining: Joining,
    ben: User,
    engine: Engine,
    clock: ManualClock,
) -> None:
    await proven(domains, dns, works)
    await domains.set_mode(works, DOMAIN, Mode.ADMIT)
    for user in (
        User(ben.user_id, ben.email, "user", clock.now(), None),
        User(ben.user_id, ben.email, "user", clock.now(), clock.now(), clock.now()),
        User(ben.user_id, f"ben@sub.{DOMAIN}", "user", clock.now(), clock.now()),
        User(ben.user_id, f"ben@x{DOMAIN}", "user", clock.now(), clock.now()),
        User(ben.user_id, f"ben@{DOMAIN}.example", "user", clock.now(), clock.now()),
        User(ben.user_id, None, "user", clock.now(), clock.now()),
    ):
        await joining.at_sign_in(user, session_of(user, clock))
        with pytest.raises(OrganizationNotFound):
            await joining.join(Origin(ben.user_id), user, works.access.slug)
    assert await members(engine, works) == {works.actor}


async def test_an_unproven_domain_lets_nobody_in(
    domains: Domains, works: Standing, joining: Joining, ben: User
) -> None:
    await domains.add(works, DOMAIN)
    assert await joining.offered(ben) == []


async def test_who_was_removed_does_not_come_back_by_the_domain_and_who_left_may(
    domains: Domains,
    dns: SmallDns,
    works: Standing,
    joining: Joining,
    ben: User,
    engine: Engine,
    organizations: Organizations,
) -> None:
    await proven(domains, dns, works)
    by_ben = Origin(ben.user_id)
    await joining.join(by_ben, ben, works.access.slug)
    await organizations.expel(Standing(by_ben, await engine.state(works.organization)), ben.user_id)
    await engine.flush()
    await joining.join(by_ben, ben, works.access.slug)
    await organizations.expel(Standing(works.by, await engine.state(works.organization)), ben.user_id)
    await engine.flush()
    with pytest.raises(OrganizationNotFound):
        await joining.join(by_ben, ben, works.access.slug)


async def test_what_ends_takes_nobody_in(
    domains: Domains,
    dns: SmallDns,
    works: Standing,
    joining: Joining,
    ben: User,
    organizations: Organizations,
) -> None:
    await proven(domains, dns, works)
    await organizations.end(works)
    assert await joining.offered(ben) == []


async def test_a_domain_that_is_not_there_is_not_found(domains: Domains, works: Standing) -> None:
    for tried in (
        domains.check(works, DOMAIN),
        domains.set_mode(works, DOMAIN, Mode.ADMIT),
        domains.remove(works, DOMAIN),
    ):
        with pytest.raises(NotFound):
            await tried
