"""What people call the columns of their registers, and which role that gives them. Pure."""

from enum import StrEnum
from typing import Final

from sertantai.core.search_terms import search_terms

HEADING_CHARACTERS_MAX: Final = 80
"""What is longer is a sentence about a column, and no heading."""
HEADING_WORDS_MAX: Final = 6
"""The same, counted in words."""


class Role(StrEnum):
    """What a column is for. ``OTHER``: not said; into the note or left out, as chosen. ``RESPONSIBLE`` and
    ``REVIEW_ON``: who answers for the law in the list, and its review date; ``OWNER`` and ``DATE`` go into
    the note, as of most registers nobody knows who and what they are."""

    LAW = "law"
    REFERENCE = "reference"
    NOTE = "note"
    TAGS = "tags"
    OWNER = "owner"
    DATE = "date"
    RESPONSIBLE = "responsible"
    REVIEW_ON = "review_on"
    OTHER = "other"
    OUT = "out"


# Whole headings, as folded words; then single words that say enough among others.
_HEADINGS: Final[dict[Role, frozenset[str]]] = {
    Role.LAW: frozenset((
        "act", "acts", "act or regulation", "act regulation", "applicable law", "applicable legislation",
        "enactment", "instrument", "law", "law regulation", "laws", "legal instrument", "legal register",
        "legal requirement", "legal requirements", "legislation", "legislation name", "legislation title",
        "legislative requirement", "name", "name of legislation", "regulation", "regulations",
        "regulatory requirement",
        "relevant legislation", "requirement title", "short title", "statute", "statutory instrument",
        "statutory requirement", "title", "title en", "title of act", "title of legislation",
    )),
    Role.REFERENCE: frozenset((
        "citation", "hyperlink", "leg gov uk url", "legislation number", "link", "links", "no year", "ref",
        "ref no", "reference", "reference no", "reference number", "references", "s i no", "si", "si no",
        "si no year", "si number", "si ref", "si reference", "source", "statutory instrument no",
        "statutory instrument number", "uri", "url", "web", "web link", "weblink", "website", "year no",
    )),
    Role.NOTE: frozenset((
        "comment", "comments", "note", "notes", "notes comments", "remark", "remarks",
        "further information",
        "additional information", "additional comments",
    )),
    Role.TAGS: frozenset((
        "area", "aspect", "categories", "category", "classification", "group", "keyword", "keywords",
        "label", "labels",
        "subject", "subjects", "tag", "tags", "theme", "topic", "topics", "type",
    )),
    Role.OWNER: frozenset((
        "accountable", "accountable person", "action owner", "assigned", "assigned to", "assignee",
        "compliance owner",
        "duty holder", "lead", "manager", "owner", "owned by", "person responsible", "process owner",
        "responsibility",
        "responsible", "responsible manager", "responsible owner", "responsible person", "who",
    )),
    Role.DATE: frozenset((
        "date", "date checked", "date of last review", "date of next review", "date of review",
        "date reviewed",
        "deadline", "due", "due date", "last checked", "last review", "last reviewed", "last updated",
        "next review",
        "next review date", "review", "review by", "review date", "review due", "reviewed", "reviewed on",
    )),
    Role.OUT: frozenset((
        "id", "item", "item no", "line", "no", "nr", "number", "row", "s no", "sl no", "sr no",
    )),
}  # fmt: skip
_WORDS: Final[dict[Role, frozenset[str]]] = {
    Role.OWNER: frozenset(("owner", "responsible", "responsibility", "accountable", "assignee", "assigned")),
    Role.DATE: frozenset(("date", "deadline", "reviewed")),
    Role.REFERENCE: frozenset(("citation", "hyperlink", "link", "ref", "reference", "url")),
    Role.NOTE: frozenset(("comment", "comments", "note", "notes", "remarks")),
    Role.LAW: frozenset((
        "act", "instrument", "law", "laws", "legislation", "regulation", "regulations", "statute",
    )),
    Role.TAGS: frozenset(("category", "keywords", "tags", "topic")),
}  # fmt: skip
"""In this order: "Date of law" is a date, "Link to legislation" a reference."""
_OTHER_WORDS: Final = frozenset(
    (
        *(
            "action",
            "actions",
            "applicability",
            "applicable",
            "compliance",
            "compliant",
            "description",
            "evidence",
        ),
        *(
            "impact",
            "key",
            "relevance",
            "requirement",
            "requirements",
            "risk",
            "scope",
            "site",
            "status",
            "summary",
        ),
        *("year", "how", "controls"),
    )
)
"""Words of headings that people have, and that say of no role which."""


_OF_OTHER_LAWS: Final = frozenset((
    "amended", "amending", "amendments", "enabling", "parent", "previous", "replaced", "replaces", "revoked",
    "revokes", "superseded", "supersedes",
))  # fmt: skip
"""Beside a law: those that it comes from, and those that came after it."""


def role_of_heading(heading: str) -> Role | None:
    """None: it does not say."""
    words = search_terms(heading[: HEADING_CHARACTERS_MAX + 1])
    if not words:
        return None
    whole = " ".join(words)
    if is_of_other_laws(heading):
        return Role.OTHER
    if (role := next((role for role, known in _HEADINGS.items() if whole in known), None)) is not None:
        return role
    if not is_short(heading):
        return None
    return next((role for role, known in _WORDS.items() if known.intersection(words)), None)


def is_of_other_laws(heading: str) -> bool:
    """Whether a column holds what the law of a row comes from, or what came after it."""
    return is_short(heading) and not _OF_OTHER_LAWS.isdisjoint(search_terms(heading))


def is_known(cell: str) -> bool:
    """Whether it is a heading that people have, for whatever role."""
    if not cell or not is_short(cell):
        return False
    return role_of_heading(cell) is not None or bool(_OTHER_WORDS.intersection(search_terms(cell)))


def is_short(cell: str) -> bool:
    """Whether it is no longer than headings are."""
    return len(cell) <= HEADING_CHARACTERS_MAX and len(search_terms(cell)) <= HEADING_WORDS_MAX
