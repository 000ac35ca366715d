"""What can be set for an organization, what each setting may be, and how it is told what is set elsewhere."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from sertantai.core.access_state import AccessState
from sertantai.core.clock import Clock
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import OperationId, OwnerId, UserId
from sertantai.core.lasting.retention import AS_THE_SITE, RETENTION_MONTHS_MAX, RETENTION_MONTHS_MIN
from sertantai.core.operations import Describe, Origin, of_no_list
from sertantai.core.sharing.removal_reasons import ASK, NEVER, REMOVAL_REASONS, REQUIRE
from sertantai.core.sharing.who_is_here import HIDDEN, PRESENCE, SHOWN
from sertantai.core.storable import require_storable
from sertantai.engine.engine import Engine
from sertantai.process.new_ids import new_id

SETTINGS_BYTES_MAX: Final = 16 * 1024
NEW_LISTS: Final = "new_lists"
AUDIT_RETENTION: Final = "audit_retention_months"
SETTINGS: Final = {
    NEW_LISTS: ("open", "restricted"),
    REMOVAL_REASONS: (NEVER, ASK, REQUIRE),
    PRESENCE: (SHOWN, HIDDEN),
}
"""What each may be; ``new_lists``: who sees a list that nothing was said of when it was made;
``removal_reasons``: whether whoever removes laws is asked why; ``presence``: whether members see who of them
is here. Beside them there is `AUDIT_RETENTION`, in months."""


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


def comes_restricted(access: AccessState | None, said: bool | None = None) -> bool:
    """Whether a list that comes to be is restricted: as is ``said`` of it, else as the organization has set.

    The one place that decides it, however the list comes to be; a person's (``access`` None) never is.
    """
    if access is None:
        return False
    return access.settings.get(NEW_LISTS) == "restricted" if said is None else said


class WaysSaid:
    """Says in an organization's own log what was done to what stands in tables: provider, domains,
    abbreviations, invitations.

    It is said within the transaction that does it, before that ends: so nothing of it is done untold. Where
    the process ends in between, the log tells of what was not done.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def say(
        self,
        by: Origin | None,
        organization: OwnerId,
        name: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        *,
        is_kept: bool = True,
    ) -> None:
        """``by`` None: it is done by itself; ``before`` and ``after`` None: there was, or is, none. Not
        ``is_kept``: it is told of, and stands in no setting. Raises as `Engine.perform`: then nothing may be
        done."""
        by = by or Origin(UserId(organization), source="system")
        now = self._clock.now()
        said = None if after is None else {"by": str(by.actor), "at": now.isoformat(), **after}
        operation = Describe(
            id=OperationId(new_id()),
            owner=organization,
            group=of_no_list(organization),
            at=now,
            origin=by,
            settings={name: said} if is_kept else {},
            told=None if is_kept else {name: said},
            before={name: None if before is None else dict(before)},
        )
        await self._engine.perform(operation)
