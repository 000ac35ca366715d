"""What stands now, held against what the trail and the sealed log say of it: each tampering is tried on one
history, undone again, and told in a sentence that names what, where and when."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sertantai.audit.comparing.differences import SealFault
from sertantai.audit.effects import Effects
from sertantai.audit.snapshots import Snapshots
from sertantai.audit.standing.checking import all_standing
from sertantai.audit.standing.comparing import check_standing
from sertantai.audit.standing.told import Known
from sertantai.audit.verify_seals import verify_seals
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.operations import Admit, Amend, Annotate, BulkSelect, DeleteGroup, UpdateGroup
from sertantai.core.rights import Role
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import newest_log
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person, do
from tests.postgres.audit.test_attacks_on_the_trail import OFF
from tests.postgres.audit.test_handing_over import Story as Handing

ON_THE_DAY, HERS = "{now:%Y-%m-%d}", "of user {ann}"


RULES_OFF = ";".join(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in ("legal_holds", "erasures"))


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


def list_says(set_to: str, says: str, which: str = "id = '{site}'") -> Tampering:
    return Tampering(
        f"a list: {set_to}",
        (f"UPDATE user_selection_groups SET {set_to} WHERE {which}",),
        (ON_THE_DAY, HERS, says),
    )


def in_settings(path: str, value: str) -> str:
    return f"metadata = jsonb_set(metadata, '{path}', '{value}')"


SITE = "the list 'Site North' ({site})"
LISTS = (
    list_says("name = 'Site South'", "its name is not as was last told"),
    list_says("description = 'Another'", "its description is not as was last told"),
    list_says(in_settings("{{filter,family}}", '["Waste"]'), f"{SITE} of user {{ann}}: its filter is not"),
    list_says("metadata = metadata - 'filter'", f"{SITE} of user {{ann}}: its filter is not"),
    list_says(in_settings("{{colour}}", '"red"'), f"{SITE} of user {{ann}}: its colour is not"),
    list_says("created_at = created_at - interval '9 days'", "when it was made is not"),
    list_says("metadata = metadata - 'link:{link}'", "a link to it is not as was last told"),
    list_says(in_settings("{{link:{link},2}}", '"2036-01-01T00:00:00+00:00"'), "a link to it is not"),
    list_says(in_settings("{{deleted_at}}", '"2026-01-02T00:00:00+00:00"'), "set aside", "id = '{old}'"),
    list_says("metadata = metadata - 'deleted_at'", "when it was set aside is not", "id = '{old}'"),
    list_says("description = 'Another'", "its description is not", "id = '{list}'")._replace(
        says=("the list 'default' ({list})", HERS, "its description is not as the trail tells it")
    ),
    Tampering(
        "a list that never was",
        (
            """INSERT INTO user_selection_groups (user_id, name, created_at)
               VALUES ('{ann}', 'Ghost', '{now:%Y-%m-%d}')""",
        ),
        (ON_THE_DAY, "the list 'Ghost'", HERS, "is nowhere in the trail"),
    ),
    Tampering(
        "a list that is gone",
        ("DELETE FROM user_selection_groups WHERE id = '{site}'",),
        ("The list 'Site North' ({site})", HERS, "is in the trail, and not in the database"),
    ),
    list_says("name = 'Plant B'", "its name is not as was last told", "id = '{plant}'")._replace(
        says=(ON_THE_DAY, "of user {office}", "its name is not as was last told")
    ),
)


def noted(set_to: str, law: int, says: str, group: str = "list", owner: str = "ann") -> Tampering:
    where = f"user_id = '{{{owner}}}' AND record_no = {law} AND selection_group = '{{{group}_name}}'"
    return Tampering(
        f"a note: {set_to} of {law}",
        (f"UPDATE user_record_selections SET {set_to} WHERE {where}",),
        (
            ON_THE_DAY,
            f"UK_test_{law} in the list '{{{group}_name}}' ({{{group}}}) of user {{{owner}}}",
            f"is not what the trail leads to: {says}",
        ),
    )


NOTES = (
    noted(in_settings("{{note}}", '"It does not apply"'), 3, "the note."),
    noted("metadata = '{{}}'", 3, "the note, the tags."),
    noted(in_settings("{{tags}}", '["b"]'), 3, "the tags."),
    noted(in_settings("{{rank}}", '"m"'), 3, "its place in the list."),
    noted(in_settings("{{reviewed_at}}", '"2025-01-01"'), 3, "when it was reviewed."),
    noted(in_settings("{{note}}", '"It always applied"'), 4, "the note."),
    noted(in_settings("{{note}}", '"Of another"'), 5, "the note.", "copy"),
    noted(in_settings("{{note}}", '"Not so"'), 1, "the note.", "plant", "office"),
    noted(in_settings("{{note_by}}", '"{office}"'), 1, "who wrote the note.", "plant", "office"),
    noted("metadata = metadata - 'note_at'", 1, "when the note was written.", "plant", "office"),
    noted(in_settings("{{note}}", '"Not so"'), 2, "the note.", "moved", "office"),
)


class Told(NamedTuple):
    ann: Person
    office: Person
    known: dict[str, Any]


@pytest.fixture
async def story(
    engine: Engine,
    effects: Effects,
    snapshots: Snapshots,
    sealer: Sealer,
    somebody: Person,
    office: Person,
    superuser: Any,
) -> Told:
    """Of somebody's own lists, and of an organization's, one of which was hers."""
    link = new_id()
    site, old, copy, moved = [await somebody.make_list(name) for name in ("Site", "Old", "Copy", "Moved")]
    await somebody.bulk_select(1, 2, 3, 4)
    await somebody.note(3, "kept")
    await somebody.do(Annotate, records=pack(bitmap([3])), changes={"note": "kept longer", "tags": ["a"]})
    await somebody.note(4, "undone")
    removed = await somebody.deselect(4)
    back: dict[str, Any] = {
        "add": pack(bitmap([4])),
        "remove": pack(bitmap([])),
        "annotations": {4: {"note": "undone"}},
    }
    await somebody.do(Amend, **back, undoes=removed.operation.id, source="undo")
    await somebody.select(7)
    settings = {"filter": {"family": ["Air"]}, "frozen": True}
    await somebody.do(UpdateGroup, site, name="Site North", description="All of it", metadata=settings)
    value = [str(somebody.id), "2026-01-01T00:00:00+00:00", "2035-01-01T00:00:00+00:00", True, ""]
    await somebody.do(UpdateGroup, site, metadata={f"link:{link}": value})
    for group, law, text in ((copy, 5, "along"), (moved, 2, "x")):
        notes: dict[str, Any] = {"annotations": {law: {"note": text}}}
        await somebody.do(Amend, group, add=pack(bitmap([law])), remove=pack(bitmap([])), **notes)
    await somebody.do(DeleteGroup, old)
    plant = await office.make_list("Plant A")
    await office.do(BulkSelect, plant, records=pack(bitmap([1])))
    await office.do_note(plant, 1, "of the works")
    await do(office, Admit, member=somebody.id, role=Role.MEMBER, name="Ann", given_by=office.actor)
    handing = Handing(engine, effects, snapshots, somebody.clock, somebody, office)
    handing.list = moved
    await handing.give()
    await engine.flush()
    await sealer.seal()
    await with_codecs(superuser)
    lists = {"list": somebody.group, "site": site, "old": old, "copy": copy, "plant": plant, "moved": moved}
    names = {"list": "default", "copy": "Copy", "plant": "Plant A", "moved": "Moved"}
    known = {"ann": somebody.id, "office": office.id, "link": link, "now": somebody.clock.now(), **lists}
    return Told(somebody, office, known | {f"{name}_name": called for name, called in names.items()})


@pytest.fixture
async def ann(story: Told) -> Person:
    return story.ann


async def with_codecs(superuser: Any) -> None:
    """As the product reads JSON."""
    for name in ("json", "jsonb"):
        await superuser.set_type_codec(name, schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


@pytest.fixture
async def log(ann: Person, tmp_path: Path) -> Known:
    return Known(TrailFiles(newest_log(tmp_path)), [ann.engine.journal.id], macs_in(tmp_path))


async def said_now(superuser: Any, known: Known) -> list[str]:
    async with superuser.transaction():
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
        await superuser.execute(RULES_OFF)
        for statement in one.statements:
            done = await superuser.execute(statement.format(**known))
            assert not done.endswith(" 0"), one.what
        words = await said_now(superuser, log)
        await transaction.rollback()
        wanted = [word.format(**known) for word in one.says]
        if not any(all(word in said for word in wanted) for said in words):
            untold[one.what] = words
    assert not untold, "\n".join(f"{what}: {words}" for what, words in untold.items())


async def test_what_is_counted_of_the_trail_is_what_the_trail_says(
    story: Told, log: Known, superuser: Any
) -> None:
    await each_is_told(superuser, log, story.known, COUNTED)


async def test_what_is_counted_otherwise_is_told_one_by_one(story: Told, log: Known, superuser: Any) -> None:
    """There may be very many in a database of before, and everybody waits for each turn."""
    told: list[str] = []
    rests: list[int] = []

    async def pause(rows: int) -> None:
        if rows == 1:
            rests.append(len(told))

    async def counted() -> AsyncIterator[str]:
        async for one in all_standing(superuser, log, pause, 1_000):
            told.append(one.said)
            yield one.said

    await superuser.execute("DELETE FROM selection_operations")
    async with superuser.transaction():
        gone = [said async for said in counted() if "is not among the operations" in said]
    assert len(gone) > 5
    assert set(rests) >= set(range(len(gone)))


async def test_lists_say_of_themselves_what_the_trail_says(story: Told, log: Known, superuser: Any) -> None:
    await each_is_told(superuser, log, story.known, LISTS)


async def test_what_is_noted_is_what_the_trail_says(story: Told, log: Known, superuser: Any) -> None:
    await each_is_told(superuser, log, story.known, NOTES)


async def test_of_whom_it_is_not_known_since_when_lines_went_the_rest_is_compared(
    ann: Person, log: Known, superuser: Any
) -> None:
    await superuser.execute("INSERT INTO audit_baseline_owners (user_id, position) VALUES ($1, 0)", ann.id)
    assert await said_now(superuser, log) == []


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
    found = await verified(ann, database, tmp_path)
    assert found
    assert all(fault is SealFault.STATE_DIFFERS for fault, _ in found)
    assert all("is not the last that was sealed" in said for _, said in found)
