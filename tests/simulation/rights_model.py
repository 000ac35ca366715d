"""Who may do what in an organization, worked out anew: from one plain table, and what is done one by one.

It shares nothing with `core.rights`, `core.access_state` and `core.sharing` but the operations' own shapes,
so that what these get wrong is seen. Roles and rights are words here, levels are numbers.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sertantai.core.access_state import AccessState, Departure, Grant, Member
from sertantai.core.ids import GroupId, TeamId, UserId
from sertantai.core.operations import (
    AccessOperation,
    Admit,
    Amend,
    Annotate,
    BulkDeselect,
    BulkSelect,
    ChangeMember,
    ClearAll,
    CreateGroup,
    Decide,
    Describe,
    Deselect,
    EndOrganization,
    Expel,
    ExportList,
    HandOver,
    JoinTeam,
    LookIn,
    OfferOwnership,
    Operation,
    Select,
    SetGrant,
    SetTeam,
    Suggest,
    TakeBack,
    TakeOver,
    TakeOwnership,
    Withdraw,
)
from tests.simulation.list_model import Lists, ModelList
from tests.simulation.rights_table import (
    EDIT,
    GIVEN,
    LEFT_AT_THE_END,
    MANAGE,
    NOT_ALONE,
    OPEN_LIST,
    OWNERS_ONLY,
    ROLES,
    TABLE,
)

OF_REVIEWS = ("responsible", "review_on", "reviewed_at")
Said = dict[str, Any]
"""All that is kept of who may do what, in plain words, to be compared."""


class ModelMember(msgspec.Struct):
    role: str
    name: str
    teams: set[TeamId] = set()
    allow: set[str] = set()
    deny: set[str] = set()
    suspended: bool = False

    @property
    def rank(self) -> int:
        return ROLES.index(self.role)


Granted = tuple[int, datetime | None, int]
"""The level, until when the door lets it count (here time is not known), and where it was made."""


class Gone(msgspec.Struct):
    """Who went: what they were, and what each list was handed on from."""

    member: ModelMember
    at: datetime
    by: UserId
    left: int
    grants: dict[GroupId, Granted] = {}
    hands: dict[GroupId, tuple[UserId, Granted | None]] = {}

    def said(self) -> Any:
        hands = {group: (to, before and before[:2]) for group, (to, before) in self.hands.items()}
        grants = {group: granted[:2] for group, granted in self.grants.items()}
        return _plain(self.member), self.by, self.left, grants, hands


def _plain(m: ModelMember) -> Any:
    return (m.role, m.name, frozenset(m.teams), frozenset(m.allow), frozenset(m.deny), m.suspended)


class House(msgspec.Struct):
    """One organization."""

    founder: UserId
    members: dict[UserId, ModelMember] = {}
    teams: dict[TeamId, str] = {}
    grants: dict[GroupId, dict[UUID, Granted]] = {}
    gone: dict[UserId, Gone] = {}
    offered: UserId | None = None
    ends_at: datetime | None = None
    name: str = ""
    settings: dict[str, Any] = {}

    def level(self, person: UserId, group: GroupId, item: ModelList) -> int:
        """0: to them the list does not exist."""
        member = self.members.get(person)
        if member is None or member.suspended:
            return 0
        if member.role in ("owner", "admin"):
            return MANAGE
        levels = [0] if item.restricted else [OPEN_LIST[member.role]]
        if item.made_by == person and member.role == "member":
            levels.append(EDIT)
        granted = self.grants.get(group, {})
        return max(levels + [granted[one][0] for one in (person, *member.teams) if one in granted])

    def rights(self, person: UserId, group: GroupId | None = None, item: ModelList | None = None) -> set[str]:
        member = self.members.get(person)
        if member is None or member.suspended:
            return set()
        level = self.level(person, group, item) if group is not None and item is not None else None
        if level == 0:
            return set()
        found = set(GIVEN[member.role, level])
        if item is not None and item.made_by == person and member.role == "member":
            found.add("list_manage")
        found |= {right for right in member.allow if level is not None or TABLE[right][-1] == "-"}
        found -= member.deny
        if item is not None and item.four_eyes:
            found -= NOT_ALONE
        return found if self.ends_at is None else found & LEFT_AT_THE_END

    def may_give(self, person: UserId) -> set[str]:
        """What somebody holds, in lists that are open too: nobody gives more."""
        member = self.members[person]
        return (GIVEN[member.role, OPEN_LIST[member.role]] | member.allow) - member.deny

    def has_owner(self, without: UserId | None = None) -> bool:
        return any(m.role == "owner" and not m.suspended for id, m in self.members.items() if id != without)

    def said(self) -> Said:
        return {
            "members": {id: _plain(m) for id, m in self.members.items()},
            "gone": {id: one.said() for id, one in self.gone.items()},
            "teams": dict(self.teams),
            "grants": {
                group: {id: grant[:2] for id, grant in granted.items()}
                for group, granted in self.grants.items()
                if granted
            },
            "others": (self.founder, self.offered, self.ends_at, self.name, dict(self.settings)),
        }


def said_of(access: AccessState) -> Said:
    """The same of what the product keeps."""
    return {
        "members": {id: _plain_of(member) for id, member in access.members.items()},
        "gone": {id: _gone_of(departure) for id, departure in access.departed.items()},
        "teams": dict(access.teams),
        "grants": {
            group: {id: (int(grant.level), grant.ends_at) for id, grant in granted.items()}
            for group, granted in access.grants.items()
            if granted
        },
        "others": (access.founder, access.offered, access.ends_at, access.name, dict(access.settings)),
    }


def _plain_of(m: Member) -> Any:
    allow, deny = frozenset(map(str, m.allow)), frozenset(map(str, m.deny))
    return m.role.value, m.name, m.teams, allow, deny, m.suspended


def _gone_of(one: Departure) -> Any:
    def said(grant: Grant) -> Any:
        return int(grant.level), grant.ends_at

    hands = {group: (hand.grantee, hand.before and said(hand.before)) for group, hand in one.hands.items()}
    grants = {group: said(grant) for group, grant in one.grants.items()}
    return _plain_of(one.member), one.by, one.position, grants, hands


def _may_copy(house: House, lists: Lists, operation: CreateGroup | TakeOver) -> bool:
    """Whether it is no copy of a list of the same house that whoever made it could not read."""
    source = operation.copied_from if isinstance(operation, CreateGroup) else None
    if source is None or source.owner != operation.owner:
        return True
    item = lists.get(source.list)
    return item is not None and "list_read" in house.rights(operation.origin.actor, source.list, item)


def is_allowed(house: House, lists: Lists, operation: Operation) -> bool:
    """Whether it may be done now. What the organization does by itself may always be, but for what only its
    owners can."""
    actor, item = operation.origin.actor, lists.get(operation.group)
    if isinstance(operation, AccessOperation):
        return _may_change_house(house, lists, item, operation)
    if actor == operation.owner:
        return True
    if isinstance(operation, CreateGroup | TakeOver):
        return "list_create" in house.rights(actor) and _may_copy(house, lists, operation)
    if item is None:
        return False
    mine = house.rights(actor, operation.group, item)
    match operation:
        case Select() | Deselect() | BulkSelect() | BulkDeselect():
            return "list_tick" in mine
        case Annotate(changes=changes):
            return {"list_review" if key in OF_REVIEWS else "list_note" for key in changes} <= mine
        case Amend():
            needed = "list_tick"
            if operation.undoes is not None:
                needed = "undo_own" if operation.undoes_of in (None, actor) else "undo_others"
            sources = ((source, lists.get(source)) for source in operation.notes_of)
            seen = all(one is not None and "list_read" in house.rights(actor, id, one) for id, one in sources)
            return needed in mine and seen
        case Suggest():
            return "list_suggest" in mine
        case Decide():
            made = item.suggestions.get(operation.suggestion)
            alone = item.four_eyes and made is not None and made.by == actor
            return "list_approve" in mine and not alone
        case Withdraw():
            made = item.suggestions.get(operation.suggestion)
            return "list_read" in mine and (made is None or made.by == actor)
        case _:
            return _may_manage(house, item, operation, mine)


def _may_manage(house: House, item: ModelList, operation: Operation, mine: set[str]) -> bool:
    if isinstance(operation, HandOver):
        return "list_read" in mine and _may_take_out(house, item, operation)
    return "list_manage" in mine and (not isinstance(operation, ClearAll) or "list_tick" in mine)


def _may_take_out(house: House, item: ModelList, operation: HandOver) -> bool:
    actor = operation.origin.actor
    is_owner = actor in house.members and house.members[actor].role == "owner"
    return operation.receiver == actor and house.ends_at is None and (is_owner or item.came_from == actor)


def _may_change_house(house: House, lists: Lists, item: ModelList | None, operation: AccessOperation) -> bool:
    actor = operation.origin.actor
    itself, mine = actor == operation.owner, house.rights(actor)
    match operation:
        case Admit():
            return _may_admit(house, operation)
        case ChangeMember():
            return itself or ("members_manage" in mine and _may_change_member(house, actor, operation))
        case Expel(member=member, hands=hands):
            may = actor == member or ("members_manage" in mine and not _is_above(house, actor, member))
            return itself or (
                may and all(_may_give(house, lists.get(one), actor, one, MANAGE) for one in hands)
            )
        case TakeBack():
            return _may_take_back(house, operation)
        case OfferOwnership():
            return "ownership_transfer" in mine
        case TakeOwnership():
            taker = house.members.get(actor)
            return actor == house.offered and taker is not None and not taker.suspended
        case SetGrant(group=group, level=level):
            return itself or _may_give(house, item, actor, group, level)
        case ExportList(group=group):
            return itself or (item is not None and "list_export" in house.rights(actor, group, item))
        case SetTeam() | JoinTeam() | Describe() | EndOrganization() | LookIn():
            return itself or NEEDED.get(type(operation)) in mine


def _may_give(house: House, item: ModelList | None, actor: UserId, group: GroupId, level: int | None) -> bool:
    if item is None or "list_share" not in house.rights(actor, group, item):
        return False
    return level is None or level <= house.level(actor, group, item)


def _may_take_back(house: House, operation: TakeBack) -> bool:
    actor, giver, gone = operation.origin.actor, operation.given_by, house.gone.get(operation.member)
    if actor not in (giver, operation.member):
        return False
    if gone is not None and gone.by == operation.member and actor not in (operation.member, operation.owner):
        return False
    if giver == operation.owner:
        return True
    if not {"members_invite", "members_manage"} <= house.rights(giver):
        return False
    if gone is None:
        return True
    mine = house.members[giver]
    if mine.role not in ("owner", "admin") or mine.rank < gone.member.rank:
        return False
    shares = "list_share" not in mine.deny or not (gone.grants or gone.hands)
    return shares and gone.member.allow <= house.may_give(giver) - OWNERS_ONLY


NEEDED: dict[type, str] = {
    SetTeam: "teams_manage",
    JoinTeam: "teams_manage",
    Describe: "org_settings",
    EndOrganization: "org_delete",
}


def _is_above(house: House, actor: UserId, other: UserId) -> bool:
    if actor not in house.members:
        return True
    return other in house.members and house.members[other].rank > house.members[actor].rank


def _may_admit(house: House, operation: Admit) -> bool:
    if not house.members:
        return operation.member == operation.given_by == house.founder and operation.role == "owner"
    if operation.role == "owner":
        return False
    if operation.given_by == operation.owner:
        return True
    invites = "members_invite" in house.rights(operation.given_by)
    return invites and ROLES.index(operation.role) <= house.members[operation.given_by].rank


def _may_change_member(house: House, actor: UserId, operation: ChangeMember) -> bool:
    if _is_above(house, actor, operation.member) or operation.role == "owner":
        return False
    if operation.role is not None and ROLES.index(operation.role) > house.members[actor].rank:
        return False
    held = house.may_give(actor)
    other = house.members.get(operation.member)
    denied = set() if other is None or operation.deny is None else other.deny - set(map(str, operation.deny))
    given = set(map(str, operation.allow or ()))
    return given <= held - OWNERS_ONLY and denied <= held


def change_house(house: House, lists: Lists, operation: AccessOperation, at: int) -> bool:
    """Whether it changed something; it stands at position ``at``."""
    match operation:
        case Admit() | ChangeMember():
            return _change_members(house, operation)
        case Expel():
            return _go(house, lists, operation, at)
        case TakeBack():
            return _come_back(house, lists, operation, at)
        case OfferOwnership() | TakeOwnership():
            return _change_ownership(house, operation)
        case SetTeam() | JoinTeam():
            return _change_teams(house, operation)
        case SetGrant():
            return _grant(house, lists, operation, at)
        case Describe():
            had = house.said()
            house.name = house.name if operation.name is None else operation.name
            settings = {**house.settings, **operation.settings}
            house.settings = {key: value for key, value in settings.items() if value is not None}
            return house.said() != had
        case EndOrganization(ends_at=ends_at):
            had_ended, house.ends_at = house.ends_at, ends_at
            return ends_at != had_ended
        case LookIn():
            return True
        case ExportList(group=group):
            return group in lists and lists[group].deleted_name is None


def _change_ownership(house: House, operation: OfferOwnership | TakeOwnership) -> bool:
    if isinstance(operation, TakeOwnership):
        house.members[operation.origin.actor].role, house.offered = "owner", None
        return True
    offered = operation.member
    if offered == house.offered or (offered is not None and offered not in house.members):
        return False
    house.offered = offered
    return True


def _change_members(house: House, operation: Admit | ChangeMember) -> bool:
    id = operation.member
    if isinstance(operation, ChangeMember):
        return _change_member(house, operation)
    if id in house.members:
        return False
    teams = set(operation.teams) & house.teams.keys()
    house.members[id] = ModelMember(operation.role.value, operation.name, teams)
    house.gone.pop(id, None)
    return True


def _go(house: House, lists: Lists, operation: Expel, at: int) -> bool:
    id = operation.member
    if id not in house.members or not house.has_owner(without=id):
        return False
    for group, to in operation.hands.items():
        item = lists.get(group)
        if item is None or item.deleted_name is not None or to == id or to not in house.members:
            return False
    gone = Gone(house.members.pop(id), operation.at, operation.origin.actor, at)
    gone.grants = {group: granted.pop(id) for group, granted in house.grants.items() if id in granted}
    for group, to in operation.hands.items():
        had = house.grants.setdefault(group, {}).get(to)
        if had is None or had[:2] != (MANAGE, None):
            gone.hands[group] = (to, had)
            house.grants[group][to] = (MANAGE, None, at)
    house.gone[id] = gone
    house.offered = None if house.offered == id else house.offered
    return True


def _come_back(house: House, lists: Lists, operation: TakeBack, at: int) -> bool:
    id, gone = operation.member, house.gone.get(operation.member)
    if id in house.members or gone is None or gone.left != operation.left:
        return False
    if (operation.at - gone.at).total_seconds() > 30 * 24 * 3600:
        return False
    del house.gone[id]
    gone.member.teams &= house.teams.keys()
    house.members[id] = gone.member
    for group, (to, before) in gone.hands.items():
        granted = house.grants.get(group, {})
        if group in lists and to in granted and granted[to][2] == gone.left:
            del granted[to]
            if before is not None and _lasts(before, operation.at):
                granted[to] = (*before[:2], at)
    for group, grant in gone.grants.items():
        if group in lists and _lasts(grant, operation.at):
            house.grants.setdefault(group, {})[id] = (*grant[:2], at)
    return True


def _lasts(grant: Granted, now: datetime) -> bool:
    return grant[1] is None or grant[1] > now


def _change_member(house: House, operation: ChangeMember) -> bool:
    had = house.members.get(operation.member)
    if had is None:
        return False
    now = ModelMember(
        had.role if operation.role is None else operation.role.value,
        had.name if operation.name is None else operation.name,
        had.teams,
        had.allow if operation.allow is None else set(map(str, operation.allow)),
        had.deny if operation.deny is None else set(map(str, operation.deny)),
        had.suspended if operation.suspended is None else operation.suspended,
    )
    stays_owner = now.role == "owner" and not now.suspended
    if now == had or not (stays_owner or house.has_owner(without=operation.member)):
        return False
    house.members[operation.member] = now
    return True


def _change_teams(house: House, operation: SetTeam | JoinTeam) -> bool:
    team = operation.team
    if isinstance(operation, JoinTeam):
        member = house.members.get(operation.member)
        if member is None or team not in house.teams or (team in member.teams) == operation.joined:
            return False
        member.teams ^= {team}
        return True
    if operation.name == house.teams.get(team) or operation.name in house.teams.values():
        return False
    if operation.name is not None:
        house.teams[team] = operation.name
        return True
    del house.teams[team]
    for member in house.members.values():
        member.teams.discard(team)
    for granted in house.grants.values():
        granted.pop(team, None)
    return True


def _grant(house: House, lists: Lists, operation: SetGrant, at: int) -> bool:
    item, grantee = lists.get(operation.group), operation.grantee
    if item is None or item.deleted_name is not None:
        return False
    granted = house.grants.setdefault(operation.group, {})
    if operation.level is None:
        had = granted.get(grantee)
        if had is None or operation.ends_at not in (None, had[1]):
            return False  # what is to end is another one, by now
        del granted[grantee]
        return True
    if grantee not in house.members and grantee not in house.teams:
        return False
    wanted = (int(operation.level), operation.ends_at)
    had = granted.get(grantee)
    if had is not None and had[:2] == wanted:
        return False
    granted[grantee] = (*wanted, at)
    return True
