"""What a list is called where its name is taken: free, and no longer than a name may be."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from sertantai.core.access_state import AccessState
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.core.state import GroupState, OwnerState
from sertantai.lists.between.handing_over import _name_there
from sertantai.lists.groups import NAME_CHARACTERS_MAX, fitting_name

ANN, WORKS = OwnerId(UUID(int=1)), OwnerId(UUID(int=2))
NOW = datetime(2026, 11, 28, tzinfo=UTC)
NAME_BYTES_MAX = 1_000
"""What the table holds."""


def called(*names: str, owner: OwnerId = ANN) -> OwnerState:
    groups = [
        GroupState(GroupId(UUID(int=number)), name, NOW, NOW) for number, name in enumerate(names, start=10)
    ]
    return OwnerState(owner, {group.id: group for group in groups})


@pytest.mark.parametrize("letter", ["a", "é", "😀"])
@pytest.mark.parametrize("characters", [1, NAME_CHARACTERS_MAX - 3, NAME_CHARACTERS_MAX])
def test_however_often_a_name_is_taken_the_next_one_fits(letter: str, characters: int) -> None:
    names = [letter * characters]
    for _ in range(30):
        found = fitting_name(called(*names), names[-1])
        assert found not in names
        assert len(found) <= NAME_CHARACTERS_MAX
        names.append(found)


def test_a_name_that_is_free_stays_as_it_is() -> None:
    longest = "x" * NAME_CHARACTERS_MAX
    assert fitting_name(called("Alpha"), longest) == longest
    assert fitting_name(called("Alpha"), "Alpha") == "Alpha (2)"
    assert fitting_name(called("Alpha"), "Alpha", " (Works)") == "Alpha (Works)"


@pytest.mark.parametrize("whose", ["Works", "W" * 200, "😀" * 200])
@pytest.mark.parametrize("name", ["Alpha", "A" * NAME_CHARACTERS_MAX, "😀" * NAME_CHARACTERS_MAX])
def test_a_list_that_goes_where_its_name_is_taken_says_whose_it_was(whose: str, name: str) -> None:
    giver = called(name, owner=WORKS)
    giver = giver.with_access(AccessState(founder=UserId(ANN), name=whose, slug="works"))
    receiver = called(name)
    for _ in range(3):
        found = _name_there(next(iter(giver.groups.values())), giver, receiver)
        assert len(found) <= NAME_CHARACTERS_MAX
        assert len(found.encode()) <= NAME_BYTES_MAX
        assert f" ({whose[:5]}" in found
        assert found not in {group.name for group in receiver.groups.values()}
        another = msgspec.structs.replace(
            next(iter(giver.groups.values())), id=GroupId(UUID(int=len(receiver.groups) + 100)), name=found
        )
        receiver = receiver.with_group(another)
