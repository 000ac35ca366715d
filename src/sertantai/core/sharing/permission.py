"""Whether an operation may be done: asked by the fold, at the operation's own place in the log.

The door asks the same before (`lists.access`), to give a kind answer; only here it counts. So a right that
was taken away is gone for everything behind, and no way to the log is around it.
"""

from typing import Final, assert_never

from sertantai.core.access_state import AccessState, Departure, level_in, rights_in
from sertantai.core.bitmaps import unpack
from sertantai.core.ids import GroupId, UserId
from sertantai.core.links import NEEDED, is_of_links
from sertantai.core.operations import (
    EXCEPTION_PREFIX,
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
    DeleteGroup,
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
    PurgeGroup,
    RestoreGroup,
    Select,
    SetGrant,
    SetTeam,
    Suggest,
    SuggestionOperation,
    TakeBack,
    TakeOver,
    TakeOwnership,
    UpdateGroup,
    Withdraw,
)
from sertantai.core.responsible import OF_REVIEWS, is_all_of, says_only_reviewed
from sertantai.core.rights import OF_ROLE_WITH_LISTS, OWNER_ONLY, Level, Right, Rights, Role
from sertantai.core.sharing.ways_in import is_said_by, is_way_in, needed_for, needed_to_tell
from sertantai.core.state import GroupState, OwnerState

TO_TAKE_BACK: Final = frozenset({Right.INVITE, Right.MEMBERS_MANAGE})
"""What nobody takes a member back without."""


def may_be_done(state: OwnerState, operation: Operation) -> bool:
    """Whether its actor may do this to the lists, or the organization, that it is about.

    What an owner does itself is always allowed: a person with lists of their own, and what happens in an
    organization by itself. (Nobody signs in as an organization.)
    """
    access, actor = state.access, operation.origin.actor
    match operation:
        case Select() | Deselect() | BulkSelect() | BulkDeselect() | ClearAll() | Amend() | Annotate():
            return access is None or actor == state.owner or _in_list(state, access, operation)
        case Suggest() | Decide() | Withdraw():
            return access is not None and (actor == state.owner or _of_suggestion(state, access, operation))
        case TakeOver() | HandOver():
            return access is None or actor == state.owner or _may_move(state, access, operation)
        case CreateGroup() | UpdateGroup() | DeleteGroup() | RestoreGroup() | PurgeGroup():
            return access is None or actor == state.owner or _in_list(state, access, operation)
        case (
            Admit()
            | ChangeMember()
            | Expel()
            | OfferOwnership()
            | TakeOwnership()
            | SetTeam()
            | JoinTeam()
            | SetGrant()
            | Describe()
            | EndOrganization()
            | LookIn()
            | ExportList()
            | TakeBack()
        ):
            return access is not None and _in_organization(state, access, operation)
        case _:
            assert_never(operation)


def _in_list(state: OwnerState, access: AccessState, operation: Operation) -> bool:
    rights = _rights(state, access, operation.origin.actor, operation.group)
    match operation:
        case Amend():
            needed = Right.TICK
            if operation.undoes is not None:
                others = operation.undoes_of not in (None, operation.origin.actor)
                needed = Right.UNDO_OTHERS if others else Right.UNDO
            if operation.assigns and Right.REVIEW not in rights:
                return False
            read = (_rights(state, access, operation.origin.actor, one) for one in operation.notes_of)
            return needed in rights and all(Right.READ in one for one in read)
        case Select() | Deselect() | BulkSelect() | BulkDeselect():
            return Right.TICK in rights
        case ClearAll():  # whatever is managed: where nobody ticks alone, nobody empties it alone
            return Right.MANAGE in rights and Right.TICK in rights
        case Annotate():
            return _may_annotate(state, access, operation, rights)
        case CreateGroup(copied_from=source):
            if source is not None and source.owner == state.owner:  # of another owner it was asked there
                of_source = _rights(state, access, operation.origin.actor, source.list)
                if Right.READ not in of_source:
                    return False
            return Right.CREATE in rights_in(access, operation.origin.actor)
        case UpdateGroup() if _is_of_single_laws(operation):
            return Right.TICK in rights
        case UpdateGroup() if _is_of_links(operation):
            return _may_link(state.groups[operation.group], operation, rights)
        case _:
            return Right.MANAGE in rights


def _may_annotate(state: OwnerState, access: AccessState, operation: Annotate, rights: Rights) -> bool:
    """Who answers for a law says that it still applies, also where they may say nothing else."""
    keys = operation.changes.keys()
    if not keys <= OF_REVIEWS and Right.NOTE not in rights:
        return False
    if OF_REVIEWS.isdisjoint(keys) or Right.REVIEW in rights:
        return True
    if not says_only_reviewed(operation.changes) or not may_review_own(
        access, operation.origin.actor, rights
    ):
        return False
    group = state.groups[operation.group]
    records = unpack(operation.records) & group.records
    return is_all_of(group.annotations, records, operation.origin.actor)


