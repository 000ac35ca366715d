"""What an imported row adds to its law: note, tags, place. What does not fit is told, never dropped unseen.

Pure."""

from collections.abc import Mapping
from typing import Any, Final

from sertantai.core.operations import Annotation
from sertantai.core.storable import is_storable_number
from sertantai.selections.actions import NOTE_CHARACTERS_MAX, TAG_CHARACTERS_MAX, TAGS_MAX
from sertantai.selections.exports.rows import TAG_SEPARATOR

SHOWN_CHARACTERS_MAX: Final = 40


def annotation_in(fields: Mapping[str, Any]) -> tuple[Annotation, tuple[str, ...]]:
    """The annotation within its bounds, and a sentence for each thing that is not in it as it was given.

    ``order`` (or ``rank``) becomes the place in the new list.
    """
    annotation: Annotation = {}
    told: list[str] = []
    if note := _note(fields.get("note"), told):
        annotation["note"] = note
    if tags := _tags(fields.get("tags"), told):
        annotation["tags"] = tags
    if (rank := _rank(fields.get("order") or fields.get("rank"), told)) is not None:
        annotation["rank"] = rank
    return annotation, tuple(told)


def _note(value: Any, told: list[str]) -> str:
    note = _text(value, "note", told)
    if len(note) > NOTE_CHARACTERS_MAX:
        told.append(
            f"Its note has {len(note):,} characters; only the first {NOTE_CHARACTERS_MAX:,} are kept."
        )
    return note[:NOTE_CHARACTERS_MAX]


def _tags(value: Any, told: list[str]) -> list[str]:
    given = value.split(TAG_SEPARATOR) if isinstance(value, str) else value if isinstance(value, list) else []
    tags: list[str] = []
    for tag in dict.fromkeys(_text(one, "tag", told).strip() for one in given):
        if len(tag) > TAG_CHARACTERS_MAX:
            told.append(
                f"Its tag “{tag[:SHOWN_CHARACTERS_MAX]}…” is left out: it has {len(tag):,} characters, "
                f"{TAG_CHARACTERS_MAX} at most."
            )
        elif tag:
            tags.append(tag)
    if len(tags) > TAGS_MAX:
        told.append(f"It has {len(tags):,} tags; only the first {TAGS_MAX} are kept.")
    return tags[:TAGS_MAX]


def _rank(place: Any, told: list[str]) -> int | None:
    if place is None or isinstance(place, bool) or place == "":
        return None
    try:
        if is_storable_number(rank := int(place)):
            return rank
    except (TypeError, ValueError, OverflowError):
        told.append("Its place is left out: it is not a number.")
        return None
    told.append("Its place is left out: the number is too large.")
    return None


def _text(value: Any, what: str, told: list[str]) -> str:
    """A value as text, without the one character that PostgreSQL cannot hold."""
    text = "" if value is None else str(value)
    if "\0" in text:
        told.append(f"Its {what} is kept without a character that cannot be stored (NUL).")
    return text.replace("\0", "")
