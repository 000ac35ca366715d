import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.bitmaps import EMPTY, bitmap, numbers, pack, sent, unpack

sets = st.sets(st.integers(0, 2**32 - 1), max_size=60)


@given(records=sets)
def test_a_set_is_read_as_it_was_packed_and_listed_in_order(records: set[int]) -> None:
    assert set(unpack(pack(bitmap(records)))) == records
    assert numbers(bitmap(records)) == sorted(records)


@given(records=sets)
def test_a_set_is_read_as_a_database_sends_it(records: set[int]) -> None:
    assert set(sent(b"".join(number.to_bytes(4, "big") for number in records))) == records


@given(body=st.binary(max_size=100))
def test_other_bytes_are_a_value_error_or_a_set(body: bytes) -> None:
    with contextlib.suppress(ValueError):
        unpack(body)


@given(records=sets, size=st.integers(0, 40))
def test_a_cut_off_set_is_refused(records: set[int], size: int) -> None:
    packed = pack(bitmap(records))
    if size < len(packed):
        with pytest.raises(ValueError, match="itmap"):
            unpack(packed[:size])


def test_the_empty_set_is_shared_and_stays_empty() -> None:
    assert len(EMPTY | bitmap([1])) == 1
    assert len(EMPTY) == 0
