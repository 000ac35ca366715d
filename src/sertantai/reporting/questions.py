"""The questions: what each answers and does not, what it takes, its columns. Pure."""

from enum import StrEnum
from typing import Final

import msgspec

from sertantai.core.errors import NotFound
from sertantai.files.report_rows import Column, Kind


class Chart(StrEnum):
    """What is drawn above the table. OVER_TIME: how many rows in each day, week or month; SHARES: a bar a
    row; HOURS: how busy each hour of the week was."""

    NONE = "none"
    OVER_TIME = "over_time"
    SHARES = "shares"
    HOURS = "hours"


class Question(msgspec.Struct, frozen=True):
    """``takes`` are names of parameters, ``needs`` those it is nothing without. ``leaves_out``: what nobody
    should read into it. ``in_organizations``: it asks for members; ``of_whole``: only who may see all that an
    organization did is answered. ``of_everybody``: administrators of the site may ask it of everybody."""

    key: str
    number: int
    title: str
    answers: str
    leaves_out: str
    takes: tuple[str, ...]
    columns: tuple[Column, ...]
    needs: tuple[str, ...] = ()
    chart: Chart = Chart.OVER_TIME
    in_organizations: bool = False
    of_whole: bool = False
    of_everybody: bool = False


PERIOD: Final = ("period", "since", "until")
AT: Final = Column("at", "When", Kind.MOMENT, width=20)
LAW: Final = Column("law", "Law", width=26)
TITLE: Final = Column("title", "Title", width=52)
FAMILY: Final = Column("family", "Family", width=30)
LIST: Final = Column("list", "List", width=24)
BY: Final = Column("by", "By", width=24)
WHAT: Final = Column("what", "What", width=34)
HOW: Final = Column("how", "How", width=14)
NOTE: Final = Column("note", "Note", width=40)
REASON: Final = Column("reason", "Reason", width=40)
OPERATION: Final = Column("operation", "Change", width=36)
FROM: Final = Column("address", "Address", personal=True, width=18)
BROWSER: Final = Column("browser", "Browser", personal=True, width=24)
DETAILS: Final = Column("details", "Details", width=48)

