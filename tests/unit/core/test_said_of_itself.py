"""What a list said of itself before and says since: no field of it changes untold."""

from typing import Any

from sertantai.core.changes import Change
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, OperationId, Position, UserId
from sertantai.core.operations import EXCEPTION_PREFIX, CreateGroup, Operation, Origin, UpdateGroup
from sertantai.core.state import GroupState, said_of_itself
from sertantai.core.weight import written_bytes
from sertantai.process.new_ids import new_id
from sertantai.sync.audit_metadata import metadata_of, metadata_of_list
from tests.unit.core.organization import DEFAULT, OWNER, Organization
from tests.unit.core.strategies import AT, new_state
from tests.unit.core.strategies import DEFAULT as MINE
from tests.unit.core.strategies import OWNER as ME

WASTE, WATER = {"family": ["WASTE"]}, {"family": ["WATER"], "year_from": 1990}


class Told:
    """One list of a person, changed again and again."""

    def __init__(self) -> None:
        self.state, self.position = new_state(), 0

    def do(self, kind: type[Operation], **fields: Any) -> Change:
        self.position += 1
        operation = kind(
            id=OperationId(new_id()),
            owner=ME,
            group=fields.pop("group", MINE),
            at=AT,
            origin=Origin(UserId(ME)),
            **fields,
        )
        self.state, change = fold(self.state, Position(self.position), operation)
        return change

    def said(self, **fields: Any) -> Any:
        return metadata_of_list(self.do(UpdateGroup, **fields))


def test_each_field_that_changes_is_told_with_what_it_said_before() -> None:
    told = Told()
    assert told.said(metadata={"filter": WASTE, "colour": "red"}) == {
        "changes": {"filter": WASTE, "colour": "red"},
        "before": {"filter": None, "colour": None},
    }
    said = told.said(name="Leeds", description="All sites", metadata={"filter": WATER, "colour": "red"})
    assert said == {
        "name": "Leeds",
        "changes": {"name": "Leeds", "description": "All sites", "filter": WATER},
        "before": {"name": "default", "description": None, "filter": WASTE},
    }
    assert told.said(description="", metadata={"filter": None, "frozen": True}) == {
        "changes": {"description": None, "filter": None, "frozen": True},
        "before": {"description": "All sites", "filter": WATER, "frozen": None},
    }


def test_no_setting_is_untold_because_nobody_thought_of_it() -> None:
    """Whatever stands in the metadata some day is told, unless it has words of its own."""
    assert Told().said(metadata={"some_day": [1]})["changes"] == {"some_day": [1]}


def test_laws_against_the_filter_are_told_as_they_were() -> None:
    said = Told().said(metadata={f"{EXCEPTION_PREFIX}7": [True, str(ME), AT.isoformat()]})
    assert said == {"exceptions": 1}


def test_a_new_list_says_what_it_began_with() -> None:
    change = Told().do(
        CreateGroup,
        group=GroupId(new_id()),
        name="New",
        description="Of these days",
        metadata={"filter": WASTE},
    )
    said = metadata_of(change.operation)
    assert said == {"name": "New", "changes": {"description": "Of these days", "filter": WASTE}}


def test_who_sees_an_organizations_list_is_told_with_what_held_before() -> None:
    house = Organization()
    change = house.do(OWNER, UpdateGroup, DEFAULT, restricted=True, four_eyes=True)
    assert change.was == {"restricted": False, "four_eyes": False}
    assert change.group is not None
    assert said_of_itself(change.group)["restricted"] is True


def test_what_stood_before_counts_for_what_postgresql_gets() -> None:
    told = Told()
    told.do(UpdateGroup, description="x" * 1_000, metadata={"filter": WASTE})
    operation = told.do(UpdateGroup, description="y").operation
    before = told.state.with_group(GroupState(MINE, "default", AT, AT, "x" * 1_000, is_default=True))
    assert written_bytes(operation, before) >= 1_000
