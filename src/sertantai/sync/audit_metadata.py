"""What the trail says of an operation beside who, when, and which records. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, assert_never

import msgspec

from sertantai.core.access_state import AccessState
from sertantai.core.bitmaps import unpack
from sertantai.core.changes import NO_NOTES, Change
from sertantai.core.links import LINK_PREFIX, is_of_links
from sertantai.core.operations import (
    COMMON_FIELDS,
    EXCEPTION_PREFIX,
    SINGLE,
    AccessOperation,
    Admit,
    Amend,
    Annotate,
    Annotation,
    BulkDeselect,
    BulkSelect,
    ClearAll,
    CreateGroup,
    Decide,
    DeleteGroup,
    Deselect,
    HandOver,
    Operation,
    PurgeGroup,
    RestoreGroup,
    Select,
    SetGrant,
    Suggest,
    TakeOver,
    UpdateGroup,
    Withdraw,
)
from sertantai.core.state import COPIED_FROM, GroupState, said_of_itself, settings_said
from sertantai.core.suggestion import digest_of

_Said = dict[str, Any]
HANDED_TO: Final = "handed_over_to"
HANDED_FROM: Final = "handed_over_from"
LEFT: Final = "left"
NOTED: Final = "noted"
"""Of rows that tell of a law that was added: what is noted with it from the first, brought along."""
REASON: Final = "reason"
"""Of rows that tell of a removal: why. Of a list that was deleted its own line says so, too."""
CHANGES: Final = "changes"
BEFORE: Final = "before"
FOUNDED_AS: Final = "organization"
"""What an organization was called when its founder came in."""


def metadata_of_rows(operation: Operation) -> _Said | None:
    """What is said with each record. Of a copy its list says the most of it: once, not with every record."""
    said = metadata_of(operation)
    if said is not None and COPIED_FROM in said:
        return {"source": said["source"], "copied": True} if "source" in said else {"copied": True}
    return said


def metadata_of(operation: Operation) -> _Said | None:
    """As JSON has it; None: there is nothing more to say."""
    source = operation.origin.source
    said = {} if source == "hand" else {"source": source}
    return (said if type(operation) in SINGLE else said | _of_kind(operation)) or None


def metadata_of_line(change: Change) -> _Said | None:
    """What is said once of an operation."""
    if change.was is not None:
        return metadata_of_list(change)
    said = metadata_of(change.operation)
    if change.access is None:
        return said
    return {**(said or {}), **founded_as(change.operation, change.access)} or None


def founded_as(operation: Operation, access: AccessState) -> _Said:
    """How an organization was called first: it was given its name and its slug before it had a log."""
    if isinstance(operation, Admit) and operation.member == operation.given_by == access.founder:
        return {FOUNDED_AS: {"name": access.name, "slug": access.slug}}
    return {}


def metadata_of_list(change: Change) -> _Said | None:
    """With what the list says of itself otherwise than before, and what it said then; None for nothing."""
    said = metadata_of(change.operation) or {}
    if change.was and change.group is not None:
        now = said_of_itself(change.group)
        said |= {CHANGES: {name: now.get(name) for name in change.was}, BEFORE: dict(change.was)}
    return said or None


def of_removed(note: Annotation | None, reason: str | None) -> _Said | None:
    """What is said with a law that was removed: the note and tags that went with it, and why."""
    if not note and reason is None:
        return None
    return ({"dropped": note} if note else {}) | ({} if reason is None else {REASON: reason})


def brought_along(change: Change, added: Iterable[int]) -> Iterator[tuple[int, _Said | None]]:
    """What is said with each law that was ``added``: what is noted with it from the first, where it may have
    brought that along."""
    brings = isinstance(change.operation, Amend | CreateGroup | RestoreGroup)
    notes = change.group.annotations if brings and change.group is not None else NO_NOTES
    for number in added:
        yield number, {NOTED: note} if (note := notes.get(number)) else None


def edit_of(change: Change, number: int) -> dict[str, Any]:
    """What was changed in an annotation: an undo needs both, as it leaves alone what was changed since."""
    edit = {"before": change.before[number]}
    if not isinstance(change.operation, Annotate):  # of it all rows share them, see `_metadata`
        edit["changes"] = change.wished(number)
    return edit


def left_of(operation: Operation, group: GroupState | None) -> _Said:
    """What still waits of the suggestion that was made or decided: its digest, or nothing. So the
    trail proves what is kept of it without naming each law."""
    match operation:
        case Suggest(id=id) | Decide(suggestion=id) if group is not None:
            waits = group.suggestions.get(id)
            return {LEFT: "" if waits is None else digest_of(waits.add, waits.remove)}
        case _:
            return {}


def _of_kind(operation: Operation) -> _Said:
    match operation:
        case Amend(undoes=undoes):
            return {} if undoes is None else {"undoes": str(undoes)}
        case Annotate(changes=changes):
            return {"changes": changes}
        case CreateGroup():
            return _of_new(operation)
        case UpdateGroup():
            return _of_update(operation)
        case TakeOver() | HandOver():
            return _of_move(operation)
        case PurgeGroup():
            return {"purged": True}
        case RestoreGroup():
            return {"restored": True}
        case Suggest() | Decide() | Withdraw():
            return _of_suggestion(operation)
        case DeleteGroup(reason=reason):
            return {} if reason is None else {REASON: reason}
        case Select() | Deselect() | BulkSelect() | BulkDeselect() | ClearAll():
            return {}  # their name and their rows say it all
        case _:
            return _of_organization(operation)


def _of_new(operation: CreateGroup) -> _Said:
    said: _Said = {"name": operation.name, **_set_at_first(operation)}
    if operation.restricted:
        said["restricted"] = True
    if operation.four_eyes:
        said["four_eyes"] = True
    if (source := operation.copied_from) is not None:
        said[COPIED_FROM] = {
            "list": str(source.list),
            "owner": str(source.owner),
            "version": source.version,
        }
    return said


def _set_at_first(operation: CreateGroup | TakeOver) -> _Said:
    """What a list says of itself from the beginning, beside its name."""
    description = {"description": operation.description} if operation.description else {}
    settings = {name: value for name, value in settings_said(operation.metadata).items() if value is not None}
    return {CHANGES: description | settings} if description or settings else {}


def _of_move(operation: TakeOver | HandOver) -> _Said:
    history = {"with_history": True} if operation.with_history else {}
    if isinstance(operation, HandOver):
        return {HANDED_TO: str(operation.receiver), **history}
    restricted = {"restricted": True} if operation.restricted else {}
    said = {"name": operation.name, **_set_at_first(operation)}
    return {**said, HANDED_FROM: str(operation.giver), **history, **restricted}


def _of_update(operation: UpdateGroup) -> _Said:
    of_laws = [key for key in operation.metadata if key.startswith(EXCEPTION_PREFIX)]
    only_of_laws = bool(of_laws) and len(of_laws) == len(operation.metadata)
    said = {
        "name": operation.name,
        "restricted": operation.restricted,
        "four_eyes": operation.four_eyes,
        "exceptions": len(of_laws) if only_of_laws else None,
        "link": _of_links(operation) if is_of_links(operation.metadata) else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _of_links(operation: UpdateGroup) -> _Said:
    """Of what is done to links; one that is made may take away some that are over."""
    said = {key[len(LINK_PREFIX) :]: value for key, value in operation.metadata.items()}
    for id, value in said.items():
        if value is not None:
            by, at, until, notes, opened = value
            did = "opened" if opened else "made"
            return {"id": id, "did": did, "by": by, "at": at, "until": until, "notes": notes}
    return {"id": next(iter(said)), "did": "revoked"}


def _of_suggestion(operation: Suggest | Decide | Withdraw) -> _Said:
    match operation:
        case Suggest(add=add, remove=remove, reason=reason):
            return {"ticks": len(unpack(add)), "unticks": len(unpack(remove)), "reason": reason}
        case Decide(suggestion=suggestion, accepted=accepted, records=records, word=word):
            laws = len(unpack(records))
            return {"suggestion": str(suggestion), "accepted": accepted, "laws": laws, "word": word}
        case Withdraw(suggestion=suggestion):
            return {"suggestion": str(suggestion)}
        case _:
            assert_never(operation)


def _of_organization(operation: AccessOperation) -> _Said:
    """All of its own; None is left out, but for a grant that is ended."""
    own = operation.__struct_fields__[COMMON_FIELDS:]
    said = {name: getattr(operation, name) for name in own}
    plain: _Said = msgspec.to_builtins({name: value for name, value in said.items() if value is not None})
    if isinstance(operation, SetGrant):
        plain["level"] = None if operation.level is None else operation.level.word
    return plain
