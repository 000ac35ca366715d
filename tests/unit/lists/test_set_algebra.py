"""Expressions of lists mean what set theory says, whatever they are made of."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput
from sertantai.lists.set_algebra import DEPTH_MAX, Combination, compare, evaluate, names, parse_expression

NAMES = ("a", "b", "c", "d")
record_sets = st.frozensets(st.integers(0, 60))
lists = st.fixed_dictionaries(dict.fromkeys(NAMES, record_sets))
operators = st.sampled_from(["union", "intersection", "difference", "symmetric_difference"])
expressions = st.recursive(
    st.sampled_from(NAMES),
    lambda inner: st.fixed_dictionaries({"op": operators, "of": st.lists(inner, min_size=1, max_size=4)}),
    max_leaves=12,
)


def holds(expression: Any, sets: dict[str, frozenset[int]], record: int) -> bool:
    """Membership, one record at a time: another way to say the same."""
    if isinstance(expression, str):
        return record in sets[expression]
    inside = [holds(operand, sets, record) for operand in expression["of"]]
    match expression["op"]:
        case "union":
            return any(inside)
        case "intersection":
            return all(inside)
        case "difference":
            return inside[0] and not any(inside[1:])
        case _:
            return sum(inside) % 2 == 1


def as_bitmaps(sets: dict[str, frozenset[int]]) -> dict[str, BitMap]:
    return {name: BitMap(records) for name, records in sets.items()}


@given(expressions, lists)
def test_an_expression_holds_the_records_that_its_words_say(
    expression: Any, sets: dict[str, frozenset[int]]
) -> None:
    found = evaluate(parse_expression(expression), as_bitmaps(sets))
    assert set(found) == {record for record in range(61) if holds(expression, sets, record)}


@given(expressions, lists)
def test_evaluating_changes_no_list(expression: Any, sets: dict[str, frozenset[int]]) -> None:
    bitmaps = as_bitmaps(sets)
    found = evaluate(parse_expression(expression), bitmaps)
    found.add(99)
    assert {name: frozenset(records) for name, records in bitmaps.items()} == sets


@given(record_sets, record_sets)
def test_a_comparison_parts_two_lists_without_rest(one: frozenset[int], other: frozenset[int]) -> None:
    parts = compare(BitMap(one), BitMap(other))
    assert set(parts.only_first | parts.both) == one
    assert set(parts.only_second | parts.both) == other
    assert not parts.only_first & parts.both
    assert not parts.only_first & parts.only_second
    assert not parts.both & parts.only_second


def test_names_are_found_at_every_depth() -> None:
    expression = parse_expression({"op": "union", "of": ["a", {"op": "difference", "of": ["b", "a"]}]})
    assert list(names(expression)) == ["a", "b", "a"]
    assert isinstance(expression, Combination)


def nested(depth: int) -> Any:
    return "a" if depth == 0 else {"op": "union", "of": [nested(depth - 1)]}


@pytest.mark.parametrize(
    "given_value",
    [
        7,
        None,
        ["a", "b"],
        {"op": "plus", "of": ["a"]},
        {"op": "union"},
        {"op": "union", "of": []},
        {"op": "union", "of": [1]},
        {"op": "union", "of": ["a"], "to": "b"},
        {"op": "union", "of": ["a"] * 201},
        nested(DEPTH_MAX + 1),
    ],
)
def test_what_is_no_expression_is_refused_by_name(given_value: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_expression(given_value)
    assert refusal.value.field == "expression"


def test_the_deepest_expression_allowed_is_taken() -> None:
    assert list(names(parse_expression(nested(DEPTH_MAX)))) == ["a"]
