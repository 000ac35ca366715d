"""Every kind of operation the whole way: weighed, folded, written, audited, verified, undone.

A kind without an example fails here, and so does one that is half there: acknowledged, and written nowhere.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, get_args
from uuid import UUID

import asyncpg
import msgspec

from sertantai.audit.effects import Effects
from sertantai.audit.postgres_effects import PostgresEffects
from sertantai.audit.verify import verify
from sertantai.audit.verify_seals import verify_seals
from sertantai.core import audit_words
from sertantai.core.access_state import HandedLaws
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.clock import ManualClock
from sertantai.core.fold import Outcome
from sertantai.core.ids import GroupId, OperationId, Position, TeamId, UserId
from sertantai.core.operations import (
    ACCESS_KINDS,
    MOVING_KINDS,
    SUGGESTION_KINDS,
    Admit,
    Amend,
    Annotate,
    BulkDeselect,
    BulkSelect,
    ChangeMember,
    ClearAll,
    CreateGroup,
    Decide,
    DeleteGroup,
    Describe,
    Deselect,
    EndOrganization,
    Expel,
    ExportList,
    JoinTeam,
    LookIn,
    OfferOwnership,
    Operation,
    Origin,
    PurgeGroup,
    RecordOperation,
    RestoreGroup,
    Select,
    SetGrant,
    SetTeam,
    Suggest,
    TakeBack,
    TakeOwnership,
    UpdateGroup,
    Withdraw,
    of_no_list,
)
from sertantai.core.rights import Level, Right, Role
from sertantai.core.state import OwnerState, weight_bytes
from sertantai.core.weight import growth_bytes, notes_gone_through, records_named, written_bytes
from sertantai.engine.engine import Engine
from sertantai.lists.undo import compensation, find_undoable, undoable
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from sertantai.sealing.sealer import Sealer
from sertantai.sync.postgres_store import PostgresStore
from tests.postgres.audit.conftest import ADD_USER, Person, add_organization, add_person

AUDITED = "SELECT DISTINCT action FROM selection_audit_log WHERE operation_id = $1"
SUMMED_UP = "SELECT count(*) FROM selection_operations WHERE operation_id = $1"
TICKED = pack(bitmap([1, 2]))
NEW = pack(bitmap([2, 3]))
SUGGESTED = OperationId(UUID(int=72))
OTHER, TEAM = UUID(int=70), TeamId(UUID(int=71))


class Example(NamedTuple):
    """What a list must have met before, and what the operation then says of it."""

    before: Callable[[Person], Awaitable[GroupId]]
    fields: Mapping[str, Any] = MappingProxyType({})


async def a_list(person: Person) -> GroupId:
    """Two laws, one of them with a note."""
    await person.bulk_select(1, 2)
    await person.note(1, "mine")
    return person.group


async def another_list(person: Person) -> GroupId:
    group = await person.make_list("Another")
    await person.do(Amend, group, add=TICKED, remove=pack(bitmap([])), annotations={1: {"note": "kept"}})
    return group


async def a_deleted_list(person: Person) -> GroupId:
    group = await another_list(person)
    await person.do(DeleteGroup, group)
    return group


async def no_list(_person: Person) -> GroupId:
    return GroupId(new_id())


async def an_organization(office: Person) -> GroupId:
    """With the one who founded it."""
    founder, nowhere = office.actor, of_no_list(office.id)
    fields = {"member": founder, "role": Role.OWNER, "name": "Founder", "given_by": founder, "way": "founder"}
    await office.do(Admit, nowhere, **fields)
    return nowhere


async def as_itself(office: Person) -> GroupId:
    nowhere = await an_organization(office)
    office.actor = UserId(office.id)
    return nowhere


async def with_a_member(office: Person) -> GroupId:
    """Who is in a team."""
    nowhere = await an_organization(office)
    await office.do(SetTeam, nowhere, team=TEAM, name="Sites")
    other = {"member": UserId(OTHER), "role": Role.MEMBER, "name": "Other", "given_by": office.actor}
    await office.do(Admit, nowhere, teams=(TEAM,), **other)
    return nowhere


async def with_a_list(office: Person) -> GroupId:
    await with_a_member(office)
    return await office.make_list("Shared")


async def with_a_grant(office: Person) -> GroupId:
    """Of two lists to a member, who may decide what others are, and of one to the founder, who has less."""
    await with_a_member(office)
    for group, level in ((await office.make_list("Shared"), Level.MANAGE), (office.group, Level.VIEW)):
        await office.do(SetGrant, group, grantee=OTHER, level=level)
    await office.do(SetGrant, office.group, grantee=office.actor, level=Level.EDIT)
    await office.do(ChangeMember, of_no_list(office.id), member=UserId(OTHER), deny=(Right.EXPORT,))
    return of_no_list(office.id)


async def with_somebody_gone(office: Person) -> GroupId:
    """Whose lists the founder manages since."""
    nowhere = await with_a_grant(office)
    hands = dict.fromkeys((await office.engine.state(office.id)).groups, office.actor)
    await office.do(Expel, nowhere, member=UserId(OTHER), hands=hands)
    return nowhere


async def with_a_suggestion(office: Person) -> GroupId:
    """To tick 2 and 3, and to untick 1, which has a note."""
    group = await with_a_list(office)
    await office.do(
        Amend, group, add=pack(bitmap([1])), remove=pack(bitmap([])), annotations={1: {"note": "x"}}
    )
    suggested = office.operation(Suggest, group, add=NEW, remove=TICKED, reason="as at Leeds")
    await office.engine.perform(msgspec.structs.replace(suggested, id=SUGGESTED))
    return group


async def with_an_offer(office: Person) -> GroupId:
    nowhere = await with_a_member(office)
    await office.do(OfferOwnership, nowhere, member=UserId(OTHER))
    office.actor = UserId(OTHER)
    return nowhere


EXAMPLES: dict[type, Example] = {
    Select: Example(a_list, {"record": 3}),
    Deselect: Example(a_list, {"record": 1}),
    BulkSelect: Example(a_list, {"records": NEW}),
    BulkDeselect: Example(a_list, {"records": TICKED}),
    ClearAll: Example(a_list),
    Amend: Example(a_list, {"add": NEW, "remove": TICKED, "annotations": {3: {"note": "new"}}}),
    Annotate: Example(a_list, {"records": TICKED, "changes": {"note": "other", "tags": ["a"]}}),
    CreateGroup: Example(no_list, {"name": "New", "description": "of these days"}),
    UpdateGroup: Example(another_list, {"name": "Renamed", "metadata": {"colour": "red"}}),
    DeleteGroup: Example(another_list),
    RestoreGroup: Example(a_deleted_list, {"records": TICKED, "annotations": {1: {"note": "kept"}}}),
    PurgeGroup: Example(a_deleted_list),
    Admit: Example(an_organization, {"member": UserId(OTHER), "role": Role.VIEWER, "name": "Other"}),
    ChangeMember: Example(
        with_a_member, {"member": UserId(OTHER), "role": Role.ADMIN, "allow": (Right.LINK,)}
    ),
    Expel: Example(with_a_grant, {"member": UserId(OTHER)}),
    TakeBack: Example(with_somebody_gone, {"member": UserId(OTHER)}),
    OfferOwnership: Example(with_a_member, {"member": UserId(OTHER)}),
    TakeOwnership: Example(with_an_offer),
    SetTeam: Example(an_organization, {"team": TEAM, "name": "Sites"}),
    JoinTeam: Example(with_a_member, {"team": TEAM, "member": UserId(OTHER), "joined": False}),
    SetGrant: Example(with_a_list, {"grantee": OTHER, "level": Level.EDIT}),
    Suggest: Example(with_a_list, {"add": NEW, "remove": pack(bitmap([])), "reason": "as at Leeds"}),
    Decide: Example(with_a_suggestion, {"suggestion": SUGGESTED, "accepted": True, "records": TICKED}),
    Withdraw: Example(with_a_suggestion, {"suggestion": SUGGESTED}),
    Describe: Example(an_organization, {"name": "New", "slug": "new", "settings": {"four_eyes": True}}),
    LookIn: Example(
        as_itself, {"looker": UserId(OTHER), "name": "Other", "step": "opened", "reason": "Asked for"}
    ),
    ExportList: Example(with_a_list, {"version": Position(1), "laws": 3, "form": "csv"}),
    EndOrganization: Example(an_organization, {"ends_at": datetime(2030, 1, 1, tzinfo=UTC)}),
}
TOGETHER = MOVING_KINDS  # in `test_handing_over.py`
WITHOUT = [kind.__name__ for kind in get_args(Operation) if kind not in EXAMPLES.keys() | TOGETHER]


def test_no_kind_is_without_an_example() -> None:
    assert not WITHOUT, f"an example for each kind, please: {WITHOUT}"


async def test_every_kind_is_all_there(
    engine: Engine,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    clock: ManualClock,
    sealer: Sealer,
    tmp_path: Path,
) -> None:
    await superuser.execute(ADD_USER, OTHER, "other@example.org")
    for kind in EXAMPLES:
        if kind in ACCESS_KINDS | SUGGESTION_KINDS:
            person = await add_organization(superuser, engine, clock, kind.__name__.lower())
        else:
            person = await add_person(superuser, engine, clock, f"{kind.__name__}@example.org")
        try:
            operation = await is_all_there(kind, person, engine, database)
            words = [row["action"] for row in await superuser.fetch(AUDITED, operation.id)]
            assert words, "something was done, and the audit says nothing of it"
            assert set(words) <= set(audit_words.ALL)
            assert await superuser.fetchval(SUMMED_UP, operation.id) == 1
        except Exception as error:
            error.add_note(f"the kind is {kind.__name__}")
            raise
    assert (await verify(database)).clean
    await sealer.seal()
    sealed = await verify_seals(database, tmp_path, engine.journal.id)
    assert sealed.entries >= len(EXAMPLES)
    assert sealed.differences == []


async def is_all_there(
    kind: type[Operation], person: Person, engine: Engine, database: Database
) -> Operation:
    group = await EXAMPLES[kind].before(person)
    before = (await engine.hot_owner(person.id)).state
    fields = dict(EXAMPLES[kind].fields)
    if kind in (Admit, TakeBack):
        fields["given_by"] = person.actor
    if kind is TakeBack:
        assert before.access is not None
        fields["left"] = before.access.departed[UserId(OTHER)].position
    if kind is Expel:
        fields["hands"] = dict.fromkeys(before.groups, person.actor)
        fields["laws"] = dict.fromkeys(before.groups, HandedLaws(person.actor or UserId(OTHER), TICKED))
    operation = person.operation(kind, group, **fields)
    for weigh in (records_named, notes_gone_through, growth_bytes, written_bytes):
        assert weigh(operation, before) >= 0
    change = await engine.perform(operation)
    assert change.outcome is Outcome.APPLIED

    after = (await engine.hot_owner(person.id)).state
    await engine.flush()
    assert engine.status().sync.rejected == 0
    assert await stored(database, engine, person) == after
    # Some 600 bytes are what an empty bitmap and a name take.
    assert weight_bytes(after) - weight_bytes(before) <= max(0, growth_bytes(operation, before)) + 600
    if change.changed and isinstance(operation, RecordOperation):
        await is_undone(Effects(engine, PostgresEffects(database)), person, operation, before)
    return operation


async def stored(database: Database, engine: Engine, person: Person) -> OwnerState:
    snapshot = await PostgresStore(database).load([person.id], engine.journal.id)
    return snapshot.states[person.id]


async def is_undone(effects: Effects, person: Person, operation: Operation, before: OwnerState) -> None:
    """From memory and from the audit alike, and all of it."""
    engine = effects.engine
    hot = await engine.hot_owner(person.id)
    known = hot.find(operation.id, operation.group)
    assert known is not None
    await engine.release(person.id, 5)
    hot = await engine.hot_owner(person.id)
    group = hot.state.groups[operation.group]
    found = await find_undoable(effects, hot, group, operation.id, UserId(person.id))
    assert found == undoable(known)
    origin = Origin(UserId(person.id), source="undo")
    id, at = OperationId(new_id()), person.clock.now()
    await engine.perform(compensation(found, group, person.id, id=id, at=at, origin=origin))
    now = (await engine.hot_owner(person.id)).state.groups[operation.group]
    then = before.groups[operation.group]
    assert (now.records, dict(now.annotations)) == (then.records, dict(then.annotations))
