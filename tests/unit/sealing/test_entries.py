"""What is hashed: canonical JSON, commitments, entries."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.sealing.canonical import NUMBER_END, canonical, free_text
from sertantai.core.sealing.commitments import SALT_BYTES, commitment, committed, salt_of
from sertantai.core.sealing.entries import (
    BEFORE_ALL,
    ROWS_SHOWN_MAX,
    ChangeEntry,
    Link,
    NoticeEntry,
    Row,
    RowsRoot,
    change_bytes,
    microseconds,
    notice_bytes,
    row_bytes,
    rows_of,
    time_of,
)
from sertantai.core.sealing.tree import leaf_hash, root_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
WHOLE = st.integers(1 - NUMBER_END, NUMBER_END - 1)
KEYS = st.text(st.characters(max_codepoint=127))
VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
SOME = UUID("018bcfe5-6800-7abc-8def-0123456789ab")


@given(VALUES)
def test_canonical_is_what_rfc_8785_says(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_every_character_below_the_first_ten_thousand_is_written_as_the_rfc_has_it() -> None:
    text = "".join(map(chr, range(0x2800))) + "\ue000\ufeff\uffff\U0001f600\U0010ffff"
    assert canonical(text) == rfc8785.dumps(text)


def test_the_example_of_the_rfc() -> None:
    text = "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/"
    written = f'{{"string": "{text}", "literals": [null, true, false]}}'
    wanted = '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical(json.loads(written)).decode() == wanted


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (1.0, "the value"),
        (NUMBER_END, "the value"),
        (-NUMBER_END, "the value"),
        ({"a": [0, {"b": 0.5}]}, "/a/1/b"),
        ({"é": 1}, "/é"),
        ({1: 1}, "/1"),
        ([b"x"], "/0"),
        ([SOME], "/0"),
        ([datetime(2026, 1, 1, tzinfo=UTC)], "/0"),
        ([Decimal(1)], "/0"),
    ],
)
def test_what_has_no_canonical_form_is_refused_and_where_it_stands_is_said(value: Any, where: str) -> None:
    with pytest.raises(ValueError, match=where):
        canonical(value)


def test_a_text_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        canonical("\ud800")


@pytest.mark.parametrize(
    "same",
    [
        [100, 100.0, 1e2, Decimal("1E2"), Decimal("100.00")],
        [0, -0.0, 0.0, Decimal("0E5")],
        [0.1, Decimal("0.10"), Decimal("1E-1")],
        [{"a": 1, "b": [True, None]}, {"b": (True, None), "a": 1.0}],
    ],
)
def test_free_text_is_one_however_a_number_was_written(same: list[Any]) -> None:
    assert len({free_text(one) for one in same}) == 1


def test_free_text_tells_apart_what_differs() -> None:
    values: list[Any] = [
        1,
        "1",
        True,
        None,
        "null",
        [1],
        {"1": 1},
        10,
        0.1,
        -1,
        [],
        {},
        "",
        [[]],
        ["a", "b"],
        ["a,b"],
    ]
    assert len({free_text(one) for one in values}) == len(values)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("-Infinity")])
def test_what_is_no_number_has_no_text(value: Any) -> None:
    with pytest.raises(ValueError, match="no number"):
        free_text(value)


def test_a_commitment_has_the_form_of_rfc_9901() -> None:
    """Of its example the same three: salt, name, value, in this order, and no other. We hash the array
    itself, in canonical form, where the RFC hashes its base64url, as ours travels inside JSON already."""
    theirs = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    digest = base64.urlsafe_b64encode(sha256(theirs.encode()).digest()).rstrip(b"=")
    assert digest == b"X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    salt, field, value = json.loads(base64.urlsafe_b64decode(theirs + "=="))
    ours = f'["{salt}","{field}","{value}"]'.encode()
    assert commitment(salt, field, value) == sha256(ours).hexdigest()


def test_equal_values_have_other_commitments_for_other_people_fields_and_operations() -> None:
    one, another = bytes(32), bytes([1]) * 32
    made = {
        committed(key, field, subject, "192.0.2.1")
        for key in (one, another)
        for field in ("ip", "browser")
        for subject in ("a", "b")
    }
    assert len(made) == 8
    assert len(salt_of(one, "ip", "a")) == 2 * SALT_BYTES
    assert committed(one, "ip", "a", "x") == commitment(salt_of(one, "ip", "a"), "ip", "x")


def change(**other: Any) -> ChangeEntry:
    fields: dict[str, Any] = {
        "at": 1772355600123456,
        "by": SOME,
        "chain": (BEFORE_ALL, Link(90412, "ab" * 32)),
        "count": 812,
        "journal": SOME,
        "kind": "change",
        "list": SOME,
        "named": "cd" * 32,
        "op": SOME,
        "origin": None,
        "owner": SOME,
        "part": 0,
        "pos": 5120,
        "rows": rows_of([Row("select", 1234, "UK_uksi_2002_2677", None)]),
        "source": "hand",
        "undoes": None,
        "v": 1,
    }
    return ChangeEntry(**(fields | other))


@given(TEXTS, TEXTS)
def test_an_entry_is_written_as_the_rfc_has_it_whatever_text_it_holds(name: str, source: str) -> None:
    entry = change(
        rows=rows_of([Row("select", 1, name, "00"), Row("deselect", 0, source, None)]), source=source
    )
    assert change_bytes(entry) == rfc8785.dumps(json.loads(change_bytes(entry)))


@given(st.dictionaries(KEYS, VALUES, max_size=2))
def test_a_notice_too(body: dict[str, Any]) -> None:
    entry = NoticeEntry(1, body, None, SOME, "list", 3, "00", SOME, 1)
    assert notice_bytes(entry) == rfc8785.dumps(json.loads(notice_bytes(entry)))
    assert json.loads(notice_bytes(entry))["body"] == body


@pytest.mark.parametrize("value", [0.5, SOME, datetime(2026, 1, 1, tzinfo=UTC), b"x", Decimal(1)])
def test_a_notice_says_nothing_that_could_be_written_in_two_ways(value: Any) -> None:
    with pytest.raises(ValueError, match="/body/x"):
        notice_bytes(NoticeEntry(1, {"x": value}, None, SOME, "list", 3, "00", None, 1))


def test_few_rows_are_shown_and_many_are_a_tree_in_any_order() -> None:
    rows = [Row("select", number, f"law {number}", None) for number in range(ROWS_SHOWN_MAX + 1)]
    assert rows_of(rows[:-1][::-1]) == rows[:-1]
    root = root_of([leaf_hash(row_bytes(row)) for row in rows]).hex()
    assert rows_of(rows[::-1]) == RowsRoot(ROWS_SHOWN_MAX + 1, root)
    twice = [Row("select", 5, "a", None), Row("annotate", 5, "a", "00"), Row("annotate", 5, "a", None)]
    assert rows_of(twice) == rows_of(twice[::-1])


@pytest.mark.parametrize(
    "differs",
    [
        lambda: change(at=1),
        lambda: change(count=None),
        lambda: change(chain=(None, Link(1, ""))),
        lambda: change(part=1),
        lambda: change(rows=RowsRoot(17, "00")),
        lambda: change(rows=[]),
        lambda: change(undoes="x"),
    ],
)
def test_every_field_is_in_the_bytes(differs: Callable[[], ChangeEntry]) -> None:
    assert change_bytes(differs()) != change_bytes(change())
    assert list(ChangeEntry.__struct_fields__) == sorted(ChangeEntry.__struct_fields__)
    assert list(NoticeEntry.__struct_fields__) == sorted(NoticeEntry.__struct_fields__)
    assert list(RowsRoot.__struct_fields__) == sorted(RowsRoot.__struct_fields__)
    assert msgspec.json.decode(change_bytes(change()))["chain"][0] == [0, "00" * 32]


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - Hypothesis wants bounds without a zone
def test_a_time_keeps_its_microseconds(at: datetime) -> None:
    assert time_of(microseconds(at)) == at
    assert microseconds(at + timedelta(microseconds=1)) == microseconds(at) + 1
