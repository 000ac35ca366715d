"""Laws that somebody answers for: handed on in the commit in which they go, and back in that of their return.

The operations are made when their turn comes, of what there is then, so that nothing that was assigned in
between is left out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from sertantai.core.access_state import Departure, HandedLaws, rights_in
from sertantai.core.bitmaps import pack
from sertantai.core.changes import Change, Outcome
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, UserId
from sertantai.core.notes import RESPONSIBLE
from sertantai.core.operations import Annotate, Expel, Operation, Origin, TakeBack, of_no_list
from sertantai.core.responsible import answered_by, handed_back, may_answer
from sertantai.core.rights import Right
from sertantai.core.state import GroupState, OwnerState
from sertantai.engine.engine import Engine
from sertantai.engine.large_operations import beside
from sertantai.organizations.organizations import Organizations
from sertantai.process.new_ids import new_id

NOWHERE: Final = Position(0)
_Kind = TypeVar("_Kind", Annotate, Expel, TakeBack)


async def expel_and_hand_on(
    organizations: Organizations,
    engine: Engine,
    organization: OwnerId,
    by: Origin,
    member: UserId,
    hands: Mapping[GroupId, UserId],
    new: Mapping[GroupId, UserId],
    at: datetime,
) -> None:
    """``new``: by list who answers from then on for what the member answered for there. Raises `CannotAnswer`
    for who may not read it."""
    await organizations.require_able_owner(_operation(Expel, by, organization, at, member=member))

    async def make(states: Sequence[OwnerState]) -> Sequence[Operation]:
        laws: dict[GroupId, HandedLaws] = {}
        for id, person in new.items():
            group = _living(states[0], id)
            if group is None:
                continue
            theirs = await beside(len(group.annotations), answered_by, group.annotations, member)
            if theirs := theirs & group.records:
                laws[id] = HandedLaws(person, pack(theirs))
        said = [_says(by, organization, at, id, one.records, one.person) for id, one in laws.items()]
        expel = _operation(Expel, by, organization, at, member=member, hands=dict(hands), laws=laws)
        # Who goes says nothing any more once they are gone; who gets lists may read them by then.
        return [expel, *said] if by.actor == organization else [*said, expel]

    await engine.together([organization] * (len(new) + 1), by.actor, make)


async def take_back_with_laws(
    engine: Engine,
    organization: OwnerId,
    by: Origin,
    person: UserId,
    went: Departure,
    given_by: UserId,
    at: datetime,
) -> Change:
    """What whoever got it still answers for is theirs again, in lists that they may read again, and in which
    whoever acts may say so."""

    async def make(states: Sequence[OwnerState]) -> Sequence[Operation]:
        back = _operation(
            TakeBack, by, organization, at, member=person, left=went.position, given_by=given_by
        )
        after, change = fold(states[0], NOWHERE, back)
        if change.outcome is not Outcome.APPLIED:
            return [back]  # it says why
        said: list[Operation] = []
        for id, handed in went.laws.items():
            group = _living(after, id)
            if group is None or not _may_be_said(after, by, group, person):
                continue
            if laws := await beside(len(group.annotations), handed_back, group, handed):
                said.append(_says(by, organization, at, id, pack(laws), person))
        return [back, *said]

    return (await engine.together([organization] * (len(went.laws) + 1), by.actor, make))[0]


def laws_back(state: OwnerState, went: Departure) -> dict[GroupId, int]:
    """How many laws of each list they would answer for again."""
    found = {}
    for id, handed in went.laws.items():
        group = _living(state, id)
        if group is not None and (laws := handed_back(group, handed)):
            found[id] = len(laws)
    return found


def _may_be_said(state: OwnerState, by: Origin, group: GroupState, person: UserId) -> bool:
    access = state.access
    if access is None or not may_answer(access, group.access, person):
        return False
    return by.actor == state.owner or Right.REVIEW in rights_in(access, by.actor, group.access)


def _says(
    by: Origin, organization: OwnerId, at: datetime, group: GroupId, records: bytes, person: UserId
) -> Operation:
    changes = {RESPONSIBLE: str(person)}
    return _operation(Annotate, by, organization, at, group, records=records, changes=changes)


def _operation(
    kind: type[_Kind],
    by: Origin,
    organization: OwnerId,
    at: datetime,
    group: GroupId | None = None,
    **fields: Any,
) -> _Kind:
    id, place = OperationId(new_id()), group or of_no_list(organization)
    return kind(id=id, owner=organization, group=place, at=at, origin=by, **fields)


def _living(state: OwnerState, id: GroupId) -> GroupState | None:
    group = state.groups.get(id)
    return None if group is None or group.deleted else group
