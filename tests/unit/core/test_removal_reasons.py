"""Why laws are removed: said with whatever removes them, and required where an organization says so."""

from typing import Any

import msgspec
import pytest

from sertantai.core.bitmaps import EMPTY, bitmap, pack
from sertantai.core.changes import Outcome
from sertantai.core.errors import InvalidInput
from sertantai.core.fold import fold
from sertantai.core.ids import OperationId, Position, RecordNo, UserId
from sertantai.core.operations import (
    Amend,
    BulkDeselect,
    ClearAll,
    Decide,
    DeleteGroup,
    Describe,
    Deselect,
    Operation,
    Origin,
    Select,
    Suggest,
    decode,
    encode,
    of_no_list,
    reason_of,
)
from sertantai.core.sharing.removal_reasons import ASK, REMOVAL_REASONS, REQUIRE
from sertantai.core.storable import require_storable_operation
from tests.unit.core.organization import ADMIN, DEFAULT, HOUSE, OWNER, VIEWER, Organization
from tests.unit.core.strategies import AT

NOTHING = pack(EMPTY)
ONE = pack(bitmap([1]))
REMOVALS: list[tuple[type[Operation], dict[str, Any]]] = [
    (Deselect, {"record": RecordNo(1)}),
    (BulkDeselect, {"records": ONE}),
    (ClearAll, {}),
    (Amend, {"add": NOTHING, "remove": ONE}),
]


def house_that(says: str | None) -> Organization:
    house = Organization()
    house.do(OWNER, Amend, DEFAULT, add=pack(bitmap([1, 2])), remove=NOTHING)
    change = house.do(OWNER, Describe, settings={REMOVAL_REASONS: says})
    assert change.outcome in (Outcome.APPLIED, Outcome.UNCHANGED)
    return house


@pytest.mark.parametrize(("kind", "fields"), REMOVALS, ids=lambda one: getattr(one, "__name__", ""))
def test_where_a_reason_is_required_nothing_goes_without(
    kind: type[Operation], fields: dict[str, Any]
) -> None:
    house = house_that(REQUIRE)
    change = house.do(OWNER, kind, DEFAULT, **fields)
    assert change.outcome is Outcome.REASON_NEEDED
    assert set(house.state.groups[DEFAULT].records) == {1, 2}
    assert house.outcome(OWNER, kind, DEFAULT, reason="Site closed", **fields) is Outcome.APPLIED
    assert house.outcome(VIEWER, kind, DEFAULT, **fields) is Outcome.FORBIDDEN, "that comes first"
    for says in (None, ASK):
        assert house_that(says).outcome(OWNER, kind, DEFAULT, **fields) is Outcome.APPLIED


def test_of_a_list_that_is_deleted_it_is_required_while_laws_are_in_it() -> None:
    house = house_that(REQUIRE)
    full, empty = house.make_list(OWNER, "Full"), house.make_list(OWNER, "Empty")
    house.do(OWNER, Select, full, record=RecordNo(1))
    assert house.outcome(OWNER, DeleteGroup, full) is Outcome.REASON_NEEDED
    assert house.outcome(OWNER, DeleteGroup, full, reason="Site closed") is Outcome.APPLIED
    assert house.outcome(OWNER, DeleteGroup, empty) is Outcome.APPLIED


def test_nothing_is_asked_of_what_removes_nothing_or_says_why_otherwise() -> None:
    house = house_that(REQUIRE)
    assert house.outcome(OWNER, Select, DEFAULT, record=RecordNo(3)) is Outcome.APPLIED
    assert house.outcome(OWNER, Deselect, DEFAULT, record=RecordNo(9)) is Outcome.UNCHANGED
    undoes = OperationId(of_no_list(HOUSE))
    undone = {"add": NOTHING, "remove": ONE, "undoes": undoes}
    assert house.outcome(OWNER, Amend, DEFAULT, **undone) is Outcome.APPLIED
    assert house.outcome(UserId(HOUSE), BulkDeselect, DEFAULT, records=ONE) is not Outcome.REASON_NEEDED
    amend = house.operation(OWNER, Amend, DEFAULT, add=NOTHING, remove=ONE)
    by_filter = msgspec.structs.replace(amend, origin=Origin(OWNER, source="filter"))
    assert fold(house.state, Position(99), by_filter)[1].outcome is Outcome.APPLIED


def test_an_accepted_suggestion_removes_with_the_reason_that_it_or_the_decision_says() -> None:
    house = house_that(REQUIRE)
    made = house.do(OWNER, Suggest, DEFAULT, add=pack(bitmap([5])), remove=ONE, reason="")
    decided: dict[str, Any] = {"suggestion": made.operation.id, "accepted": True}
    assert house.outcome(ADMIN, Decide, DEFAULT, records=ONE, **decided) is Outcome.REASON_NEEDED
    with_reason = {**decided, "records": ONE, "reason": "Site closed"}
    assert house.outcome(ADMIN, Decide, DEFAULT, **with_reason) is Outcome.APPLIED
    assert house.outcome(ADMIN, Decide, DEFAULT, records=pack(bitmap([5])), **decided) is Outcome.APPLIED
    assert house.outcome(ADMIN, Decide, DEFAULT, records=ONE, **{**decided, "accepted": False}) is (
        Outcome.APPLIED
    )


OLDER: list[tuple[str, list[Any]]] = [
    ("deselect", [7]),
    ("bulk_deselect", [ONE, 4]),
    ("bulk_deselect", [ONE]),
    ("clear_all", [None]),
    ("clear_all", []),
    ("amend", [NOTHING, ONE]),
    ("amend", [NOTHING, ONE, None, {}, {}, [], None]),
    ("delete_group", []),
    ("decide_suggestion", [b"\x01" * 16, True, ONE, "word"]),
]


@pytest.mark.parametrize(("action", "own"), OLDER)
def test_what_was_journalled_before_anybody_said_why_stays_readable(action: str, own: list[Any]) -> None:
    owner, at = b"\x01" * 16, msgspec.msgpack.decode(msgspec.msgpack.encode(AT))
    read = decode(msgspec.msgpack.encode([action, owner, owner, owner, at, [owner], *own]))
    assert reason_of(read) is None
    assert decode(encode(read)) == read
    # And with one, all that was there before stands where it stood.
    told = msgspec.msgpack.decode(encode(msgspec.structs.replace(read, reason="Site closed")))
    assert told[6 : 6 + len(own)] == own
    assert "Site closed" in told[6 + len(own) :]


def test_a_reason_that_cannot_be_kept_is_refused_before_it_is_acknowledged() -> None:
    house = Organization()
    for kind, fields in REMOVALS:
        with pytest.raises(InvalidInput, match="reason"):
            require_storable_operation(house.operation(OWNER, kind, DEFAULT, reason="no\0", **fields))
