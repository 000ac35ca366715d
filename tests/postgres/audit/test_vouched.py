"""What is kept beside the trail counts only as the sealed log tells of it: whoever has the database's
passwords can hide nothing behind it. Each way is tried on one history, which is whole again after each."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sertantai.audit.sealed_rows import Keys, deeds_from
from sertantai.audit.verify import verify
from sertantai.audit.verify_seals import verify_seals
from sertantai.audit.vouched.as_kept import tell_as_kept
from sertantai.audit.vouched.checking import check_kept
from sertantai.audit.vouched.cuts import kept_as, rows_told
from sertantai.audit.vouched.hashes import STAYS
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.cli.audit.sentences import of_difference, of_misfits
from sertantai.core.sealing.canonical import canonical
from sertantai.engine.engine import Engine
from sertantai.evidence.gathering import TrailDiffers, WhichDeeds, gather
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.process.new_ids import new_id
from sertantai.sealing.deeds import hidden_in
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import newest_log
from sertantai.sealing.notices import Kind, Notices, notice_mac
from sertantai.sealing.sealer import Sealer
from tests.fixtures.tallies import tallied as tallied
from tests.postgres.audit.conftest import Person
from tests.postgres.audit.test_attacks_on_the_trail import OFF
from tests.postgres.audit.test_own_retention import MAKE_MONTH, months_ago
from tests.postgres.audit.test_sealed_retention import both as both
from tests.postgres.audit.test_sealed_retention import of_twenty_months, without_periods
from tests.postgres.audit.test_sealed_retention import site as site

KEPT_TABLES = (
    "selection_audit_log",
    "audit_opaque",
    "audit_baseline",
    "audit_baseline_owners",
    "audit_baseline_reach",
    "audit_baseline_rights",
    "audit_chain_floors",
    "user_record_selections",
)


ALL_OFF = (
    OFF,
    "SET session_replication_role = replica",
    "ALTER TABLE audit_opaque DISABLE TRIGGER USER",
)


class Tampering(NamedTuple):
    """``says``: what one sentence has in it. In statements, ``{…}`` is of the row that is aimed at."""

    what: str
    statements: tuple[str, ...]
    says: tuple[str, ...]
    row: str = "action = 'annotate' AND metadata::text LIKE '%works council%'"


HASH = """
INSERT INTO audit_opaque VALUES ('{journal_id}', {position}, {part}, '%s', decode('{%s}', 'hex'), %s)
"""
ANY_ACT = "gen_random_uuid()"
SAYS = "UPDATE selection_audit_log SET metadata = '%s' WHERE id = '{id}'"
A_LIE = SAYS % '{{"changes": {{"note": "It does not apply"}}}}'
GONE = SAYS % '{{"redacted": true}}'
NOTE, ORIGIN = "content/2/annotate", "origin"
FROM_ELSEWHERE = "UPDATE selection_audit_log SET ip_address = '203.0.113.66' WHERE id = '{id}'"
FROM_NOWHERE = """
UPDATE selection_audit_log SET ip_address = NULL, session_id = NULL, user_agent = NULL WHERE id = '{id}'
"""
ON_THE_DAY, HERS = "{created_at:%Y-%m-%d}", "of user {user_id}"
SELECTED = """
UPDATE selection_audit_log
   SET metadata = '{{"selected_at": "2020-02-02T00:00:00Z", "selected_by": "{user_id}"}}'
 WHERE id = '{id}';
