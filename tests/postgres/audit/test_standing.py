"""What stands now, held against what the trail and the sealed log say of it: each tampering is tried on one
history, undone again, and told in a sentence that names what, where and when."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sertantai.audit.comparing.differences import SealFault
from sertantai.audit.standing.checking import Known, check_standing
from sertantai.audit.verify_seals import verify_seals
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import newest_log
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person
from tests.postgres.audit.test_attacks_on_the_trail import OFF

ON_THE_DAY, HERS = "{now:%Y-%m-%d}", "of user {ann}"


class Tampering(NamedTuple):
    """``says``: what one sentence has in it."""

    what: str
    statements: tuple[str, ...]
    says: tuple[str, ...]


def operation(set_to: str, says: str, which: str = "added = 1 AND annotated = 0") -> Tampering:
    wanted = f"user_id = '{{ann}}' AND {which}"
    return Tampering(
        f"an operation: {set_to}",
        (f"UPDATE selection_operations SET {set_to} WHERE {wanted}",),
        (ON_THE_DAY, HERS, "list 'default' ({list})", "counted otherwise than its lines", says),
    )


COUNTED = (
    operation("record_name = 'UK_test_9'", "the law"),
    operation("record_action = 'deselect'", "what was done"),
    operation("list_action = 'delete_group'", "what was done"),
    operation("group_name = 'Another'", "the list's name"),
    operation("undoes = gen_random_uuid()", "what it undoes"),
    operation("undoable = 0", "what of it can be undone"),
    operation("position = position + 1000", "its place in the log"),
    Tampering(
        "an operation hidden",
        ("DELETE FROM selection_operations WHERE user_id = '{ann}' AND added = 1",),
        (ON_THE_DAY, HERS, "is not among the operations"),
    ),
    Tampering(
        "a quarter of an hour counted otherwise",
        ("UPDATE selection_activity SET changes = changes + 7 WHERE user_id = '{ann}'",),
        (ON_THE_DAY, HERS, "changes", "are counted, and the trail has"),
    ),
    Tampering(
        "nothing was done in a quarter of an hour",
        ("DELETE FROM selection_activity WHERE user_id = '{ann}'",),
        (ON_THE_DAY, HERS, "0 changes", "are counted, and the trail has"),
    ),
)


@pytest.fixture
async def ann(engine: Engine, sealer: Sealer, somebody: Person, superuser: Any) -> Person:
    await somebody.bulk_select(1, 2, 3, 4)
    await somebody.note(3, "kept")
    await somebody.select(7)
    await engine.flush()
    await sealer.seal()
    for name in ("json", "jsonb"):
        await superuser.set_type_codec(name, schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
    return somebody


@pytest.fixture
async def log(ann: Person, tmp_path: Path) -> Known:
    return Known(TrailFiles(newest_log(tmp_path)), [ann.engine.journal.id], macs_in(tmp_path))


async def said_now(superuser: Any, known: Known) -> list[str]:
    return [one.said for one in await check_standing(superuser, known)]


async def each_is_told(
    superuser: Any, log: Known, known: dict[str, Any], all_: tuple[Tampering, ...]
) -> None:
    assert await said_now(superuser, log) == []
    untold = {}
    for one in all_:
        transaction = superuser.transaction()
        await transaction.start()
        await superuser.execute("SET LOCAL session_replication_role = replica")
        await superuser.execute(OFF)
        for statement in one.statements:
            done = await superuser.execute(statement.format(**known))
            assert not done.endswith(" 0"), one.what
        words = await said_now(superuser, log)
        await transaction.rollback()
        wanted = [word.format(**known) for word in one.says]
        if not any(all(word in said for word in wanted) for said in words):
            untold[one.what] = words
    assert untold == {}


async def test_what_is_counted_of_the_trail_is_what_the_trail_says(
    ann: Person, log: Known, superuser: Any
) -> None:
    known = {"ann": ann.id, "list": ann.group, "now": ann.clock.now()}
    await each_is_told(superuser, log, known, COUNTED)


async def verified(ann: Person, database: Database, data_dir: Path) -> list[tuple[SealFault, str]]:
    found = await verify_seals(database, data_dir, ann.engine.journal.id)
    return [(one.fault, one.said) for one in found.differences]


async def test_another_lists_name_in_one_line_of_many(
    ann: Person, superuser: Any, database: Database, tmp_path: Path
) -> None:
    await superuser.execute(OFF)
    await superuser.execute(
        "UPDATE selection_audit_log SET selection_group = 'zzz' WHERE user_id = $1 AND record_no = 1",
        ann.id,
    )
    [(fault, said)] = await verified(ann, database, tmp_path)
    assert fault is SealFault.ROWS_DIFFER
    assert "of 4 laws in the list 'default'" in said
    assert "rows that do not agree in selection_group" in said


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_chains SET number = number + 5 WHERE user_id = group_id",
        "UPDATE audit_chains SET head = sha256(head) WHERE user_id <> group_id",
        "DELETE FROM audit_chains WHERE user_id <> group_id",
        "INSERT INTO audit_chains SELECT id, id, 5, sha256('x') FROM users ON CONFLICT DO NOTHING",
        "INSERT INTO audit_chains SELECT user_id, gen_random_uuid(), 5, head FROM audit_chains LIMIT 1",
    ],
)
async def test_the_newest_links_that_are_kept_are_those_that_were_sealed(
    ann: Person, another: Person, superuser: Any, database: Database, tmp_path: Path, statement: str
) -> None:
    assert another.id != ann.id
    assert await verified(ann, database, tmp_path) == []
    await superuser.execute(statement)
    [(fault, said)] = await verified(ann, database, tmp_path)
    assert fault is SealFault.STATE_DIFFERS
    assert "is not the last that was sealed" in said
