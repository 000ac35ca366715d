"""What can be set for an organization, and what each setting may be."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.core.lasting.retention import AS_THE_SITE, RETENTION_MONTHS_MAX, RETENTION_MONTHS_MIN
from sertantai.core.storable import require_storable

SETTINGS_BYTES_MAX: Final = 16 * 1024
NEW_LISTS: Final = "new_lists"
AUDIT_RETENTION: Final = "audit_retention_months"
SETTINGS: Final = {NEW_LISTS: ("open", "restricted")}
"""What each may be; ``new_lists``: who sees a list that nothing was said of when it was made. Beside them
there is `AUDIT_RETENTION`, in months."""


class ParsedSettings(msgspec.Struct, frozen=True):
    """``retention_months`` None: nothing was said of it."""

    settings: dict[str, Any]
    retention_months: int | None


def parsed_settings(settings: Mapping[str, Any]) -> ParsedSettings:
    """What is asked to be set; a setting of None is taken away. Raises `InvalidInput`."""
    unknown = settings.keys() - SETTINGS.keys() - {AUDIT_RETENTION}
    if unknown:
        raise InvalidInput(
            f"settings: {min(unknown)[:40]!r} is not a setting of an organisation.", field="settings"
        )
    require_storable(dict(settings), "settings", bytes_max=SETTINGS_BYTES_MAX)
    plain = {name: value for name, value in settings.items() if name != AUDIT_RETENTION}
    for setting, value in plain.items():
        if value is not None and value not in SETTINGS[setting]:
            raise InvalidInput(f"settings: {setting} is {' or '.join(SETTINGS[setting])}.", field="settings")
    if AUDIT_RETENTION not in settings:
        return ParsedSettings(plain, None)
    return ParsedSettings(plain, retention_months(settings[AUDIT_RETENTION]))


def retention_months(value: Any) -> int:
    """Whole months; None and 0: as the site's. Raises `InvalidInput`."""
    months = AS_THE_SITE if value is None else value
    fits = type(months) is int and (
        months == AS_THE_SITE or RETENTION_MONTHS_MIN <= months <= RETENTION_MONTHS_MAX
    )
    if not fits:
        raise InvalidInput(
            f"{AUDIT_RETENTION}: {RETENTION_MONTHS_MIN} to {RETENTION_MONTHS_MAX:,} whole months; 0: as the "
            "site's.",
            field=AUDIT_RETENTION,
        )
    return int(months)
