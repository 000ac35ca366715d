"""What is taken can be kept: PostgreSQL and JSON give it back as it was."""

import gc
import json
import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import OperationId, RecordNo, UserId
from sertantai.core.operations import Amend, Annotate, CreateGroup, Operation, Origin, Select, UpdateGroup
from sertantai.core.storable import (
    DEPTH_MAX,
    NAME_BYTES_MAX,
    NUMBER_MAX,
    require_storable,
    require_storable_operation,
)
from sertantai.process.new_ids import new_id
from tests.unit.core.strategies import AT, DEFAULT, OWNER

BYTES_MAX = 1_000
NO_RECORDS = pack(bitmap(()))


@pytest.mark.parametrize(
    "value", [None, True, "ü 💚", "", 0, -1.5, 2**53, {"a": ["b", {"c": 1}]}, (), {"colour": "blue"}]
)
def test_ordinary_values_are_taken(value: Any) -> None:
    require_storable(value, "metadata", bytes_max=BYTES_MAX)


@pytest.mark.parametrize(
    "value",
    [
        "a\0b",
        "\ud800",
        {"a\0": 1},
        ["x", {"y": "\0"}],
        1e308,
        10**400,
        -(2**60),
        float("inf"),
        float("nan"),
        [[[[[[[[[1]]]]]]]]],
        "x" * 1_001,
    ],
)
def test_what_could_not_be_kept_is_refused_with_its_field(value: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        require_storable(value, "metadata", bytes_max=BYTES_MAX)
    assert refusal.value.field == "metadata"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_whatever_is_taken_is_json_that_comes_back_the_same(value: Any) -> None:
    try:
        require_storable(value, "metadata", bytes_max=BYTES_MAX)
    except InvalidInput:
        return
    text = json.dumps(value)
    assert "\\u0000" not in text
    assert json.loads(text) == value


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_a_tick_is_looked_at_in_no_more_steps_for_a_longer_user_agent(letter: str) -> None:
    """Letter by letter in Python it took a third of all that the event loop does for a tick."""
    short, long = (tick_of(letter * length) for length in (1, 400))
    assert calls_made_for(long) == calls_made_for(short) < 50
    assert calls_made_for(long) < 10, "whoever ticks again is known"


def tick_of(user_agent: str) -> Operation:
    origin = Origin(UserId(OWNER), "session", "192.0.2.1", user_agent)
    return Select(
        id=OperationId(new_id()), owner=OWNER, group=DEFAULT, at=AT, origin=origin, record=RecordNo(1)
    )


def calls_made_for(operation: Operation) -> int:
    """How many functions are entered or resumed: a measure that no busy machine changes."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    gc.disable()  # whoever is told of collections would be counted
    sys.setprofile(count)
    try:
        require_storable_operation(operation)
    finally:
        sys.setprofile(before)
        gc.enable()
    return calls


def by_anna(**given: Any) -> dict[str, Any]:
    return {
        "id": OperationId(new_id()),
        "owner": OWNER,
        "group": DEFAULT,
        "at": AT,
        "origin": Origin(UserId(OWNER)),
        **given,
    }


def ticking(**given: Any) -> Operation:
    return Select(record=RecordNo(1), **by_anna(**given))


def noting(changes: dict[str, Any]) -> Operation:
    return Annotate(records=NO_RECORDS, changes=changes, **by_anna())


def amending(**notes: dict[int, dict[str, Any]]) -> Operation:
    return Amend(add=NO_RECORDS, remove=NO_RECORDS, **by_anna(**notes))


def named(name: str, **given: Any) -> Operation:
    return CreateGroup(name=name, **given, **by_anna())


@pytest.mark.parametrize(
    "operation",
    [
        named("n" * NAME_BYTES_MAX),
        named("Leeds", description="ü", metadata={"colour": "blue"}),
        UpdateGroup(**by_anna()),
        noting({"note": "one\ntwo", "rank": 1.5}),
        amending(annotations={2**60: {"note": "kept"}}, annotate={1: {"note": None}}),
        tick_of("ü"),
        ticking(origin=Origin(UserId(OWNER), None, "2001:db8::1")),
    ],
)
def test_an_ordinary_operation_is_taken(operation: Operation) -> None:
    require_storable_operation(operation)


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        (named(""), "name"),
        (named("ü" * (NAME_BYTES_MAX // 2) + "n"), "name"),
        (UpdateGroup(name="", **by_anna()), "name"),
        (named("a\0"), "name"),
        (named("n", description="a\0"), "description"),
        (named("n", metadata={"a": "\0"}), "metadata"),
        (noting({"note": "\ud800"}), "changes"),
        (amending(annotations={1: {"note": "\0"}}), "annotations"),
        (amending(annotate={1: {"rank": 2**60}}), "annotate"),
        (tick_of("a\0"), "user_agent"),
        (tick_of("ü\ud800"), "user_agent"),
        (ticking(origin=Origin(UserId(OWNER), "a\0")), "session"),
        (ticking(origin=Origin(UserId(OWNER), None, "here")), "ip"),
        (ticking(origin=Origin(UserId(OWNER), None, "fe80::1%eth0")), "ip"),
        (ticking(at=AT.replace(tzinfo=None)), "at"),
    ],
)
def test_an_operation_that_could_not_be_kept_is_refused_with_its_field(
    operation: Operation, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        require_storable_operation(operation)
    assert refusal.value.field == field


def test_what_is_nested_has_a_bound_and_a_number_has_one() -> None:
    nested: Any = 0
    for _ in range(DEPTH_MAX):
        nested = [nested]
    require_storable(nested, "metadata", bytes_max=BYTES_MAX)
    require_storable([NUMBER_MAX, -NUMBER_MAX], "metadata", bytes_max=BYTES_MAX)
    for value in ([nested], 2 * NUMBER_MAX, -NUMBER_MAX - 2):
        with pytest.raises(InvalidInput) as refused:
            require_storable(value, "metadata", bytes_max=BYTES_MAX)
        assert refused.value.field == "metadata"
