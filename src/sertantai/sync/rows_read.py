"""What rows of lists say, once PostgreSQL has given them."""

from collections import defaultdict
from typing import NamedTuple
from uuid import UUID

from pyroaring import BitMap

from sertantai.core.access_state import AccessState, Departure, Grant, Member
from sertantai.core.bitmaps import EMPTY, bitmap
from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position, TeamId, UserId
from sertantai.core.lasting.retention import Period, Retention
from sertantai.core.notes import Notes, Settings
from sertantai.core.operations import Annotation
from sertantai.core.rights import LEVELS, Role
from sertantai.core.state import GroupState, OwnerState
from sertantai.core.suggestion import Suggestion
from sertantai.postgres import Record
from sertantai.sync.departures import departure_in, rights_in_words
from sertantai.sync.store import Watermark


class OrganizationRows(NamedTuple):
    """What it says of those of them that are organizations."""

    organizations: list[Record]
    members: list[Record]
    teams: list[Record]
    grants: list[Record]
    suggestions: list[Record]
    retention: list[Record]
    departed: list[Record]


class OwnerRows(NamedTuple):
    """What one snapshot says of some owners."""

    watermark: Watermark
    groups: list[Record]
    records: list[Record]
    annotations: list[Record]
    organizations: OrganizationRows | None = None


def not_ours(groups: list[Record], journal: JournalId) -> frozenset[OwnerId]:
    return frozenset(row["user_id"] for row in groups if row["is_default"] and row["journal_id"] != journal)


def states_in(
    groups: list[Record],
    records: list[Record],
    annotations: list[Record],
    organizations: OrganizationRows | None = None,
) -> dict[OwnerId, OwnerState]:
    sets: dict[tuple[OwnerId, str], BitMap] = {
        (row["user_id"], row["selection_group"]): bitmap(row["records"]) for row in records
    }
    notes: dict[tuple[OwnerId, str], dict[int, Annotation]] = defaultdict(dict)
    for row in annotations:
        notes[row["user_id"], row["selection_group"]][row["record_no"]] = row["metadata"]
    suggested = {} if organizations is None else suggestions_in(organizations)
    by_owner: dict[OwnerId, dict[GroupId, GroupState]] = defaultdict(dict)
    for row in groups:
        key = (row["user_id"], row["name"])
        by_owner[row["user_id"]][GroupId(row["id"])] = GroupState(
            GroupId(row["id"]),
            row["name"],
            row["created_at"],
            row["updated_at"],
            row["description"],
            row["is_default"],
            Position(row["version"]),
            Settings(row["metadata"]),
            sets.get(key, EMPTY),
            Notes(notes.get(key, {})),
            row["restricted"],
            row["made_by"],
            row["four_eyes"],
            suggested.get(row["id"], {}),
        )
    access = {} if organizations is None else access_in(organizations)
    return {owner: OwnerState(owner, lists, access.get(owner)) for owner, lists in by_owner.items()}


def suggestions_in(rows: OrganizationRows) -> dict[GroupId, dict[OperationId, Suggestion]]:
    """Those that wait in each list."""
    found: dict[GroupId, dict[OperationId, Suggestion]] = defaultdict(dict)
    for row in rows.suggestions:
        found[row["group_id"]][row["id"]] = Suggestion(
            row["suggested_by"],
            row["suggested_at"],
            Position(row["position"]),
            row["ticks"],
            row["unticks"],
            row["reason"],
        )
    return found


def access_in(rows: OrganizationRows) -> dict[OwnerId, AccessState]:
    """Who may do what in each organization."""
    members: dict[OwnerId, dict[UserId, Member]] = defaultdict(dict)
    for row in rows.members:
        members[row["organization_id"]][row["user_id"]] = Member(
            Role(row["role"]),
            row["name"],
            row["created_at"],
            Position(row["position"]),
            rights_in_words(row["permissions"], "allow"),
            rights_in_words(row["permissions"], "deny"),
            frozenset(map(TeamId, row["teams"])),
            row["suspended"],
        )
    teams: dict[OwnerId, dict[TeamId, str]] = defaultdict(dict)
    for row in rows.teams:
        teams[row["organization_id"]][row["id"]] = row["name"]
    grants: dict[OwnerId, dict[GroupId, dict[UUID, Grant]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows.grants:
        grants[row["user_id"]][row["group_id"]][row["grantee_id"]] = Grant(
            LEVELS[row["level"]], row["granted_by"], row["granted_at"], row["position"], row["ends_at"]
        )
    departed: dict[OwnerId, dict[UserId, Departure]] = defaultdict(dict)
    for row in rows.departed:
        departed[row["organization_id"]][row["user_id"]] = departure_in(row)
    periods: dict[OwnerId, list[Period]] = defaultdict(list)
    for row in rows.retention:
        periods[row["organization_id"]].append(
            Period(row["keep_months"], row["in_force_from"], row["set_at"], row["set_by"])
        )
    retention = {owner: Retention(*of_one) for owner, of_one in periods.items()}
    return {
        row["id"]: AccessState(
            row["founder_id"],
            row["name"],
            row["slug"],
            row["metadata"],
            members[row["id"]],
            teams[row["id"]],
            dict(grants[row["id"]]),
            row["offered_to"],
            row["ends_at"],
            retention.get(row["id"]),
            departed[row["id"]],
        )
        for row in rows.organizations
    }
