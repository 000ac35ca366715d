"""Accounts, periods, holds and erasures, held against what the sealed log was told of them."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from sertantai.accounts.people_told import PeopleTold, Way, What
from sertantai.audit.standing import comparing, register
from sertantai.audit.standing.as_found import TOLD_TOGETHER, found_standing, standing_bodies, tell_as_standing
from sertantai.audit.standing.difference import NEWEST
from sertantai.audit.standing.told import Known
from sertantai.core.ids import UserId
from sertantai.core.lasting.policies import Class, Kept
from sertantai.core.operations import Origin
from sertantai.core.rights import Right
from sertantai.lists.access import Access, Asking
from sertantai.lists.together.links import Links
from sertantai.persons.asking import Erasures
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.records.importing.importing import import_file
from sertantai.retention.asked import SinglePolicy
from sertantai.retention.holds import Holds
from sertantai.retention.notices import TellLog
from sertantai.retention.policies import Policies
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person
from tests.postgres.audit.test_standing import RULES_OFF, Tampering, each_is_told, said_now, with_codecs
from tests.postgres.audit.test_standing import log as log

ACCOUNT, ROW = "Account {ann}", "WHERE id = '{ann}'"
FIRST_LIST = "WHERE user_id = '{ann}' AND is_default"
LINK = "the link {link} to the list 'Site' ({site}) of user {ann}"
PERIOD, HOLD, ERASURE = "the period for which", "the legal hold {hold}", "the erasure {erasure} of {ben}"
TAMPERINGS = (
    Tampering(
        "made an administrator",
        (f"UPDATE users SET role = 'admin' {ROW}",),
        (ACCOUNT, "{now:%Y-%m-%d}", "its role is admin, and was told of as user"),
    ),
    Tampering(
        "disabled",
        (f"UPDATE users SET disabled_at = now() {ROW}",),
        (ACCOUNT, "it is disabled, which was not told of"),
    ),
    Tampering(
        "enabled",
        ("UPDATE users SET disabled_at = NULL WHERE id = '{cyd}'",),
        ("Account {cyd}", "it is not disabled, which was not told of"),
    ),
    Tampering(
        "there for longer",
        (f"UPDATE users SET created_at = created_at - interval '2 years' {ROW}",),
        (ACCOUNT, "it was made on 2018-01-01 00:00, and told of as made on 2020-01-01"),
    ),
    Tampering(
        "a shorter period",
        ("UPDATE retention_policies SET keep_months = 1 WHERE action = 'annotate'",),
        (PERIOD, "of annotate", "is not the one that the sealed log was told of on {now:%Y-%m-%d}"),
    ),
    Tampering(
        "a period that nobody set",
        (
            """INSERT INTO retention_policies
                      (class, action, keep_months, in_force_from, set_at, reason)
               VALUES ('deeds', 'deselect', 1, now(), now(), 'x')""",
        ),
        (PERIOD, "of deselect", "was not told of to the sealed log"),
    ),
    Tampering(
        "a period taken away",
        ("DELETE FROM retention_policies WHERE action = 'annotate'",),
        ("{now:%Y-%m-%d}", PERIOD, "of annotate", "was told of to the sealed log, and is gone"),
    ),
    Tampering(
        "a hold that nobody placed",
        (
            """INSERT INTO legal_holds (id, scope, reason, placed_at)
               VALUES ('{ann}', 'installation', 'x', now())""",
        ),
        ("the legal hold {ann} (installation)", "was not told of to the sealed log"),
    ),
    Tampering(
        "a hold on another",
        ("UPDATE legal_holds SET target = '{ben}' WHERE id = '{hold}'",),
        ("{now:%Y-%m-%d}", HOLD, "is of something else than was told of"),
    ),
    Tampering(
        "a hold by another",
        ("UPDATE legal_holds SET placed_by = '{ben}' WHERE id = '{hold}'",),
        ("{now:%Y-%m-%d}", HOLD, "is said to be placed by another"),
    ),
    Tampering(
        "a hold released by nobody",
        ("UPDATE legal_holds SET released_at = now(), release_reason = 'x' WHERE id = '{hold}'",),
        (HOLD, "is said to be released, which was not told of"),
    ),
    Tampering(
        "a hold that was released",
        ("UPDATE legal_holds SET released_at = NULL, release_reason = NULL WHERE id = '{over}'",),
        ("{now:%Y-%m-%d}", "the legal hold {over}", "was released, and is said to hold"),
    ),
    Tampering(
        "a hold taken away",
        ("DELETE FROM legal_holds WHERE id = '{hold}'",),
        ("{now:%Y-%m-%d}", HOLD, "was told of to the sealed log, and is gone"),
    ),
    Tampering(
        "an erasure that nobody asked for",
        (
            """INSERT INTO erasures (id, person, asked_at, reason, due_at)
               VALUES ('{ann}', '{ann}', now(), 'x', now())""",
        ),
        ("the erasure {ann} of {ann}", "was not told of to the sealed log"),
    ),
    Tampering(
        "an erasure said to be one more",
        (
            """INSERT INTO erasures (id, person, asked_at, reason, due_at, again)
               VALUES ('{ann}', '{ann}', now(), 'x', now(), true)""",
        ),
        ("the erasure {ann} of {ann}", "is said to be one more, and none was told of before"),
    ),
    Tampering(
        "an erasure of another",
        ("UPDATE erasures SET person = '{ann}' WHERE id = '{erasure}'",),
        ("the erasure {erasure} of {ann}", "is of another, or of another day"),
    ),
    Tampering(
        "an erasure sooner",
        ("UPDATE erasures SET due_at = due_at - interval '9 days' WHERE id = '{erasure}'",),
        (ERASURE, "is of another, or of another day"),
    ),
    Tampering(
        "an erasure undone by nobody",
        ("UPDATE erasures SET taken_back_at = now() WHERE id = '{erasure}'",),
        (ERASURE, "is said to be undone, which was not told of"),
    ),
    Tampering(
        "an erasure said to be done",
        ("UPDATE erasures SET begun_at = now(), done_at = now() WHERE id = '{erasure}'",),
        (ERASURE, "is said to be done, which was not told of"),
    ),
    Tampering(
        "another reason of a hold",
        ("UPDATE legal_holds SET reason = 'Nobody asked' WHERE id = '{hold}'",),
        ("{now:%Y-%m-%d}", HOLD, "its reason is not the one that the sealed log was told of"),
    ),
    Tampering(
        "another reason of a release",
        ("UPDATE legal_holds SET release_reason = 'As asked' WHERE id = '{over}'",),
        ("{now:%Y-%m-%d}", "the release of the legal hold {over}", "its reason is not the one"),
    ),
    Tampering(
        "a reason, and the key that shows it",
        (
            "UPDATE legal_holds SET reason = 'Nobody asked' WHERE id = '{hold}'",
            "DELETE FROM audit_blinds WHERE subject = '{hold}'",
        ),
        ("{now:%Y-%m-%d}", HOLD, "the key is gone by which its reason"),
    ),
    Tampering(
        "another reason of a period",
        ("UPDATE retention_policies SET reason = 'By mistake' WHERE action = 'annotate'",),
        ("{now:%Y-%m-%d}", PERIOD, "of annotate", "its reason is not the one"),
    ),
    Tampering(
        "another reason of an erasure",
        ("UPDATE erasures SET reason = 'We wanted it' WHERE id = '{erasure}'",),
        ("{now:%Y-%m-%d}", ERASURE, "its reason is not the one that the sealed log was told of"),
    ),
    Tampering(
        "an erasure that was asked for, said to be one more",
        ("UPDATE erasures SET again = true, reason = 'Once more' WHERE id = '{erasure}'",),
        (ERASURE, "is said to be one more, and was asked for"),
    ),
    Tampering(
        "a first list from before its account",
        (f"UPDATE user_selection_groups SET created_at = '2019-01-01' {FIRST_LIST}",),
        ("2019-01-01", "the list 'default'", "of user {ann}", "its account on 2020-01-01"),
    ),
    Tampering(
        "a first list and its account from before both were made",
        (
            f"UPDATE user_selection_groups SET created_at = '2019-01-01' {FIRST_LIST}",
            f"UPDATE users SET created_at = '2019-01-01' {ROW}",
        ),
        (ACCOUNT, "it was made on 2019-01-01 00:00, and told of as made on 2020-01-01"),
    ),
    Tampering(
        "a link with another secret",
        ("UPDATE selection_group_links SET token_hash = sha256('mine') WHERE id = '{link}'",),
        ("{now:%Y-%m-%d}", LINK, "is opened by another secret than the sealed log was told of"),
    ),
    Tampering(
        "a link to another list",
        ("UPDATE selection_group_links SET group_id = '{another}' WHERE id = '{link}'",),
        ("{now:%Y-%m-%d}", "the link {link} to the list 'Another'", "leads to another list than"),
    ),
    Tampering(
        "a second secret of a link",
        (
            """INSERT INTO selection_group_links
               SELECT sha256('mine'), user_id, group_id, '{ann}', made_at, expires_at
                 FROM selection_group_links""",
        ),
        ("the link {ann} to the list 'Site'", "was not told of to the sealed log"),
    ),
    Tampering(
        "an erasure taken away",
        ("DELETE FROM erasures WHERE id = '{erasure}'",),
        (ERASURE, "was told of, and is gone"),
    ),
)


@pytest.fixture
async def ann(
    somebody: Person, another: Person, database: Database, notices: Notices, sealer: Sealer, superuser: Any
) -> Person:
    await with_codecs(superuser)
    people = PeopleTold(notices)
    async with database.transaction(DatabaseRole.ACCOUNTS) as connection:
        for row in await superuser.fetch("SELECT id, email::text AS email, role, created_at FROM users"):
            said = {"email": row["email"], "role": row["role"], "made_at": row["created_at"]}
            await people.tell(connection, What.MADE, UserId(row["id"]), way=Way.THEMSELVES, **said)
    await sealer.seal()
    return somebody


@pytest.fixture
async def known(
    ann: Person, another: Person, database: Database, notices: Notices, sealer: Sealer, superuser: Any
) -> dict[str, Any]:
    told, by = TellLog(notices), UserId(ann.id)
    await Policies(database, told).set(
        SinglePolicy(Class.DEEDS, None, "annotate", Kept(months=24), "as asked"), by
    )
    holds = Holds(database, told)
    hold, over = [await holds.place("person", str(ann.id), "A court asked", by) for _ in range(2)]
    await holds.release(over, "It is over", by)
    await superuser.execute(
        "INSERT INTO users (id, email, role, created_at, disabled_at)"
        " VALUES ('00000000-0000-0000-0000-000000000077', 'cyd@example.org', 'user', '2020-01-01', now())"
    )
    cyd = UserId(UUID(int=0x77))
    async with database.transaction(DatabaseRole.ACCOUNTS) as connection:
        await PeopleTold(notices).tell(connection, What.DISABLED, cyd, way=Way.OPERATOR, role="user")
        erasures = Erasures(database, ann.clock, notices)
        asked = await erasures.ask_in(connection, UserId(another.id), "second@example.org", "They asked")
    await sealer.seal()
    ids = {"ann": ann.id, "ben": another.id, "cyd": cyd, "hold": hold, "over": over, "erasure": asked.id}
    return {**ids, **await links_of(ann, database, notices, sealer), "now": ann.clock.now()}


async def links_of(ann: Person, database: Database, notices: Notices, sealer: Sealer) -> dict[str, Any]:
    """One of her lists with a link, and one without."""
    site, other = await ann.make_list("Site"), await ann.make_list("Another")
    asking = Asking(Origin(UserId(ann.id)))
    found = await Access(ann.engine).list_of(asking, site, Right.SHARE)
    link, _ = await Links(database, ann.engine, ann.clock, str, notices).make(found)
    await ann.engine.flush()
    await sealer.seal()
    return {"site": site, "another": other, "link": link.id}


async def test_each_is_what_the_log_was_told(known: dict[str, Any], log: Known, superuser: Any) -> None:
    await each_is_told(superuser, log, known, TAMPERINGS)


async def test_what_an_older_database_has_is_no_difference(
    known: dict[str, Any], log: Known, database: Database, notices: Notices, superuser: Any
) -> None:
    """As it was restored: the log goes on, and tells of it."""
    async with database.transaction(DatabaseRole.SYNC) as connection:
        await notices.tell(connection, Kind.RESTORE, body={"database": 1, "sealed": 2})
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute(RULES_OFF)
    for table in ("legal_holds", "erasures", "retention_policies"):
        await superuser.execute(f"DELETE FROM {table}")
    await superuser.execute(f"UPDATE users SET role = 'admin', disabled_at = now() {ROW.format(**known)}")
    assert await said_now(superuser, log) == []


async def test_what_was_found_first_is_told_once_and_changes_no_more(
    known: dict[str, Any],
    log: Known,
    ann: Person,
    database: Database,
    notices: Notices,
    sealer: Sealer,
    superuser: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comparing, "found_standing", found_standing)
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute("UPDATE user_selection_groups SET description = 'As of old' WHERE is_default")
    await superuser.execute(f"UPDATE users SET role = 'admin' {ROW.format(**known)}")
    assert await said_now(superuser, log) == [], "nothing is compared before a server has told"
    assert await tell_as_standing(database, notices, log)
    assert not await tell_as_standing(database, notices, log)
    for _ in range(2):
        assert await said_now(superuser, log) == []
        await sealer.seal()
    await superuser.execute(
        "UPDATE user_selection_groups SET description = 'Another' WHERE user_id = $1 AND is_default",
        ann.id,
    )
    await superuser.execute(f"UPDATE users SET role = 'guest' {ROW.format(**known)}")
    assert len(await said_now(superuser, log)) == 2


async def test_what_is_compared_later_is_told_as_it_is_found_then_and_nothing_else_is(
    known: dict[str, Any],
    log: Known,
    database: Database,
    notices: Notices,
    superuser: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A log of before secrets and reasons were told: what it told of is compared as before."""
    monkeypatch.setattr(comparing, "found_standing", found_standing)
    async with database.transaction(DatabaseRole.SYNC) as connection:
        await notices.tell(connection, Kind.BALANCE, body={"standing": []})
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute(RULES_OFF)
    await superuser.execute("UPDATE selection_group_links SET token_hash = sha256('old')")
    await superuser.execute("UPDATE legal_holds SET reason = 'As of old'")
    assert await said_now(superuser, log) == []
    await superuser.execute("UPDATE users SET role = 'admin' WHERE id = $1", known["ann"])
    assert len(await said_now(superuser, log)) == 1
    assert await tell_as_standing(database, notices, log)
    assert not await tell_as_standing(database, notices, log)
    assert len(await said_now(superuser, log)) == 1, "what was compared before is not taken as found"
    await superuser.execute("UPDATE selection_group_links SET token_hash = sha256('new')")
    await superuser.execute("UPDATE legal_holds SET reason = 'As of now'")
    assert len(await said_now(superuser, log)) == 1 + 1 + 2


