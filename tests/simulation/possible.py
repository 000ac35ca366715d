"""What of an operation cannot be done where its turn comes, whatever was acknowledged."""

from typing import Any

from sertantai.core.operations import (
    AccessOperation,
    Amend,
    Annotate,
    ChangeMember,
    CreateGroup,
    Decide,
    DeleteGroup,
    Expel,
    ExportList,
    HandOver,
    JoinTeam,
    OfferOwnership,
    Operation,
    PurgeGroup,
    RestoreGroup,
    SetGrant,
    SetTeam,
    TakeBack,
    TakeOver,
    UpdateGroup,
    Withdraw,
)
from sertantai.core.rights import Level
from tests.simulation.list_model import Lists, ModelList, expected_stands, unpacked
from tests.simulation.rights_model import House


def could_be_done(lists: Lists, operation: Operation, *, was: ModelList | None) -> bool:
    """Where ``lists`` are as they were left by it, and its list was ``was`` before. To wish for what is so
    already is possible, too."""
    if isinstance(operation, AccessOperation) and not isinstance(operation, SetGrant | ExportList):
        return True
    match operation:
        case PurgeGroup():
            return True
        case CreateGroup() | TakeOver():
            return operation.group in lists
        case HandOver():
            return was is not None
        case UpdateGroup(name=str(name)) if was is not None and was.deleted_name is None:
            return lists[operation.group].name == name
        case DeleteGroup():
            return was is not None and not was.is_default
        case RestoreGroup():
            return was is not None
    if was is None or was.deleted_name is not None:
        return False
    match operation:
        case Annotate():
            return expected_stands(was.records, operation)
        case Decide(suggestion=id) | Withdraw(suggestion=id):
            return id in was.suggestions
        case _:
            return True


def is_about_nobody(house: House, operation: Operation) -> bool:
    """What has no effect, as somebody or some team is not there, a name is another team's, or no owner would
    be left; and not as all is so already."""
    match operation:
        case TakeBack():
            return True
        case Expel(member=member):
            return member in house.members
        case JoinTeam(member=member, team=team):
            return member not in house.members or team not in house.teams
        case OfferOwnership(member=member):
            return member is not None and member not in house.members
        case ChangeMember(member=member, role=role, suspended=suspended):
            there = house.members.get(member)
            demoted = role not in (None, "owner") or suspended is True
            return there is None or (there.role == "owner" and demoted)
        case SetGrant(grantee=grantee, level=Level()):
            return grantee not in house.members and grantee not in house.teams
        case SetTeam(team=team, name=str(name)):
            return house.teams.get(team) != name
    return False


def notes_lacking_laws(lists: Lists, operation: Operation) -> frozenset[int]:
    """The laws beside which it would write, and which are not in the list."""
    there: dict[int, Any] = lists[operation.group].records if operation.group in lists else {}
    match operation:
        case Annotate(records=packed):
            return frozenset(unpacked(packed)) - there.keys()
        case Amend(annotate=annotate):
            return frozenset(annotate) - there.keys()
    return frozenset()
