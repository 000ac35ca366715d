"""What is taken can be kept: PostgreSQL and JSON give it back as it was."""

import json
import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import OperationId, RecordNo, new_id
from sertantai.core.operations import Operation, Origin, Select
from sertantai.core.storable import require_storable, require_storable_operation
from tests.unit.core.strategies import AT, DEFAULT, OWNER

BYTES_MAX = 1_000


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
    origin = Origin(OWNER, "session", "192.0.2.1", user_agent)
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
    sys.setprofile(count)
    try:
        require_storable_operation(operation)
    finally:
        sys.setprofile(before)
    return calls
