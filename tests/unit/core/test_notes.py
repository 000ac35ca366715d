"""An owner's bytes are what is really there, and are kept without being counted anew."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.fold import fold
from sertantai.core.ids import Position
from sertantai.core.notes import Notes, notes_bytes, text_bytes
from sertantai.core.operations import Amend, Annotate, BulkDeselect, Operation
from sertantai.core.state import OwnerState, weight_bytes
from sertantai.core.stored_state import decode_state, encode_state
from tests.unit.core.strategies import DEFAULT, histories, new_state, state_after
from tests.unit.core.test_fold import common

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
values = st.one_of(st.none(), st.integers(-5, 5), st.floats(0, 9), texts, st.lists(texts, max_size=3))
annotated = st.dictionaries(st.integers(1, 8), st.dictionaries(st.sampled_from("abc"), values), max_size=8)
some = st.sets(st.integers(1, 8), max_size=8).map(bitmap).map(pack)
written: st.SearchStrategy[Operation] = st.one_of(
    st.builds(
        lambda add, notes: Amend(add=add, remove=pack(bitmap(())), annotations=notes, **common()),
        some,
        annotated,
    ),
    st.builds(
        lambda notes: Amend(add=pack(bitmap(())), remove=pack(bitmap(())), annotate=notes, **common()),
        annotated,
    ),
    st.builds(
        lambda n, changes: Annotate(records=n, changes=changes, **common()),
        some,
        st.dictionaries(st.sampled_from("abc"), values),
    ),
    st.builds(lambda n: BulkDeselect(records=n, **common()), some),
)


def counted_anew(state: OwnerState) -> dict[Any, int]:
    return {id: notes_bytes(dict(group.annotations)) for id, group in state.groups.items()}


def kept(state: OwnerState) -> dict[Any, int]:
    return {id: notes_bytes(group.annotations) for id, group in state.groups.items()}


@given(history=histories)
def test_the_bytes_that_are_kept_are_those_that_are_there(history: list[Operation]) -> None:
    state = state_after(history)
    assert kept(state) == counted_anew(state)
    assert kept(decode_state(encode_state(state))) == kept(state)


@given(history=st.lists(written, max_size=10))
def test_they_are_so_whatever_is_written(history: list[Operation]) -> None:
    state = new_state()
    for position, operation in enumerate(history, 1):
        state, _ = fold(state, Position(position), operation)
        assert kept(state) == counted_anew(state)


@given(text=texts)
def test_a_text_counts_at_least_what_it_takes_anywhere(text: str) -> None:
    """In the journal, in PostgreSQL, and in memory, where one wide character widens all of them."""
    widest = max(map(ord, text), default=0)
    width = 1 if widest < 0x100 else 2 if widest < 0x10000 else 4
    assert text_bytes(text) >= max(len(text.encode()), width * len(text))
    assert text_bytes({"note": text}) + 8 >= len(msgspec.msgpack.encode({"note": text}))


@pytest.mark.parametrize(("text", "least"), [("x" * 10_000, 10_000), ("x" * 9_999 + "\U0001f600", 40_000)])
def test_an_owner_weighs_what_was_written(text: str, least: int) -> None:
    empty = new_state()
    operation = Amend(add=pack(bitmap(range(100))), remove=pack(bitmap(())), **common())
    noted = msgspec.structs.replace(operation, annotations={number: {"note": text} for number in range(100)})
    state, _ = fold(empty, Position(1), noted)
    assert weight_bytes(state) > weight_bytes(empty) + 100 * least
    assert isinstance(state.groups[DEFAULT].annotations, Notes)
