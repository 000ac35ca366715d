"""What an operation did, in a sentence."""

from contextlib import suppress
from datetime import date, datetime
from typing import Any, Final

from sertantai.audit.operations import TimelineEntry
from sertantai.core.access_state import AccessState
from sertantai.core.audit_words import (
    ADDING,
    ANNOTATE,
    BULK_DESELECT,
    CLEAR_ALL,
    CREATE_GROUP,
    DELETE_GROUP,
    DESELECT,
    HAND_OVER,
    NOTES,
    OF_LISTS,
    REMOVING,
    TAKE_OVER,
    UPDATE_GROUP,
)
from sertantai.core.effects import Edit, Effect
from sertantai.core.notes import RESPONSIBLE, REVIEW_ON, REVIEWED_AT
from sertantai.core.responsible import user_id
from sertantai.lists.together.sharing import FORMER

ACTION_CHOICES: Final = (
    ("ticked", "Ticked", ADDING),
    ("unticked", "Unticked", REMOVING),
    ("notes", "Notes and tags", NOTES),
    ("lists", "Lists themselves", OF_LISTS),
)
ICONS: Final = {
    CREATE_GROUP: "folder-plus",
    UPDATE_GROUP: "pencil",
    DELETE_GROUP: "trash",
    TAKE_OVER: "login",
    HAND_OVER: "logout",
    ANNOTATE: "note",
    CLEAR_ALL: "x",
}
DONE_TO_LISTS: Final = {
    CREATE_GROUP: "Created the list",
    UPDATE_GROUP: "Changed the list",
    DELETE_GROUP: "Deleted the list",
    TAKE_OVER: "Took the list over",
    HAND_OVER: "Handed the list over",
}

LINKS: Final = {
    "made": "Created a link to read the list",
    "opened": "A link to read the list was opened, the first time that day",
    "revoked": "Revoked a link to read the list",
}

_FIELDS: Final = {
    "note": "Note",
    "tags": "Tags",
    "rank": "Position in the list",
    RESPONSIBLE: "Responsible",
    REVIEW_ON: "Review on",
    REVIEWED_AT: "Reviewed",
}
HEADINGS: Final = {
    DESELECT: "Unticked",
    BULK_DESELECT: "Unticked",
    CLEAR_ALL: "Cleared the list",
    ANNOTATE: "Changed notes, tags, positions and reviews",
}


def actions_of(choice: str) -> tuple[str, ...] | None:
    return next((actions for value, _, actions in ACTION_CHOICES if value == choice), None)


def icon_of(entry: TimelineEntry) -> str:
    if entry.undoes is not None:
        return "arrow-back-up"
    if entry.action in ICONS:
        return ICONS[entry.action]
    if entry.added and entry.removed:
        return "arrows-diff"
    return "check" if entry.added else "minus"


def sentence(entry: TimelineEntry) -> str:
    """Such as "Ticked 40 laws", without where: the page links to the list."""
    if "link" in entry.said:
        return LINKS[entry.said["link"]["did"]]
    if entry.action in DONE_TO_LISTS:
        with_laws = f" with {_laws(entry.changed)}" if entry.changed else ""
        done = "Restored the list" if _is_restored(entry) else DONE_TO_LISTS[entry.action]
        return done + with_laws
    if entry.undoes is not None:
        return f"Undid a change: {_put_back(entry)}"
    if entry.action == CLEAR_ALL:
        return f"Cleared the list: {_laws(entry.removed)} removed"
    if entry.added and entry.removed:
        return f"Ticked {_laws(entry.added)} and unticked {entry.removed:,}"
    if entry.annotated:
        return f"Changed the note, tags or review of {_laws(entry.annotated)}"
    return f"Ticked {_laws(entry.added)}" if entry.added else f"Unticked {_laws(entry.removed)}"


def _is_restored(entry: TimelineEntry) -> bool:
    """A deleted list is back: no other change of a list itself brings laws with it, or undoes."""
    return entry.action == UPDATE_GROUP and (entry.added > 0 or entry.source == "undo")


def _put_back(entry: TimelineEntry) -> str:
    parts = []
    if entry.added:
        parts.append(f"{_laws(entry.added)} restored")
    if entry.removed:
        parts.append(f"{_laws(entry.removed)} removed again")
    if entry.annotated:
        parts.append(f"{_laws(entry.annotated)} with their notes, tags and reviews as before")
    return ", ".join(parts) or "nothing left to restore"


def heading(effect: Effect) -> str:
    """What an operation did, over the laws that it did it to."""
    if effect.undoes is not None:
        return "Undid a change"
    return HEADINGS.get(effect.action, "Ticked")


def edits_in_words(edit: Edit, access: AccessState | None = None) -> list[tuple[str, str | date, str | date]]:
    """What was changed beside a law: which field, and what it said before and after, empty for nothing.
    ``access``: of the organization whose members are named there."""
    return [
        (label, _value(key, edit.before[key], access), _value(key, edit.after.get(key), access))
        for key, label in _FIELDS.items()
        if key in edit.before
    ]


def _value(key: str, value: Any, access: AccessState | None) -> str | date:
    if value is None:
        return ""
    with suppress(ValueError):
        if key == REVIEWED_AT:
            return datetime.fromisoformat(str(value))
        if key == REVIEW_ON:
            return date.fromisoformat(str(value))
    if key == RESPONSIBLE:
        person = user_id(value)
        member = None if access is None or person is None else access.members.get(person)
        return FORMER if member is None else member.name
    return ", ".join(value) if isinstance(value, list) else str(value)


def _laws(count: int) -> str:
    return "1 law" if count == 1 else f"{count:,} laws"