async def test_when_accounts_were_made_of_which_that_was_not_told_is_told_as_it_is_found(
    somebody: Person, office: Person, log: Known, database: Database, notices: Notices, superuser: Any
) -> None:
    await with_codecs(superuser)
    assert await tell_as_standing(database, notices, log)
    for owner in (somebody.id, office.id):
        for table, where in (("users", "id"), ("user_selection_groups", "user_id")):
            await superuser.execute(f"UPDATE {table} SET created_at = '2019-01-01' WHERE {where} = $1", owner)
    said = await said_now(superuser, log)
    assert len(said) == 2
    assert all("made on 2019-01-01 00:00, and told of as made on 2020-01-01" in one for one in said)


LAWS_FREE = "ALTER TABLE uk_lrt_records DISABLE TRIGGER USER"


async def test_what_laws_say_is_what_was_told_as_they_were_found_or_imported(
    somebody: Person,
    log: Known,
    database: Database,
    notices: Notices,
    superuser: Any,
    tmp_path: Path,
) -> None:
    await with_codecs(superuser)
    assert await tell_as_standing(database, notices, log)
    assert await said_now(superuser, log) == []
    laws = tmp_path / "register.csv"
    laws.write_text("name,title_en\nUK_test_3,The Third Act\nUK_new_1,A New Act\n")
    await import_file(database, laws, notices=notices)
    assert await said_now(superuser, log) == []
    await superuser.execute(LAWS_FREE)
    await superuser.execute(
        "UPDATE uk_lrt_records SET title_en = 'Another' WHERE name IN ('UK_test_3', 'UK_test_5')"
    )
    await superuser.execute("INSERT INTO uk_lrt_records (name) VALUES ('UK_of_nobody_1')")
    assert sorted(await said_now(superuser, log)) == [
        "The law UK_of_nobody_1 in the register was not told of to the sealed log.",
        "The law UK_test_3 in the register is not as the sealed log was told.",
        "The law UK_test_5 in the register is not as the sealed log was told.",
    ]


