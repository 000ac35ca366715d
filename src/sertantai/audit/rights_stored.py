"""What the database has of an organization's rights, held against what its trail leads to. Pure.

Rows are compared as they are, and not as what could be made of them: one that nobody can read differs, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sertantai.core.access_state import AccessState, Departure, Member
from sertantai.core.ids import OwnerId, Position, UserId
from sertantai.core.lasting.retention import Period
from sertantai.postgres import Record
from sertantai.sync.departures import kept_of

MISSING = "not in the database"
UNFOUNDED = "in the database only"
_Said = Mapping[str, Any]


class Differing(NamedTuple):
    """``what``: the names of what differs, or which side has nothing. ``position``: where they left."""

    who: UserId
    what: str
    position: Position = Position(0)


def members_differing(access: AccessState, rows: Sequence[Record]) -> Iterator[Differing]:
    rebuilt = {id: _of_member(member) for id, member in access.members.items()}
    stored = {UserId(row["user_id"]): _of_row(row) for row in rows}
    for person in sorted(rebuilt.keys() | stored.keys(), key=str):
        if what := _difference(rebuilt.get(person), stored.get(person)):
            yield Differing(person, what)


def former_members_differing(access: AccessState, rows: Sequence[Record]) -> Iterator[Differing]:
    """``rows``: of whom something is kept, for who takes them back."""
    rebuilt = {(one.position, id): _of_departure(one) for id, one in access.departed.items()}
    stored = {(Position(row["position"]), UserId(row["user_id"])): _of_former(row) for row in rows}
    for position, person in sorted(rebuilt.keys() | stored.keys(), key=str):
        if what := _difference(rebuilt.get((position, person)), stored.get((position, person))):
            yield Differing(person, what, position)


def retention_differing(owner: OwnerId, access: AccessState, rows: Sequence[Record]) -> Iterator[Differing]:
    """Of how long the trail is kept, as it says itself."""
    own = access.retention
    rebuilt = [] if own is None else [_of_period(one) for one in (own.now, own.next) if one is not None]
    stored = [_of_policy(row) for row in rows]
    if rebuilt != stored:
        said = f"the history says {_in_words(rebuilt)}; the database {_in_words(stored)}"
        yield Differing(UserId(owner), said)


def _difference(rebuilt: _Said | None, stored: _Said | None) -> str:
    if stored is None:
        return MISSING
    if rebuilt is None:
        return UNFOUNDED
    names = sorted(rebuilt.keys() | stored.keys())
    return ", ".join(name for name in names if rebuilt.get(name) != stored.get(name))


def _of_member(member: Member) -> _Said:
    return {
        "role": member.role.value,
        "suspended": member.suspended,
        "allow": sorted(member.allow),
        "deny": sorted(member.deny),
    }


def _of_row(row: Record) -> _Said:
    permissions: _Said = row["permissions"]
    said = {name: sorted(permissions.get(name, ())) for name in ("allow", "deny")}
    return {"role": row["role"], "suspended": row["suspended"], **said}


def _of_departure(went: Departure) -> _Said:
    return {
        "role": went.member.role.value,
        "name": went.member.name,
        "joined_at": went.member.joined_at,
        "left_at": went.at,
        "removed_by": went.by,
        **kept_of(went),
    }


def _of_former(row: Record) -> _Said:
    kept = row["kept"] if isinstance(row["kept"], dict) else {}
    return {**kept, **{name: row[name] for name in ("role", "name", "joined_at", "left_at", "removed_by")}}


def _of_period(period: Period) -> tuple[object, ...]:
    return period.months, period.in_force_from, period.asked_at, period.by


def _of_policy(row: Record) -> tuple[object, ...]:
    return row["keep_months"], row["in_force_from"], row["set_at"], row["set_by"]


def _in_words(periods: list[tuple[Any, ...]]) -> str:
    if not periods:
        return "as the site's"
    said = (
        f"{f'{months} months' if months else 'as the site'} from {begins:%Y-%m-%d %H:%M:%S}, "
        f"asked for on {at:%Y-%m-%d %H:%M:%S} by {by}"
        for months, begins, at, by in periods
    )
    return " then ".join(said)
