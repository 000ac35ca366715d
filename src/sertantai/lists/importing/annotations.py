"""What an imported row adds to its law: note, tags, place. What does not fit is told, never dropped unseen.

Pure."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sertantai.core.operations import Annotation
from sertantai.core.spelling import lines, one_line, without_refused
from sertantai.core.storable import is_storable_number
from sertantai.lists.annotations import NOTE_CHARACTERS_MAX, TAG_CHARACTERS_MAX, TAGS_MAX, distinct, parted

SHOWN_CHARACTERS_MAX: Final = 40
PERSON_CHARACTERS_MAX: Final = 254
"""Of a name or an address."""
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def annotation_in(fields: Mapping[str, Any]) -> tuple[Annotation, tuple[str, ...]]:
    """The annotation within its bounds, and a sentence for each thing that is not in it as it was given.

    ``order`` (or ``rank``) becomes the place in the new list. ``responsible`` stays the text that it is: who
    that is depends on the list.
    """
    annotation: Annotation = {}
    told: list[str] = []
    if note := _note(fields.get("note"), told):
        annotation["note"] = note
    if tags := _tags(fields.get("tags"), told):
        annotation["tags"] = tags
    if (rank := _rank(fields.get("order") or fields.get("rank"), told)) is not None:
        annotation["rank"] = rank
    if person := one_line(_text(fields.get("responsible"), "responsible person", told), "responsible"):
        annotation["responsible"] = person[:PERSON_CHARACTERS_MAX]
    if (day := day_in(_text(fields.get("review_on"), "review date", told), told)) is not None:
        annotation["review_on"] = day
    return annotation, tuple(told)


def day_in(text: str, told: list[str]) -> str | None:
    """A day as ISO 8601 has it, and in no other way: 3/4/2026 is two days. None for none."""
    written = text.strip()
    if not written:
        return None
    try:
        if _DAY.fullmatch(written):
            return date.fromisoformat(written).isoformat()
    except ValueError:
        pass
    told.append(f"Its review date “{shown(written)}” is left out: a day is written as 2026-03-31.")
    return None


def _note(value: Any, told: list[str]) -> str:
    note = lines(_text(value, "note", told), "note")
    if len(note) > NOTE_CHARACTERS_MAX:
        told.append(
            f"Its note has {len(note):,} characters; only the first {NOTE_CHARACTERS_MAX:,} are saved."
        )
    return note[:NOTE_CHARACTERS_MAX].strip()


def _tags(value: Any, told: list[str]) -> list[str]:
    given = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    tags: list[str] = []
    for tag in given:
        several = parted(_text(tag, "tag", told))
        if len(several) > 1 and isinstance(value, list):
            told.append(
                f"Its tag “{shown(str(tag))}” is saved as {len(several)}: "
                "a tag cannot contain a comma or semicolon."
            )
        tags += [kept for one in several if (kept := one_line(one, "tag")) and _fits(kept, told)]
    tags = distinct(tags)
    if len(tags) > TAGS_MAX:
        told.append(f"It has {len(tags):,} tags; only the first {TAGS_MAX} are saved.")
    return tags[:TAGS_MAX]


def _fits(tag: str, told: list[str]) -> bool:
    if len(tag) <= TAG_CHARACTERS_MAX:
        return True
    told.append(
        f"Its tag “{shown(tag)}” is left out: it has {len(tag):,} characters, {TAG_CHARACTERS_MAX} at most."
    )
    return False


def shown(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[:SHOWN_CHARACTERS_MAX]}…"


def _rank(place: Any, told: list[str]) -> int | None:
    if place is None or isinstance(place, bool) or place == "":
        return None
    try:
        if is_storable_number(rank := int(place)):
            return rank
    except (TypeError, ValueError, OverflowError):
        told.append("Its position is left out: it is not a number.")
        return None
    told.append("Its position is left out: the number is too large.")
    return None


def _text(value: Any, what: str, told: list[str]) -> str:
    """A value as text, without the characters that cannot be kept."""
    text = "" if value is None else str(value)
    kept = without_refused(text)
    if len(kept) < len(text.replace("\r\n", "\n")):
        told.append(f"Its {what} is saved without its control characters.")
    return kept