UPDATE user_record_selections SET created_at = '2020-02-02' WHERE user_id = '{user_id}' AND record_no = 7
"""
NO_ACT = (
    Tampering(
        "a note made another",
        (HASH % (NOTE, "content", ANY_ACT), A_LIE),
        (ON_THE_DAY, HERS, "is not what was sealed"),
    ),
    Tampering(
        "a note hidden",
        (HASH % (NOTE, "content", ANY_ACT), GONE),
        (ON_THE_DAY, HERS, "a hash in place of what people wrote that no act"),
    ),
    Tampering(
        "a note hidden in the field of old",
        (HASH % ("content/2", "content", ANY_ACT), GONE),
        (ON_THE_DAY, HERS, "is not what was sealed"),
    ),
    Tampering(
        "an address made another",
        (HASH % (ORIGIN, "origin", ANY_ACT), FROM_ELSEWHERE),
        (ON_THE_DAY, HERS, "is not what was sealed"),
    ),
    Tampering(
        "an address hidden",
        (HASH % (ORIGIN, "origin", ANY_ACT), FROM_NOWHERE),
        (ON_THE_DAY, HERS, "a hash in place of from where that no act"),
    ),
    Tampering(
        "a hash beside what is there",
        (HASH % (ORIGIN, "origin", ANY_ACT),),
        ("1 values of the trail are said to have gone by an act", "does not tell of"),
    ),
    Tampering(
        "a note that never was is said to be gone",
        (GONE,),
        (ON_THE_DAY, HERS, "no erasure of its owner was told of"),
        "action = 'select' AND record_no = 7",
    ),
    Tampering(
        "a tick of another day",
        (SELECTED,),
        (ON_THE_DAY, HERS, "is not what was sealed"),
        "action = 'select' AND record_no = 7",
    ),
)


async def sentences(database: Database, engine: Engine, tmp_path: Path) -> list[str]:
    found = await verify(database)
    seals = without_periods(await verify_seals(database, tmp_path, engine.journal.id))
    told = [of_difference(one) for one in found.differences] + [of_misfits(one) for one in found.misfits]
    return [*told, *(one.said for one in seals.differences)]


async def each_is_told(
    superuser: Any,
    person: Person,
    database: Database,
    tmp_path: Path,
    all_: tuple[Tampering, ...],
    **known: Any,
) -> None:
    engine = person.engine
    for statement in ALL_OFF:
        await superuser.execute(statement)
    for table in KEPT_TABLES:
        await superuser.execute(f"CREATE TABLE IF NOT EXISTS saved_{table} AS SELECT * FROM {table}")
    assert await sentences(database, engine, tmp_path) == []
    untold = {}
    for one in all_:
        row = await superuser.fetchrow(
            f"SELECT * FROM selection_audit_log WHERE user_id = $1 AND ({one.row.format(**known)})"
            " ORDER BY position DESC LIMIT 1",
            person.id,
        )
        told = {**dict(row), **await hidden(database, person, row), **known}
        for statement in one.statements:
            await superuser.execute(statement.format(**told))
        words = await sentences(database, engine, tmp_path)
        wanted = [word.format(**told) for word in one.says]
        if not any(all(word in said for word in wanted) for said in words):
            untold[one.what] = words
        await superuser.execute(OFF)  # of a month that was made, too
        for table in KEPT_TABLES:
            await superuser.execute(f"DELETE FROM {table}")
            await superuser.execute(f"INSERT INTO {table} SELECT * FROM saved_{table}")
    assert untold == {}
    assert await sentences(database, engine, tmp_path) == []


async def hidden(database: Database, person: Person, row: Any) -> dict[str, str]:
    """The true commitments: whoever has the database has the keys."""
    async with database.transaction(Role.AUDITOR, readonly=True) as connection:
        keys = Keys(connection)
        async for deed, _ in deeds_from(connection, person.id):
            if deed is not None and deed.position == row["position"]:
                found = hidden_in(deed, await keys.of(deed))
                content = next((of for field, of in found.items() if field.startswith("content")), "00")
                return {"content": content, "origin": found.get("origin", "00")}
    return {}


async def test_nothing_is_gone_without_an_act_that_the_log_tells_of(
    both: tuple[Person, Person], database: Database, superuser: Any, tmp_path: Path
) -> None:
    await each_is_told(superuser, both[0], database, tmp_path, NO_ACT)


async def test_a_pack_does_not_leave_out_what_is_only_said_to_be_gone(
    both: tuple[Person, Person], database: Database, superuser: Any, tmp_path: Path
) -> None:
    person = both[0]
    for statement in ALL_OFF:
        await superuser.execute(statement)
    row = await superuser.fetchrow(f"SELECT * FROM selection_audit_log WHERE {NO_ACT[0].row} LIMIT 1")
    told = {**dict(row), **await hidden(database, Person(row["user_id"], *person_of(person)), row)}
    for statement in NO_ACT[1].statements:
        await superuser.execute(statement.format(**told))
    files = TrailFiles(newest_log(tmp_path))
    wanted = WhichDeeds(row["user_id"], lambda deed: True, None)
    with pytest.raises(TrailDiffers, match=r"a hash in place of what people wrote"):
        await gather(database, files, {person.engine.journal.id}, wanted)


def person_of(person: Person) -> tuple[Any, ...]:
    return person.group, person.engine, person.clock


AN_ACT = "'{act}'"
AFTER_AN_ACT = (
    Tampering(
        "an origin of another month",
        (HASH % (ORIGIN, "origin", AN_ACT), FROM_NOWHERE),
        (ON_THE_DAY, HERS, "a hash in place of from where that no act"),
        "action = 'select' AND record_no = 7",
    ),
    Tampering(
        "a note, by an act of retention",
        (HASH % (NOTE, "content", AN_ACT), GONE),
        (ON_THE_DAY, HERS, "a hash in place of what people wrote that no act"),
    ),
    Tampering(
        "one more hash than it left",
        (HASH % (ORIGIN, "origin", AN_ACT),),
        ("What is kept of the act of retention of", "is not what was sealed"),
        "action = 'select' AND record_no = 7",
    ),
)


async def test_an_act_took_no_more_than_it_told(
    both: tuple[Person, Person],
    site: Any,
    database: Database,
    superuser: Any,
    sealer: Sealer,
    tmp_path: Path,
) -> None:
    retaining = await of_twenty_months(site, superuser)
    acts = await retaining.run()
    await sealer.seal()
    await each_is_told(superuser, both[0], database, tmp_path, AFTER_AN_ACT, act=acts[-1].id)


TICKED = """
INSERT INTO audit_baseline SELECT '{user_id}', '{group_id}', 9;
INSERT INTO user_record_selections (user_id, record_id, record_no, selection_group, created_at, source)
SELECT user_id, (SELECT id FROM uk_lrt_records WHERE record_no = 9), 9, selection_group, '2020-01-01', source
  FROM user_record_selections WHERE user_id = '{user_id}' LIMIT 1
