"""What people write can be kept only if every part of the way can hold it.

PostgreSQL takes no NUL in texts and JSON; numbers beyond 2⁵³ come back from JSON as other numbers. What is
refused here is refused before it is acknowledged; later there would be nobody to tell.
"""

from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.core.operations import COMMON_FIELDS, Deselect, Operation, Select

NUMBER_MAX: Final = 2.0**53
DEPTH_MAX: Final = 8
BY_RECORD: Final = frozenset({"annotations", "annotate"})
"""Fields whose outermost level is by record."""
ORIGINS_KNOWN: Final = 1_024
"""Whoever ticks comes from the same browser and address again and again."""
NAME_BYTES_MAX: Final = 900
"""What the table takes, less what is added to the name of a deleted list."""


def require_storable_operation(operation: Operation) -> None:
    """Raise `InvalidInput` for an operation that PostgreSQL could never take, whoever made it.

    The ways in have looked at what people write already; this holds for what comes on any other way. A note
    that is refused here never was acknowledged; later it would be set aside, with nobody to tell.
    """
    origin = operation.origin
    _require_provenance(origin.session, origin.user_agent, origin.ip)
    if operation.at.tzinfo is None:
        require_storable_time(operation.at, "at")
    if type(operation) is Select:
        return
    if type(operation) is Deselect:
        if operation.reason is not None:
            _require_parts(operation.reason, "reason", 1)
        return
    for field in operation.__struct_fields__[COMMON_FIELDS:]:
        value = getattr(operation, field)
        if value:
            for part in value.values() if field in BY_RECORD else (value,):
                _require_parts(part, field, DEPTH_MAX + 1)
    name = getattr(operation, "name", None)
    if name is not None and not 0 < len(name.encode()) <= NAME_BYTES_MAX:
        raise InvalidInput(f"name: 1 to {NAME_BYTES_MAX} bytes.", field="name")


@lru_cache(ORIGINS_KNOWN)
def _require_provenance(session: str | None, user_agent: str | None, ip: str | None) -> None:
    """Asked with every tick, and by the same people again and again; what is refused is not remembered."""
    if session is not None and not is_storable_text(session):
        raise InvalidInput("session: it has a character that cannot be saved.", field="session")
    if user_agent is not None and not is_storable_text(user_agent):
        raise InvalidInput("user_agent: it has a character that cannot be saved.", field="user_agent")
    if ip is not None and not is_storable_address(ip):
        raise InvalidInput("ip: it is not an address that can be saved.", field="ip")


def is_storable_address(text: str) -> bool:
    """One address without a zone: what PostgreSQL's ``inet`` takes, and nothing that only Python does."""
    try:
        return "%" not in text and str(ip_address(text)) != ""
    except ValueError:
        return False


def require_storable_time(at: datetime, field: str) -> None:
    """PostgreSQL's timestamps end later than Python's, but a time without a zone is no point in time."""
    if at.tzinfo is None:
        raise InvalidInput(f"{field}: a time without a zone cannot be saved.", field=field)


def require_storable(value: Any, field: str, *, bytes_max: int) -> None:
    """Raise `InvalidInput` for a JSON value that cannot be kept as it is, or is larger than ``bytes_max``."""
    _require_parts(value, field, DEPTH_MAX)
    if len(msgspec.json.encode(value)) > bytes_max:
        raise InvalidInput(f"{field}: at most {bytes_max:,} bytes.", field=field)


def _require_parts(value: Any, field: str, depth: int) -> None:
    if isinstance(value, str):
        if not is_storable_text(value):
            raise InvalidInput(f"{field}: it has a character that cannot be saved.", field=field)
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
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_storable_number(number: float) -> bool:
    """Whole or not, but exact: no infinity, and within 2⁵³."""
    return -NUMBER_MAX <= number <= NUMBER_MAX