@pytest.mark.parametrize(("most", "differences"), [(10, 1), (9, 0)])
async def test_a_register_of_more_laws_than_are_compared_is_not(
    somebody: Person,
    log: Known,
    database: Database,
    notices: Notices,
    superuser: Any,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    differences: int,
) -> None:
    """Of ten laws. How many there are says the log, and not who puts more of them there."""
    await with_codecs(superuser)
    assert register.COMPARED_MAX == 2_000_000
    monkeypatch.setattr(register, "COMPARED_MAX", most)
    assert await tell_as_standing(database, notices, log)
    await superuser.execute("INSERT INTO uk_lrt_records (name) VALUES ('UK_of_nobody_1')")
    assert len(await said_now(superuser, log)) == differences


async def test_laws_of_an_older_database_are_no_difference_as_they_were_told_before(
    somebody: Person, log: Known, database: Database, notices: Notices, superuser: Any, tmp_path: Path
) -> None:
    await with_codecs(superuser)
    await superuser.execute(LAWS_FREE)
    laws = tmp_path / "register.csv"
    laws.write_text("name,title_en\nUK_test_3,The Third Act\n")
    assert await tell_as_standing(database, notices, log)
    await import_file(database, laws, notices=notices)
    async with database.transaction(DatabaseRole.SYNC) as connection:
        await notices.tell(connection, Kind.RESTORE, body={"database": 1, "sealed": 2})
    await superuser.execute("UPDATE uk_lrt_records SET title_en = 'Law 3' WHERE name = 'UK_test_3'")
    assert await said_now(superuser, log) == []
    await superuser.execute("UPDATE uk_lrt_records SET title_en = 'Another' WHERE name = 'UK_test_3'")
    assert await said_now(superuser, log) == [
        "The law UK_test_3 in the register is not as the sealed log was told."
    ]


def test_what_was_found_is_told_in_as_many_notices_as_it_takes() -> None:
    assert standing_bodies([]) == [{"standing": [], "upto": NEWEST}]
    marks = [f"{number:032x}" for number in range(TOLD_TOGETHER + 1)]
    assert [len(body["standing"]) for body in standing_bodies(marks)] == [TOLD_TOGETHER, 1]