"""
CUTS = (
    Tampering(
        "a history that begins later",
        ("UPDATE audit_baseline_owners SET position = position + 1 WHERE user_id = '{user_id}'",),
        ("the beginning of the history of user {user_id}, cut up to", "is not what was sealed on"),
    ),
    Tampering(
        "a cut that never was",
        (
            "INSERT INTO audit_baseline_owners VALUES ('{never}', 10, '2020-01-01')",
            "DELETE FROM audit_baseline WHERE user_id = '{never}'",
        ),
        ("The sealed log does not tell of the beginning of the history of user {never}, cut up to 2020-01",),
    ),
    Tampering(
        "a law that was ticked before",
        (TICKED,),
        (
            "the beginning of the history of user {user_id}, cut up to",
            "is not what was sealed on",
            "Other laws stand at the beginning of: 'default' ({group_id}).",
        ),
    ),
    Tampering(
        "a line among those that went",
        (
            MAKE_MONTH.format(months_ago(26)),
            """
INSERT INTO selection_audit_log
       (user_id, actor_id, record_id, record_no, record_name, action, selection_group, group_id, operation_id,
        position, part, journal_id, metadata, created_at)
SELECT user_id, actor_id, record_id, record_no, record_name, 'select', selection_group, group_id,
       gen_random_uuid(), 2, 0, journal_id, '{{}}', (SELECT reaches_back_to - interval '1 hour'
                                                    FROM audit_baseline_owners WHERE user_id = '{user_id}')
  FROM selection_audit_log WHERE id = '{id}'
