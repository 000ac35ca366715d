"""What moves a list: the same however often it is folded, and nothing of what stays behind."""

from uuid import UUID

from sertantai.core.bitmaps import bitmap
from sertantai.core.changes import Outcome
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, OwnerId, Position, UserId
from sertantai.core.links import LINK_PREFIX
from sertantai.core.notes import Notes, Settings
from sertantai.core.operations import Origin
from sertantai.core.sharing.hand_over_steps import moved
from sertantai.core.state import GroupState, OwnerState
from tests.unit.core.strategies import AT, DEFAULT, OWNER, new_state

OTHER = OwnerId(UUID(int=2))
LIST = GroupId(UUID(int=30))
LINKED = f"{LINK_PREFIX}{UUID(int=31)}"


def at_both() -> tuple[OwnerState, OwnerState]:
    group = GroupState(
        LIST,
        "Site",
        AT,
        AT,
        version=Position(7),
        metadata=Settings({"colour": "red", LINKED: [1, 2, 3, 4, 5]}),
        records=bitmap([1, 2]),
        annotations=Notes({2: {"note": "mine", "rank": 1}}),
    )
    there = OwnerState(OTHER, {DEFAULT: new_state().groups[DEFAULT]})
    return new_state().with_group(group), there


def test_folded_again_both_are_what_they_were() -> None:
    giver, receiver = at_both()
    origin = Origin(UserId(OTHER))
    taken, given = moved(
        giver, receiver, giver.groups[LIST], name="Site", at=AT, origin=origin, with_history=True
    )
    once, change = fold(receiver, Position(8), taken)
    assert change.outcome is Outcome.APPLIED
    assert set(change.added) == {1, 2}
    again, _ = fold(once, Position(8), taken)
    assert again == once
    left, change = fold(giver, Position(9), given)
    assert (change.outcome, change.group) == (Outcome.APPLIED, None)
    assert LIST not in left.groups
    assert fold(left, Position(9), given)[1].outcome is Outcome.GROUP_GONE
    there = once.groups[LIST]
    assert (there.came_from, there.came_at, there.version) == (OWNER, 8, 8)
    assert dict(there.annotations) == {2: {"note": "mine", "rank": 1}}
    assert there.metadata["colour"] == "red"
    assert LINKED not in there.metadata, "links do not go along"


def test_nobody_hands_a_list_to_a_person_but_that_person() -> None:
    giver, receiver = at_both()
    taken, _ = moved(
        giver,
        receiver,
        giver.groups[LIST],
        name="Site",
        at=AT,
        origin=Origin(UserId(OWNER)),
        with_history=True,
    )
    after, change = fold(receiver, Position(8), taken)
    assert (after, change.outcome) == (receiver, Outcome.FORBIDDEN)