def may_review_own(access: AccessState, actor: UserId, rights: Rights) -> bool:
    """Whether somebody with these rights to a list may say of what they answer for there that it still
    applies: unless that is what they are denied."""
    member = access.members.get(actor)
    denied = member is None or Right.REVIEW in member.deny
    return Right.READ in rights and not denied and access.ends_at is None


def _may_move(state: OwnerState, access: AccessState, operation: TakeOver | HandOver) -> bool:
    """In by whoever may create lists; out to oneself by an owner, and by who had handed it over."""
    actor = operation.origin.actor
    if isinstance(operation, TakeOver):
        return Right.CREATE in rights_in(access, actor)
    list_, member = state.groups.get(operation.group), access.members.get(actor)
    if list_ is None or member is None or operation.receiver != actor or access.ends_at is not None:
        return False
    rights = rights_in(access, actor, list_.access)
    return Right.READ in rights and (member.role is Role.OWNER or list_.came_from == actor)


def _of_suggestion(state: OwnerState, access: AccessState, operation: SuggestionOperation) -> bool:
    actor, group = operation.origin.actor, state.groups.get(operation.group)
    rights = _rights(state, access, actor, operation.group)
    match operation:
        case Suggest():
            return Right.SUGGEST in rights
        case Decide():
            made = None if group is None else group.suggestions.get(operation.suggestion)
            alone = group is not None and group.four_eyes and made is not None and made.by == actor
            return Right.APPROVE in rights and not alone
        case Withdraw():
            made = None if group is None else group.suggestions.get(operation.suggestion)
            return Right.READ in rights and (made is None or made.by == actor)
        case _:
            assert_never(operation)


def _is_of_links(operation: UpdateGroup) -> bool:
    said = (operation.name, operation.description, operation.restricted, operation.four_eyes)
    return said == (None, None, None, None) and is_of_links(operation.metadata)


def _may_link(group: GroupState, operation: UpdateGroup, rights: Rights) -> bool:
    """To make one in one's own name; to end one's own, or as somebody who shares the list. That one was
    opened says only the organization itself."""
    actor = operation.origin.actor
    for key, value in operation.metadata.items():
        had = group.metadata.get(key)
        if value is None:
            mine = had is not None and had[0] == str(actor)
            if Right.READ not in rights or not (mine or Right.SHARE in rights):
                return False
        elif had is not None or group.restricted or not rights >= NEEDED or value[0] != str(actor):
            return False
    return True


def _is_of_single_laws(operation: UpdateGroup) -> bool:
    """Whether it only keeps what a tick says of a law against a live list's filter."""
    said = (operation.name, operation.description, operation.restricted)
    of_laws = all(key.startswith(EXCEPTION_PREFIX) for key in operation.metadata)
    return said == (None, None, None) and bool(operation.metadata) and of_laws


def _in_organization(state: OwnerState, access: AccessState, operation: AccessOperation) -> bool:
    actor = _who_answers(state, operation)
    by_itself = actor == state.owner
    rights = rights_in(access, actor)
    match operation:
        case Admit() | TakeBack() | ChangeMember() | Expel():
            return _of_members(state, access, operation)
        case OfferOwnership():
            return Right.TRANSFER in rights
        case TakeOwnership():
            member = access.members.get(actor)
            return actor == access.offered and member is not None and not member.suspended
        case SetTeam() | JoinTeam():
            return by_itself or Right.TEAMS in rights
        case SetGrant():
            return by_itself or _may_give(state, access, actor, operation.group, operation.level)
        case Describe():
            return by_itself or _may_describe(actor, rights, operation)
        case EndOrganization():
            return by_itself or Right.END in rights
        case LookIn():  # the organization says of itself who was let in; it gives nobody anything
            return by_itself
        case ExportList():
            return by_itself or Right.EXPORT in _rights(state, access, actor, operation.group)
        case _:
            assert_never(operation)


def _of_members(
    state: OwnerState, access: AccessState, operation: Admit | TakeBack | ChangeMember | Expel
) -> bool:
    actor = _who_answers(state, operation)
    by_itself, rights = actor == state.owner, rights_in(access, actor)
    match operation:
        case Admit():
            return _may_admit(state, access, operation)
        case TakeBack():
            return _may_take_back(state, access, operation)
        case ChangeMember(viewed=bool(begins)):
            return may_view_as(access, actor, operation.member) if begins else actor in access.members
        case ChangeMember():
            return by_itself or _may_change(access, actor, rights, operation)
        case Expel(member=member, hands=hands):
            if by_itself:
                return True
            may_go = member == actor or _over(access, actor, rights, member)
            return may_go and all(_may_give(state, access, actor, one, Level.MANAGE) for one in hands)
        case _:
            assert_never(operation)


def _who_answers(state: OwnerState, operation: AccessOperation) -> UserId:
    """Whose rights count: of whoever acts, and where the organization acts for somebody, theirs."""
    actor = operation.origin.actor
    match operation:
        case ChangeMember() | Expel() | SetTeam() | JoinTeam() if actor == state.owner:
            return operation.right_of or actor
        case _:
            return actor


