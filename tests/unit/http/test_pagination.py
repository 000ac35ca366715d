"""Cursors come back as they were given out, or are refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.cursors import decode_cursor, encode_cursor
from sertantai.core.errors import InvalidInput
from sertantai.http.pagination import parse_limit

values = st.one_of(
    st.text(max_size=50), st.integers(-(2**63), 2**63), st.floats(allow_nan=False), st.none(), st.booleans()
)


@given(st.lists(values, max_size=4), st.text(max_size=20))
def test_a_cursor_states_its_position_again(position: list[str | int | float | None], kind: str) -> None:
    assert decode_cursor(encode_cursor(kind, position), kind) == tuple(position)


@given(st.text(max_size=200))
def test_anything_else_is_refused_naming_the_field(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decode_cursor(text, "records")
    assert refused.value.field == "cursor"


def test_a_cursor_of_another_filter_is_refused() -> None:
    with pytest.raises(InvalidInput, match="another filter"):
        decode_cursor(encode_cursor("records|title", ["a"]), "records|year")


@pytest.mark.parametrize(("text", "limit"), [(None, 50), ("", 50), ("1", 1), ("500", 500), (7, 7)])
def test_a_limit_within_bounds_is_taken(text: str | int | None, limit: int) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize("text", ["0", "-1", "501", "x", "1.5", "9" * 5_000])
def test_a_limit_out_of_bounds_is_refused_naming_the_field(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_limit(text)
    assert refused.value.field == "limit"
