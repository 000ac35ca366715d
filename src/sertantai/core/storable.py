"""What people write can be kept only if every part of the way can hold it.

PostgreSQL takes no NUL in texts and JSON; numbers beyond 2⁵³ come back from JSON as other numbers. What is
refused here is refused before it is acknowledged; later there would be nobody to tell.
"""

from typing import Any, Final

import msgspec

from sertantai.core.errors import InvalidInput

NUMBER_MAX: Final = 2.0**53
DEPTH_MAX: Final = 8


def require_storable(value: Any, field: str, *, bytes_max: int) -> None:
    """Raise `InvalidInput` for a JSON value that cannot be kept as it is, or is larger than ``bytes_max``."""
    _require_parts(value, field, DEPTH_MAX)
    if len(msgspec.json.encode(value)) > bytes_max:
        raise InvalidInput(f"{field}: at most {bytes_max:,} bytes.", field=field)


def _require_parts(value: Any, field: str, depth: int) -> None:
    if isinstance(value, str):
        if not is_storable_text(value):
            raise InvalidInput(f"{field}: it has a character that cannot be kept.", field=field)
    elif isinstance(value, int | float):
        if not is_storable_number(value):
            raise InvalidInput(f"{field}: a number is too large.", field=field)
    elif isinstance(value, dict | list | tuple):
        if depth == 0:
            raise InvalidInput(f"{field}: nested more than {DEPTH_MAX} deep.", field=field)
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        for part in parts:
            _require_parts(part, field, depth - 1)


def is_storable_text(text: str) -> bool:
    """No NUL, and no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def is_storable_number(number: float) -> bool:
    """Whole or not, but exact: no infinity, and within 2⁵³."""
    return -NUMBER_MAX <= number <= NUMBER_MAX