ALL: Final = (
    Question(
        "applicable",
        1,
        "What was considered applicable on a day?",
        "Each law that was in the list at the end of that day: since when, who ticked it and who that was "
        "then, by what means, with what reason, and its note as it stood that day.",
        "A law that nobody ticked is not in it. Where nobody gave a reason, the note may say why. Titles are "
        "those of today's register.",
        ("list", "at"),
        (
            LAW,
            TITLE,
            FAMILY,
            Column("since", "In it since", Kind.MOMENT, width=20),
            BY,
            Column("identity", "Who that was then", width=34),
            HOW,
            REASON,
            NOTE,
            OPERATION,
        ),
        needs=("list", "at"),
        chart=Chart.NONE,
    ),
    Question(
        "removals",
        2,
        "Which laws were removed, by whom, and why?",
        "Each law that was removed from a list, with the reason that was given and the note that it had.",
        "It may have been ticked again since. Lists that were deleted or handed over are not in it.",
        (*PERIOD, "list", "law", "person", "family", "type", "source", "reason"),
        (AT, LAW, TITLE, FAMILY, LIST, BY, HOW, REASON, NOTE, OPERATION, FROM, BROWSER),
        of_everybody=True,
    ),
    Question(
        "differences",
        3,
        "What differs between two days, or two lists?",
        "Each law that was in the one and not in the other, with who changed that last and when.",
        "What came and went in between does not show. Titles are those of today's register.",
        ("list", "at", "then", "other"),
        (
            LAW,
            TITLE,
            FAMILY,
            Column("change", "Difference", width=22),
            Column("changed_at", "Changed", Kind.MOMENT, width=20),
            BY,
            HOW,
        ),
        needs=("list", "at"),
        chart=Chart.NONE,
    ),
    Question(
        "access",
        4,
        "Who saw, exported or was sent a list?",
        "Exports, links that were opened, looks of administrators, and reports and packs that were made.",
        "Reading a list leaves no trace. Before the history knew of such access, nothing is told.",
        (*PERIOD, "list", "person"),
        (AT, WHAT, LIST, BY, DETAILS),
        of_whole=True,
        of_everybody=True,
    ),
    Question(
        "reviews",
        5,
        "Which reviews are overdue, or due soon?",
        "Each law with a day on which it is to be looked at again: who answers for it, by how many days "
        "it is late, and when somebody last said that they had looked at it.",
        "It is how things stand now, not on an earlier day. A law without such a day is not in it. Whether "
        "the history itself was reviewed is said at the end.",
        ("list", "state", "family"),
        (
            LAW,
            TITLE,
            FAMILY,
            LIST,
            Column("responsible", "Responsible", width=24),
            Column("review_on", "Review on", Kind.DAY, width=12),
            Column("days_late", "Days late", Kind.WHOLE, width=10),
            Column("reviewed_at", "Last reviewed", Kind.MOMENT, width=20),
            NOTE,
        ),
        chart=Chart.NONE,
    ),
    Question(
        "outside-hours",
        6,
        "What was changed outside working hours, or from a new address?",
        "Changes before, after and between the hours of work, at weekends, or from an address that the same "
        "person had not used here in the 90 days before.",
        "Public holidays are working days to it. Addresses are told only to who may see them.",
        (*PERIOD, "list", "person", "hours", "why"),
        (
            AT,
            Column("local", "Local time", width=22),
            BY,
            WHAT,
            LIST,
            Column("laws", "Laws", Kind.WHOLE, width=8),
            HOW,
            OPERATION,
            FROM,
            BROWSER,
        ),
        chart=Chart.HOURS,
        of_everybody=True,
    ),
    Question(
        "rights",
        7,
        "Who could change a list on a day, and who gave the right?",
        "Each person who saw the list then, what they could do with it, and by whose grant or as what.",
        "It is worked out from the history of the organisation. A list of one's own has nobody else in it.",
        ("list", "at"),
        (
            Column("person", "Person", width=26),
            Column("role", "Role", width=12),
            Column("level", "Could", width=12),
            Column("through", "Through", width=30),
            Column("given_by", "Given by", width=26),
            Column("given_at", "Given", Kind.MOMENT, width=20),
            Column("ends_at", "Ends", Kind.MOMENT, width=20),
        ),
        needs=("list", "at"),
        chart=Chart.NONE,
        in_organizations=True,
    ),
    Question(
        "response",
        8,
        "A law changed: how long until somebody decided?",
        "Each change that an import of the register brought to a law of the list, and the first thing that "
        "was done about that law afterwards.",
        "Reading a law leaves no trace: looked at and left as it was counts as not decided.",
        (*PERIOD, "list", "family"),
        (
            Column("changed_at", "Law changed", Kind.MOMENT, width=20),
            LAW,
            TITLE,
            Column("fields", "What of it", width=30),
            LIST,
            Column("decided_at", "Decided", Kind.MOMENT, width=20),
            Column("days", "Days", Kind.WHOLE, width=8),
            BY,
            WHAT,
        ),
    ),
    Question(
        "mass-changes",
        9,
        "What was changed in bulk, by import or by rule, and what was undone?",
        "Each change of many laws at once, by whom and by what means, and when it was undone.",
        "Many single ticks one after another are not one change.",
        (*PERIOD, "list", "person", "least", "source", "undone"),
        (
            AT,
            BY,
            LIST,
            WHAT,
            Column("added", "Ticked", Kind.WHOLE, width=9),
            Column("removed", "Unticked", Kind.WHOLE, width=9),
            Column("noted", "Noted", Kind.WHOLE, width=9),
            HOW,
            Column("undone_at", "Undone", Kind.MOMENT, width=20),
            OPERATION,
            FROM,
            BROWSER,
        ),
        of_everybody=True,
    ),
    Question(
        "law",
        10,
        "What was done about one law, in all lists?",
        "Each time that it was ticked, unticked or noted, in whatever list.",
        "Lists of others are not in it.",
        (*PERIOD, "law", "list", "person"),
        (AT, LAW, TITLE, WHAT, LIST, BY, HOW, REASON, NOTE, OPERATION, FROM, BROWSER),
        needs=("law",),
        of_everybody=True,
    ),
    Question(
        "person",
        11,
        "What did one person do?",
        "Each change that they made, in lists, to lists, and to who may do what.",
        "What they looked at, and what they did elsewhere, is not in it.",
        (*PERIOD, "person", "list"),
        (AT, WHAT, LIST, Column("laws", "Laws", Kind.WHOLE, width=8), HOW, OPERATION, FROM, BROWSER),
        needs=("person",),
        chart=Chart.OVER_TIME,
        of_everybody=True,
    ),
    Question(
        "coverage",
        12,
        "What of the register is covered, and what was never considered?",
        "Of each family, or type, how many laws are in force, in the list, and never were in it.",
        "The register is as it was at the end of that day, as far as imports have told what they changed. "
        "What is not in the list may apply nevertheless.",
        ("list", "at", "by"),
        (
            Column("name", "Of", width=44),
            Column("in_force", "In force", Kind.WHOLE, width=10),
            Column("held", "In the list", Kind.WHOLE, width=10),
            Column("considered", "Ever in it", Kind.WHOLE, width=10),
            Column("never", "Never in it", Kind.WHOLE, width=11),
            Column("share", "Covered, %", Kind.WHOLE, width=11),
        ),
        needs=("list",),
        chart=Chart.SHARES,
    ),
    Question(
        "sign-ins",
        13,
        "Who signed in, or failed to; which factors and tokens were made?",
        "Sign-ins, failures, second factors, tokens and sessions, as the security log has them.",
        "Only one's own; an operator asks for everybody's on the command line. The site says how long.",
        (*PERIOD, "kind"),
        (
            AT,
            Column("kind", "What", width=26),
            Column("severity", "Gravity", width=10),
            Column("person", "Person", width=28),
            Column("times", "Times", Kind.WHOLE, width=8),
            FROM,
        ),
        of_everybody=True,
    ),
    Question(
        "dropped",
        14,
        "What was dropped or erased, under which policy, and what is held?",
        "Months of the trail that were dropped or rewritten, people who were erased, policies and holds.",
        "What is gone is not in it; that it went is.",
        PERIOD,
        (AT, WHAT, BY, DETAILS),
        chart=Chart.NONE,
        of_whole=True,
        of_everybody=True,
    ),
    Question(
        "rules",
        15,
        "Who changed the rules: lists, roles, rights, policies, keys?",
        "Each change to who may do what, to lists themselves, to settings and to how long things are kept.",
        "What was changed is told in the words of the trail, by names as they are now.",
        (*PERIOD, "list", "person"),
        (AT, WHAT, Column("about", "About", width=24), LIST, BY, DETAILS, OPERATION, FROM, BROWSER),
        of_whole=True,
        of_everybody=True,
    ),
    Question(
        "whole",
        16,
        "Is the trail whole?",
        "What was sealed and checked, restores, and what was accepted by whom.",
        "Checking again is another thing: sertantai audit verify, or an evidence pack.",
        PERIOD,
        (AT, WHAT, BY, DETAILS),
        chart=Chart.NONE,
        of_whole=True,
        of_everybody=True,
    ),
    Question(
        "never-considered",
        17,
        "Which laws in force were never considered?",
        "Each law that was in force at the end of that day, and never in the list by then.",
        "Somebody may have read it and decided that it does not apply: reading leaves no trace.",
        ("list", "at", "family", "type"),
        (
            LAW,
            TITLE,
            FAMILY,
            Column("type", "Type", width=14),
            Column("live", "Status", width=30),
        ),
        needs=("list",),
        chart=Chart.NONE,
    ),
    Question(
        "trail-reviews",
        18,
        "Was the history itself reviewed?",
        "Each time that somebody said they had looked through the history, for which time, and their note.",
        "It is what they said: reading leaves no trace.",
        (*PERIOD, "list", "person"),
        (
            AT,
            LIST,
            BY,
            Column("since", "Reviewed from", Kind.DAY, width=14),
            Column("until", "Reviewed to", Kind.DAY, width=14),
            NOTE,
        ),
        of_everybody=True,
    ),
    Question(
        "everything",
        19,
        "What was done?",
        "Each change: by whom, in whose lists, what, to how many laws, by what means, when it was undone.",
        "What people looked at is not in it. Single laws of a change are told by its own page.",
        (*PERIOD, "list", "person", "source", "undone"),
        (
            AT,
            BY,
            Column("whose", "Whose", width=26),
            WHAT,
            LIST,
            Column("laws", "Laws", Kind.WHOLE, width=8),
            HOW,
            Column("undone_at", "Undone", Kind.MOMENT, width=20),
            OPERATION,
            FROM,
            BROWSER,
        ),
        of_everybody=True,
    ),
)
BY_KEY: Final = {one.key: one for one in ALL}
_BY_NUMBER: Final = {str(one.number): one for one in ALL}


def question_named(text: str) -> Question:
    """By its key or its number. Raises `NotFound`: it is a part of the address."""
    found = BY_KEY.get(text) or _BY_NUMBER.get(text)
    if found is None:
        raise NotFound(
            f"There is no question {text[:40]!r}; there are {', '.join(BY_KEY)}.", field="question"
        )
    return found
