"""Set algebra of lists: an expression of names and operators, and the set that it stands for. Pure."""

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from typing import Any, Final, Literal, TypeAlias

import msgspec
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput

Operator = Literal["union", "intersection", "difference", "symmetric_difference"]

DEPTH_MAX: Final = 16
OPERANDS_MAX: Final = 200
"""Operands in a whole expression."""


class Combination(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``of`` are names of lists or further combinations. A difference is the first without all the others;
    a symmetric difference is what an odd number of them hold (of two: what only one of them holds)."""

    op: Operator
    of: list[Any]


Expression: TypeAlias = "str | Combination"

_OPERATIONS: Final[dict[str, Callable[[BitMap, BitMap], BitMap]]] = {
    "union": lambda one, other: one | other,
    "intersection": lambda one, other: one & other,
    "difference": lambda one, other: one - other,
    "symmetric_difference": lambda one, other: one ^ other,
}


def parse_expression(given: Any) -> Expression:
    """The expression that a JSON value states. Raises `InvalidInput`."""
    expression = _parse(given, 1)
    operands = list(names(expression))
    if len(operands) > OPERANDS_MAX:
        raise InvalidInput(f"expression: at most {OPERANDS_MAX} lists.", field="expression")
    return expression


def _parse(given: Any, depth: int) -> Expression:
    if isinstance(given, str):
        return given
    if depth > DEPTH_MAX:
        raise InvalidInput(f"expression: nested more than {DEPTH_MAX} deep.", field="expression")
    try:
        found = msgspec.convert(given, Combination)
    except msgspec.ValidationError as error:
        raise InvalidInput(
            f"expression: a list, or an object with op and of, is expected ({error}).", field="expression"
        ) from None
    if not found.of:
        raise InvalidInput("expression: of names no list.", field="expression")
    return Combination(found.op, [_parse(operand, depth + 1) for operand in found.of])


def names(expression: Expression) -> Iterator[str]:
    """Every name in the expression, repeated ones repeated."""
    if isinstance(expression, str):
        yield expression
        return
    for operand in expression.of:
        yield from names(operand)


def evaluate(expression: Expression, sets: Mapping[str, BitMap]) -> BitMap:
    """The set; ``sets`` has one for each of `names`. A new set: no operand is changed."""
    if isinstance(expression, str):
        return BitMap(sets[expression])
    operation = _OPERATIONS[expression.op]
    return reduce(operation, (evaluate(operand, sets) for operand in expression.of))


class Comparison(msgspec.Struct, frozen=True):
    """Two sets side by side; the three parts are disjoint and make up both."""

    only_first: BitMap
    both: BitMap
    only_second: BitMap


def compare(first: BitMap, second: BitMap) -> Comparison:
    return Comparison(first - second, first & second, second - first)
