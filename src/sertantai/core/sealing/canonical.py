"""One way to write a value, for who seals it and for who checks it.

RFC 8785 (JCS), limited to strings, null, booleans, arrays, objects with ASCII keys, and whole numbers below
2^53: of these msgspec writes the very bytes that the RFC asks for. Whatever else people may have written
(numbers with fractions, keys in any script) never stands in an entry as it is, but as `free_text`.
"""

from decimal import Decimal
from typing import Any, Final

import msgspec

NUMBER_END: Final = 1 << 53
_encode = msgspec.json.Encoder(order="sorted").encode


def canonical(value: Any) -> bytes:
    """``value`` as bytes. Raises `ValueError` for what has no form here, and says where it stands."""
    _require(value, "")
    return _encode(value)


def _require(value: Any, where: str) -> None:
    if value is None or value is True or value is False or type(value) is str:
        return
    if type(value) is int:
        if not -NUMBER_END < value < NUMBER_END:
            raise ValueError(f"{where or 'the value'}: the number is too large")
    elif type(value) is dict:
        for key, one in value.items():
            if type(key) is not str or not key.isascii():
                raise ValueError(f"{where}/{key}: the key is not ASCII text")
            _require(one, f"{where}/{key}")
    elif type(value) in (list, tuple):
        for number, one in enumerate(value):
            _require(one, f"{where}/{number}")
    else:
        raise ValueError(f"{where or 'the value'}: {type(value).__name__} has no form here")


def free_text(value: Any) -> str:
    """Any JSON as text that is the same before and after PostgreSQL kept it as ``jsonb``: keys in the order
    of their characters, numbers as digits and exponent, however they were written (1e2, 100.0 and 100 are
    one). Raises `ValueError` for what is no number."""
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts)


def _write(value: Any, parts: list[str]) -> None:
    if isinstance(value, dict):
        parts.append("{")
        for number, key in enumerate(sorted(value)):
            parts.append("," if number else "")
            parts.append(_text(key))
            parts.append(":")
            _write(value[key], parts)
        parts.append("}")
    elif isinstance(value, list | tuple):
        parts.append("[")
        for number, one in enumerate(value):
            parts.append("," if number else "")
            _write(one, parts)
        parts.append("]")
    elif isinstance(value, str):
        parts.append(_text(value))
    elif value is None or isinstance(value, bool):
        parts.append({None: "null", True: "true", False: "false"}[value])
    else:
        parts.append(_number(value))


def _text(text: str) -> str:
    return _encode(text).decode()


def _number(value: int | float | Decimal) -> str:
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{value} is no number")  # noqa: TRY004 - it is of the right type
    written = "".join(map(str, digits)).lstrip("0")
    shown = written.rstrip("0")
    if not shown:
        return "0"
    exponent += len(written) - len(shown)
    return f"{'-' if sign else ''}{shown}" + (f"e{exponent}" if exponent else "")
