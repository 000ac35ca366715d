"""Who people were when they did something: by the history of the organization, and by the sealed log.

Names are those that the organization's own history had for a member then. The log keeps no address, only
what an address can be held against (`accounts.people_told`): so today's is told of whoever had it then
already, and of others it is said that they had another.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sertantai.core.audit_words import ADMIT, CHANGE_MEMBER
from sertantai.core.email_keys import email_key
from sertantai.core.sealing.canonical import free_text
from sertantai.core.sealing.commitments import commitment, salt_of
from sertantai.postgres import Connection, Record
from sertantai.reporting import sql
from sertantai.reporting.sight import Sight
from sertantai.sealing.blinds import Class
from sertantai.sealing.notices import Kind
from sertantai.sealing.sql import BLINDS

ADDRESS: Final = "email"
ANOTHER: Final = "another address then"
Decision = tuple[UUID | None, datetime]


class _Found(NamedTuple):
    """Newest first each, by person."""

    names: Mapping[UUID, list[Record]]
    told: Mapping[UUID, list[Record]]
    now: Mapping[UUID, str]
    keys: Mapping[tuple[UUID, int], bytes]


async def identities(sight: Sight, decisions: Iterable[Decision]) -> dict[Decision, str]:
    """Of each decision who its person was when it was made, as far as whoever asks may know: addresses are
    personal. Whoever is unknown is left out."""
    asked = {(person, at) for person, at in decisions if person is not None}
    people = sorted({person for person, _ in asked}, key=str)
    if not people or sight.owner is None:
        return {}

    async def read(connection: Connection) -> _Found:
        names = await connection.fetch(
            sql.NAMES_THEN, sight.owner, [ADMIT, CHANGE_MEMBER], [str(one) for one in people]
        )
        if not sight.personal:
            return _Found(_by_person(names), {}, {}, {})
        told = await connection.fetch(sql.TOLD_OF, str(Kind.PERSON), people, ADDRESS)
        now = await connection.fetch(sql.ADDRESSES, people)
        whose, months = [row["person"] for row in told], [_month(row["at"]) for row in told]
        keys = await connection.fetch(BLINDS, whose, months, [str(Class.IDENTITY)] * len(told))
        return _Found(
            _by_person(names),
            _by_person(told),
            {row["id"]: row["email"] for row in now},
            {(row["subject"], row["month"]): bytes(row["key"]) for row in keys},
        )

    found = await sight.auditing(read)
    return {one: text for one in asked if (text := _identity(found, *one))}


def _by_person(rows: Sequence[Record]) -> dict[UUID, list[Record]]:
    found: dict[UUID, list[Record]] = {}
    for row in rows:
        found.setdefault(row["person"], []).append(row)
    return found


def _identity(found: _Found, person: UUID, at: datetime) -> str:
    name = _last(found.names.get(person, ()), at)
    parts = [] if name is None else [str(name["name"])]
    told = _last(found.told.get(person, ()), at)
    if told is not None:
        address = _address(found, person, told)
        parts.append(address if not parts else f"({address})")
    return " ".join(parts)


def _last(rows: Iterable[Record], at: datetime) -> Record | None:
    return next((row for row in rows if row["at"] <= at), None)


def _address(found: _Found, person: UUID, told: Record) -> str:
    """Today's, if that is what was told of then."""
    now, key = found.now.get(person), found.keys.get((person, _month(told["at"])))
    if now is None or key is None:
        return ANOTHER
    text = free_text(email_key(now) or now)
    is_it = commitment(salt_of(key, ADDRESS, str(person)), ADDRESS, text) == told["email"]
    return now if is_it else ANOTHER


def _month(at: Any) -> int:
    month: int = at.year * 100 + at.month
    return month