""",
        ),
        ("still there, though all before is said to be dropped", "user {user_id}"),
    ),
    Tampering(
        "the last entry that went",
        ("UPDATE audit_chain_floors SET number = number + 1 WHERE user_id = '{user_id}'",),
        ("the beginning of the history of user {user_id}, cut up to", "is not what was sealed on"),
    ),
    Tampering(
        "no beginning",
        ("DELETE FROM audit_baseline_owners", "DELETE FROM audit_baseline"),
        ("What was kept of the beginning of the history of user {user_id} is gone",),
    ),
    Tampering(
        "rights that nobody had",
        ("INSERT INTO audit_baseline_rights VALUES ('{never}', 3, 'x')",),
        ("The sealed log does not tell of what members of the organisation {never} might do up to",),
    ),
    Tampering(
        "everybody's history of a day that is to come",
        ("UPDATE audit_baseline_reach SET reaches_back_to = '2999-01-01'",),
        ("the beginning of everybody's history, cut up to 2999-01-01", "is not what was sealed on"),
    ),
)


async def test_what_stands_in_place_of_the_beginning_is_what_was_told(
    both: tuple[Person, Person],
    site: Any,
    database: Database,
    superuser: Any,
    sealer: Sealer,
    notices: Notices,
    tmp_path: Path,
) -> None:
    assert await tell_as_kept(database, notices)
    assert not await tell_as_kept(database, notices)
    retaining = await of_twenty_months(site, superuser)
    await retaining.run()
    await sealer.seal()
    await each_is_told(superuser, both[0], database, tmp_path, CUTS, never=new_id())


async def test_what_was_kept_before_that_was_told_cannot_be_shown_and_changes_no_more(
    both: tuple[Person, Person],
    site: Any,
    database: Database,
    superuser: Any,
    engine: Engine,
    sealer: Sealer,
    notices: Notices,
    tmp_path: Path,
) -> None:
    """As an earlier version left it: notices of retention without any of it."""
    retaining = await of_twenty_months(site, superuser)
    await retaining.run()
    await superuser.execute("ALTER TABLE audit_notices DISABLE TRIGGER USER")
    await superuser.execute("DELETE FROM audit_notices WHERE body ? 'cuts'")
    for row in await superuser.fetch("SELECT * FROM audit_notices WHERE body ? 'opaque'"):
        body = {name: value for name, value in json.loads(row["body"]).items() if name != "opaque"}
        said = (row["id"], row["at"], row["kind"], row["subject"], row["actor"])
        mac = notice_mac(macs_in(tmp_path), *said, canonical(body))
        await superuser.execute(
            "UPDATE audit_notices SET body = $2, mac = $3 WHERE id = $1", row["id"], json.dumps(body), mac
        )
    await sealer.seal()

    async def found() -> tuple[list[str], list[str]]:
        seals = without_periods(await verify_seals(database, tmp_path, engine.journal.id))
        return [one.said for one in seals.differences], list(seals.unshown)

    before = await found()
    assert (before[0], len(before[1])) == ([], 3)
    await tell_as_kept(database, notices)
    await sealer.seal()
    assert await found() == before
    assert all("cannot be shown" in said for said in before[1])
    await each_is_told(superuser, both[0], database, tmp_path, CUTS[:4], never=new_id())


async def test_what_is_told_while_it_is_compared_is_of_the_next_time(
    both: tuple[Person, Person],
    database: Database,
    superuser: Any,
    engine: Engine,
    sealer: Sealer,
    notices: Notices,
    tmp_path: Path,
) -> None:
    await tell_as_kept(database, notices)
    await sealer.seal()
    owner, files = both[0].id, TrailFiles(newest_log(tmp_path))
    known = (files, {engine.journal.id}, macs_in(tmp_path), None, False)
    kept = "INSERT INTO audit_baseline_rights VALUES ($1, $2, $3) ON CONFLICT (user_id) DO UPDATE SET"
    for position in (3, 4):
        async with whole_trail_now(database) as connection:
            assert await check_kept(connection, *known) == []
            await superuser.execute(f"{kept} position = excluded.position", owner, position, b"x")
            async with database.transaction(Role.SYNC) as writing:
                rights = rows_told([(owner, kept_as(position, b"x"))])
                await notices.tell(writing, Kind.BALANCE, body={"rights": rights})
            await sealer.seal()
            assert await check_kept(connection, *known) == []


async def test_what_a_row_says_still_is_what_the_database_leaves(superuser: Any) -> None:
    left = await superuser.fetchval(
        "SELECT sertantai_without_words((SELECT jsonb_object_agg(key, true) FROM unnest($1::text[]) AS key))",
        [*STAYS, "note", "reason", "name"],
    )
    assert json.loads(left).keys() == STAYS
