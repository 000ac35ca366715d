"""What is taken can be kept: PostgreSQL and JSON give it back as it was."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.errors import InvalidInput
from sertantai.core.storable import require_storable

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
