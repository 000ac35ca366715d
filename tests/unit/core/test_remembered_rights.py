"""What was asked before of somebody's rights is answered from memory, and never of another moment or list."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from sertantai.core import access_state
from sertantai.core.access_state import AccessState, ListAccess, answers_bytes, rights_in
from sertantai.core.ids import GroupId, UserId
from sertantai.core.operations import ChangeMember, EndOrganization, Expel, Operation, SetGrant
from sertantai.core.rights import NONE, Level, Right, Role
from sertantai.core.stored_state import decode_state, encode_state
from tests.unit.core.organization import ADMIN, AT, DEFAULT, MEMBER, OWNER, STRANGER, VIEWER, Organization

SECRET = ListAccess(GroupId(UUID(int=55)), restricted=True, made_by=None)


def again(person: UserId) -> UserId:
    """The same person as another request names them."""
    return UserId(UUID(int=person.int))


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Expel, {"member": MEMBER}),
        (ChangeMember, {"member": MEMBER, "role": Role.VIEWER}),
        (ChangeMember, {"member": MEMBER, "suspended": True}),
        (ChangeMember, {"member": MEMBER, "deny": (Right.TICK,)}),
        (EndOrganization, {"ends_at": AT}),
    ],
)
def test_what_ends_a_right_ends_what_is_remembered_of_it(
    kind: type[Operation], fields: dict[str, Any]
) -> None:
    house = Organization()
    list_ = house.state.groups[DEFAULT].access
    for _ in range(2):
        assert Right.TICK in rights_in(house.access, again(MEMBER), list_)
    house.do(OWNER, kind, **fields)
    for _ in range(2):
        assert Right.TICK not in rights_in(house.access, again(MEMBER), list_)


def test_each_answer_is_of_its_person_and_of_the_list_as_it_is() -> None:
    access = Organization().access
    lists = [
        ListAccess(id, restricted, made_by, four_eyes)
        for id in (DEFAULT, SECRET.id)
        for restricted in (False, True)
        for made_by in (None, MEMBER, ADMIN)
        for four_eyes in (False, True)
    ]
    asked = [(person, one) for person in (OWNER, ADMIN, MEMBER, VIEWER, STRANGER) for one in lists]
    first = [rights_in(msgspec.structs.replace(access), person, one) for person, one in asked]
    for _ in range(2):
        assert [rights_in(access, person, one) for person, one in asked] == first
    assert len(set(first)) > 6


def test_what_ends_with_its_time_is_asked_each_time() -> None:
    house = Organization()
    secret, ends = house.make_list(ADMIN, "Secret", restricted=True), AT + timedelta(days=1)
    house.do(ADMIN, SetGrant, secret, grantee=MEMBER, level=Level.EDIT, ends_at=ends)
    list_ = house.state.groups[secret].access
    for _ in range(2):
        assert Right.TICK in rights_in(house.access, MEMBER, list_, AT)
        assert rights_in(house.access, MEMBER, list_, ends) == NONE
        assert Right.TICK in rights_in(house.access, MEMBER, list_), "the fold knows no time"


def test_what_is_remembered_is_bounded_and_none_of_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_state, "ANSWERS_MAX", 10)
    house = Organization()
    before, stored = house.access, encode_state(house.state)
    for _ in range(50):
        rights_in(before, MEMBER, ListAccess(GroupId(uuid4()), restricted=False, made_by=None))
        rights_in(before, UserId(uuid4()), SECRET)
    assert 0 < len(before.answers) <= 10
    assert answers_bytes(before) >= 400 * len(before.answers)
    assert encode_state(house.state) == stored
    again = decode_state(stored).access
    assert isinstance(again, AccessState)
    assert again == before
    assert not again.answers
    assert not msgspec.structs.replace(before, name="Other").answers
