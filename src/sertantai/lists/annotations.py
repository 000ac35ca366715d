"""What a person may add to a selection, in the one spelling that all ways in share."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import parse_uuid
from sertantai.core.notes import RESPONSIBLE, REVIEW_ON
from sertantai.core.operations import Annotation
from sertantai.core.spelling import compared, lines, one_line
from sertantai.core.storable import require_storable
from sertantai.engine.errors import AnnotationChanged

NOTE_CHARACTERS_MAX: Final = 10_000
TAGS_MAX: Final = 50
TAG_CHARACTERS_MAX: Final = 100
ANNOTATION_BYTES_MAX: Final = 64 * 1024
SEPARATORS: Final = ",;"
"""Between tags, where people type them and where a file has them; so no tag holds one."""
_SEPARATORS: Final = re.compile(f"[{SEPARATORS}]")


def spelled(changes: Annotation) -> Annotation:
    """The changes as they are kept. Raises `InvalidInput` for what is beyond its bounds or cannot be kept."""
    for name, value in changes.items():
        require_storable(value, name, bytes_max=ANNOTATION_BYTES_MAX)
    kept = dict(changes)
    if (note := changes.get("note")) is not None:
        kept["note"] = _note(note)
    if (tags := changes.get("tags")) is not None:
        kept["tags"] = _tags(tags)
    if (person := changes.get(RESPONSIBLE)) is not None:
        kept[RESPONSIBLE] = str(parse_uuid(person, RESPONSIBLE))
    if (day := changes.get(REVIEW_ON)) is not None:
        kept[REVIEW_ON] = _day(day, REVIEW_ON)
    return kept


def distinct(tags: Iterable[str]) -> list[str]:
    """Each tag once, as it was first written: "Leeds" and "leeds" are one."""
    first: dict[str, str] = {}
    for tag in tags:
        first.setdefault(compared(tag), tag)
    return list(first.values())


def parted(tags: str) -> list[str]:
    """Several tags that were written as one text."""
    return [tag for part in _SEPARATORS.split(tags) if (tag := part.strip())]


def _note(note: Any) -> str | None:
    if not isinstance(note, str) or len(note) > NOTE_CHARACTERS_MAX:
        raise InvalidInput(f"note: at most {NOTE_CHARACTERS_MAX:,} characters of text.", field="note")
    return lines(note, "note") or None


def _tags(tags: Any) -> list[str]:
    if not isinstance(tags, list) or len(tags) > TAGS_MAX:
        raise InvalidInput(f"tags: a list of at most {TAGS_MAX}.", field="tags")
    return distinct(_tag(tag, f"tags[{at}]") for at, tag in enumerate(tags))


def _day(day: Any, field: str) -> str:
    """As ISO 8601 has it, so that texts compare as days do."""
    try:
        return date.fromisoformat(day).isoformat()
    except (TypeError, ValueError):
        raise InvalidInput(f"{field}: a day, as 2026-03-31.", field=field) from None


def _tag(tag: Any, field: str) -> str:
    kept = one_line(tag, field) if isinstance(tag, str) else ""
    if not 0 < len(kept) <= TAG_CHARACTERS_MAX:
        raise InvalidInput(f"{field}: a tag has 1 to {TAG_CHARACTERS_MAX} characters.", field=field)
    if _SEPARATORS.search(kept):
        raise InvalidInput(f"{field}: a tag cannot contain a comma or semicolon; use two tags.", field=field)
    return kept


def to_the_letter(annotation: Annotation, shown: Annotation) -> Annotation:
    """What somebody was ``shown``, spelled as it stands in ``annotation``; what is not shown like what stands
    there as it would be kept. So whoever compares the two later has nothing to know of spelling.

    Raises `AnnotationChanged` for what can stand nowhere.
    """
    meant: Annotation = {}
    for name, value in shown.items():
        stands = annotation.get(name)
        if _as_shown(stands) == _as_shown(value):
            meant[name] = stands
            continue
        try:
            meant[name] = spelled({name: value})[name] or None
        except InvalidInput as error:
            raise AnnotationChanged(name) from error
    return meant


def _as_shown(value: Any) -> Any:
    """A note or tags as a page shows them and sends them back; nothing is None."""
    if isinstance(value, str):
        return "\n".join(value.splitlines()).strip() or None
    if isinstance(value, list):
        return {compared(one) for tag in value for one in parted(tag)} or None
    return value
