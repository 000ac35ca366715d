"""What is journalled today is read for ever, and what is not an operation is refused as such."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.operations import Annotate, Operation, action_of, decode, encode
from sertantai.core.stored_state import decode_state, encode_state
from tests.unit.core.strategies import histories, operations, state_after


@given(operation=operations)
def test_an_operation_is_read_as_it_was_written(operation: Operation) -> None:
    assert decode(encode(operation)) == operation


@given(operation=operations)
def test_its_bytes_begin_with_what_it_is(operation: Operation) -> None:
    assert msgspec.msgpack.decode(encode(operation))[0] == action_of(operation)


@given(history=histories)
def test_a_state_is_read_as_it_was_written(history: list[Operation]) -> None:
    state = state_after(history)
    assert decode_state(encode_state(state)) == state


@given(body=st.binary(max_size=200))
def test_nonsense_is_a_decode_error_and_nothing_else(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(body)


@given(operation=operations, data=st.data())
def test_damaged_bytes_are_a_decode_error_or_another_operation(
    operation: Operation, data: st.DataObject
) -> None:
    body = bytearray(encode(operation))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(body)))
    with contextlib.suppress(msgspec.DecodeError):
        decode(bytes(body[:end]))


@given(history=histories, data=st.data())
def test_a_damaged_state_is_a_decode_or_value_error(history: list[Operation], data: st.DataObject) -> None:
    body = bytearray(encode_state(state_after(history)))
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(msgspec.DecodeError, ValueError):
        decode_state(bytes(body))


def test_a_journal_written_before_a_field_was_added_stays_readable() -> None:
    """Fields are only ever appended with a default: a shorter array is an older operation."""
    owner = b"\x01" * 16
    older = msgspec.msgpack.encode(
        [
            "create_group",
            owner,
            owner,
            owner,
            msgspec.msgpack.decode(msgspec.msgpack.encode(_at())),
            [owner],
            "a",
        ]
    )
    read = decode(older)
    assert action_of(read) == "create_group"


def test_a_note_written_before_anything_was_expected_of_what_stands_there_stays_readable() -> None:
    owner, at = b"\x01" * 16, msgspec.msgpack.decode(msgspec.msgpack.encode(_at()))
    older = msgspec.msgpack.encode(["annotate", owner, owner, owner, at, [owner], b"", {"note": "old"}])
    read = decode(older)
    assert isinstance(read, Annotate)
    assert (read.changes, read.expected) == ({"note": "old"}, {})


def _at() -> object:
    from tests.unit.core.strategies import AT

    return AT