def _may_describe(actor: UserId, rights: Rights, operation: Describe) -> bool:
    """Its name and settings. How long its trail is kept is a rule of evidence, which needs another right; and
    so does a way into it, in one's own name only."""
    ways = {name: value for name, value in operation.settings.items() if is_way_in(name)}
    needed = {right for name in ways if (right := needed_for(name)) is not None}
    if operation.audit_retention_months is not None:
        needed.add(Right.RETENTION)
    told = operation.told or {}
    needed |= {needed_to_tell(name) for name in told}
    is_named = (operation.name, operation.slug) != (None, None)
    if not needed or is_named or len(operation.settings) > len(ways):
        needed.add(Right.SETTINGS)
    return needed <= rights and is_said_by(actor, ways) and is_said_by(actor, told)


def _rights(state: OwnerState, access: AccessState, actor: UserId, group: GroupId) -> Rights:
    list_ = state.groups.get(group)
    return frozenset() if list_ is None else rights_in(access, actor, list_.access)


def _may_admit(state: OwnerState, access: AccessState, operation: Admit) -> bool:
    if not access.members:
        return operation.member == operation.given_by == access.founder and operation.role is Role.OWNER
    if operation.role is Role.OWNER:
        return False  # only ownership that is offered and taken makes another owner
    if operation.given_by == state.owner:
        return True
    giver = access.members.get(operation.given_by)
    invites = Right.INVITE in rights_in(access, operation.given_by)
    return giver is not None and invites and operation.role.rank <= giver.role.rank


def _may_change(access: AccessState, actor: UserId, rights: Rights, operation: ChangeMember) -> bool:
    if not _over(access, actor, rights, operation.member):
        return False
    if operation.role is Role.OWNER:
        return False
    if operation.role is not None and operation.role.rank > access.members[actor].role.rank:
        return False
    other, given = access.members.get(operation.member), set(operation.allow or ())
    lifted = set() if other is None or operation.deny is None else other.deny - set(operation.deny)
    return given <= rights_given_by(access, actor) and lifted <= rights_held(access, actor)


def rights_held(access: AccessState, actor: UserId) -> Rights:
    """What a member's role has of itself, also with lists, and what they were allowed. Nothing else may they
    stop denying, be it to themselves."""
    member = access.members[actor]
    return (OF_ROLE_WITH_LISTS[member.role] | member.allow) - member.deny


def rights_given_by(access: AccessState, actor: UserId) -> Rights:
    """What a member may allow others: nobody gives what they do not hold."""
    return rights_held(access, actor) - OWNER_ONLY


def _over(access: AccessState, actor: UserId, rights: Rights, member: UserId) -> bool:
    """Whether somebody may decide about a member: never about one who is more than they are."""
    if Right.MEMBERS_MANAGE not in rights:
        return False
    other = access.members.get(member)
    return other is None or other.role.rank <= access.members[actor].role.rank


def may_view_as(access: AccessState, actor: UserId, member: UserId) -> bool:
    """Whether somebody may look at the lists as a member does: who decides about that member, and lacks none
    of what they may. Nobody as themselves."""
    if member == actor or member not in access.members or actor not in access.members:
        return False
    mine, theirs = rights_in(access, actor), rights_in(access, member)
    if not theirs or not _over(access, actor, mine, member):
        return False
    return theirs <= mine and rights_held(access, member) <= rights_held(access, actor)


def _may_give(
    state: OwnerState, access: AccessState, actor: UserId, group: GroupId, level: Level | None
) -> bool:
    """A level of a list to somebody else."""
    list_ = state.groups.get(group)
    if list_ is None:
        return False
    if Right.SHARE not in rights_in(access, actor, list_.access):
        return False
    # Who was allowed to share need not manage the list; nobody gives a level above their own.
    own = level_in(access, actor, list_.access)
    return level is None or (own is not None and level <= own)


def _may_take_back(state: OwnerState, access: AccessState, operation: TakeBack) -> bool:
    """By the right of whoever gives it, and where somebody went of their own accord only with their will: as
    they accept an invitation."""
    actor, giver = operation.origin.actor, operation.given_by
    departure = access.departed.get(operation.member)
    if actor not in (giver, operation.member):
        return False
    if (
        departure is not None
        and departure.by == operation.member
        and actor
        not in (
            operation.member,
            state.owner,
        )
    ):
        return False
    if giver == state.owner:
        return True
    if departure is None:
        return rights_in(access, giver) >= TO_TAKE_BACK
    return missing_to_take_back(access, giver, departure) is None


def missing_to_take_back(access: AccessState, giver: UserId, departure: Departure) -> Right | None:
    """The first right that somebody lacks to bring back who went so. It takes who may let in and decide about
    members, and manages all lists; who is no less than they were, and holds all that they were allowed."""
    rights, was = rights_in(access, giver), departure.member
    for right in sorted(TO_TAKE_BACK - rights):
        return right
    mine = access.members[giver]
    if mine.role.rank < max(Role.ADMIN.rank, was.role.rank):
        return Right.TRANSFER if was.role is Role.OWNER else Right.MEMBERS_MANAGE
    if (departure.grants or departure.hands) and Right.SHARE in mine.deny:
        return Right.SHARE
    return next(iter(sorted(was.allow - rights_given_by(access, giver))), None)
