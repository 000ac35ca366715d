"""What the database has of an organization's rights, held against what its trail leads to. Pure.

Rows are compared as they are, and not as what could be made of them: one that nobody can read differs, too.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sertantai.audit.differing import Differing, Said, differences
from sertantai.core.access_state import AccessState, Departure, Grant, Member
from sertantai.core.ids import GroupId, OwnerId, Position, TeamId, UserId
from sertantai.core.lasting.retention import Period
from sertantai.core.sharing.open_looks import is_look
from sertantai.core.state import GroupState, OwnerState
from sertantai.postgres import Record
from sertantai.sync.departures import kept_of


def members_differing(access: AccessState, rows: Sequence[Record]) -> Iterator[Differing]:
    rebuilt = {id: _of_member(member) for id, member in access.members.items()}
    stored = {UserId(row["user_id"]): _of_row(row) for row in rows}
    for person, what in differences(rebuilt, stored):
        yield Differing(person, what)


def former_members_differing(access: AccessState, rows: Sequence[Record]) -> Iterator[Differing]:
    """``rows``: of whom something is kept, for who takes them back."""
    rebuilt = {(one.position, id): _of_departure(one) for id, one in access.departed.items()}
    stored = {(Position(row["position"]), UserId(row["user_id"])): _of_former(row) for row in rows}
    for (position, person), what in differences(rebuilt, stored):
        yield Differing(person, what, position)


def teams_differing(access: AccessState, rows: Sequence[Record]) -> Iterator[Differing]:
    """Who is in them is said of each member."""
    rebuilt = {id: {"name": name} for id, name in access.teams.items()}
    stored = {TeamId(row["id"]): {"name": row["name"]} for row in rows}
    for team, what in differences(rebuilt, stored):
        yield Differing(UserId(team), what)


def grants_differing(access: AccessState, rows: Sequence[Record]) -> Iterator[Differing]:
    rebuilt = {
        (group, UserId(grantee)): _of_grant(grant)
        for group, granted in access.grants.items()
        for grantee, grant in granted.items()
    }
    stored = {(GroupId(row["group_id"]), UserId(row["grantee_id"])): _of_granted(row) for row in rows}
    for (group, grantee), what in differences(rebuilt, stored):
        found = rebuilt.get((group, grantee)) or stored[group, grantee]
        yield Differing(grantee, f"list {group}: {what}", found["position"])


def lists_differing(state: OwnerState, rows: Sequence[Record]) -> Iterator[Differing]:
    """In what says who may do what with them."""
    rebuilt = {id: _of_list(group) for id, group in state.groups.items()}
    stored = {GroupId(row["id"]): {name: row[name] for name in _OF_LIST} for row in rows}
    for group, what in differences(rebuilt, stored):
        yield Differing(UserId(state.owner), f"list {group}: {what}")


def organization_differing(
    owner: OwnerId, access: AccessState, rows: Sequence[Record]
) -> Iterator[Differing]:
    """What it is called, as far as the trail says that, its settings, to whom ownership is offered, and when
    it ends. Which looks into it are open stands in its settings, too, and gives nobody a right."""
    own: dict[str, Any] = {"offered_to": access.offered, "ends_at": access.ends_at}
    own |= {name: said for name in ("name", "slug") if (said := getattr(access, name))}
    rebuilt = {owner: own | _of_settings(access.settings)}
    stored = {row["id"]: {name: row[name] for name in own} | _of_settings(row["metadata"]) for row in rows}
    for _, what in differences(rebuilt, stored):
        yield Differing(UserId(owner), what)


def retention_differing(owner: OwnerId, access: AccessState, rows: Sequence[Record]) -> Iterator[Differing]:
    """Of how long the trail is kept, as it says itself."""
    own = access.retention
    rebuilt = [] if own is None else [_of_period(one) for one in (own.now, own.next) if one is not None]
    stored = [_of_policy(row) for row in rows]
    if rebuilt != stored:
        said = f"the history says {_in_words(rebuilt)}; the database {_in_words(stored)}"
        yield Differing(UserId(owner), said)


def _of_settings(settings: Said) -> dict[str, Any]:
    return {f"settings.{name}": value for name, value in settings.items() if not is_look(name)}


def _of_member(member: Member) -> Said:
    return {
        "role": member.role.value,
        "suspended": member.suspended,
        "allow": sorted(member.allow),
        "deny": sorted(member.deny),
        "teams": sorted(member.teams),
    }


def _of_row(row: Record) -> Said:
    permissions: Said = row["permissions"]
    said = {name: sorted(permissions.get(name, ())) for name in ("allow", "deny")}
    own = {"role": row["role"], "suspended": row["suspended"], "teams": sorted(row["teams"])}
    return {**own, **said}


def _of_grant(grant: Grant) -> Said:
    own = {"level": grant.level.word, "granted_by": grant.by, "granted_at": grant.at}
    return {**own, "ends_at": grant.ends_at, "position": grant.position}


def _of_granted(row: Record) -> Said:
    return {name: row[name] for name in ("level", "granted_by", "granted_at", "ends_at", "position")}


_OF_LIST = ("restricted", "made_by", "four_eyes")


def _of_list(group: GroupState) -> Said:
    return {name: getattr(group, name) for name in _OF_LIST}


def _of_departure(went: Departure) -> Said:
    return {
        "role": went.member.role.value,
        "name": went.member.name,
        "joined_at": went.member.joined_at,
        "left_at": went.at,
        "removed_by": went.by,
        **kept_of(went),
    }


def _of_former(row: Record) -> Said:
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
