"""What was erased of somebody, what was kept and why, and where it is sealed: as text, as a page, as a PDF.
Pure."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sertantai.files.pdf import PdfDocument
from sertantai.persons.model import Erasure
from sertantai.persons.paper import exact, facts, heading, page_of, paragraph, table
from sertantai.persons.wording import going, staying

TITLE: Final = "Erasure of a person's data (Art. 17 GDPR)"
LEAD: Final = (
    "What was erased of a person, what stays, and on which ground. It names nobody: the id leads to nobody "
    "any more."
)
STAYS: Final = (
    (
        "What was done in lists, under an id that leads to nobody",
        "who changed what, and when, is evidence of how duties were met (Art. 17(3)(b) and (e))",
    ),
    (
        "What was written in lists of organisations, and as whom those knew their member",
        "those are the organisation's records (Art. 17(3)(b) and (e))",
    ),
    ("Hashes of the sealed log", "without the keys, which are gone, they say nothing of anybody"),
    ("Which laws own lists held", "the trail is compared with it; it names nobody"),
)
BACKUPS: Final = "Backups made before"
ERASED_AGAIN: Final = "anyone who is restored from one is erased again"
_STATES: Final = {
    "waiting": "Not erased yet",
    "begun": "Being erased",
    "undone": "Undone: nothing was erased",
    "done": "Erased",
}


def stays(erasure: Erasure | None, backup_kept_days: int | None) -> tuple[tuple[str, str], ...]:
    """What stays, and why. ``backup_kept_days``: how long backups are; None: that was not said. The last that
    has somebody may be of the moment in which they were erased."""
    if backup_kept_days is None:
        how = "they age out"
    elif erasure is None or erasure.done_at is None:
        how = f"they are kept for {backup_kept_days} days"
    else:
        gone = erasure.done_at + timedelta(days=backup_kept_days)
        how = f"the last of them ages out by {gone:%Y-%m-%d}, as they are kept for {backup_kept_days} days"
    return (*STAYS, (BACKUPS, f"{how}; {ERASED_AGAIN}"))


def as_text(erasure: Erasure, head: str | None = None, backup_kept_days: int | None = None) -> str:
    """``head``: the newest signed head of the sealed log; ``backup_kept_days``: see `stays`."""
    lines = [TITLE, "", f"Erasure        {erasure.id}", f"Person         {erasure.person}"]
    lines.append(f"Asked for      {erasure.asked_at:%Y-%m-%d %H:%M} UTC, by {_by(erasure)}")
    lines.append(f"Reason         {erasure.reason}")
    if erasure.done_at is None:
        lines.append(f"State          {erasure.state}; due {erasure.due_at:%Y-%m-%d %H:%M} UTC")
        return "\n".join(lines)
    lines += [f"Done           {erasure.done_at:%Y-%m-%d %H:%M} UTC", "", "What went"]
    for what, rows in sorted(erasure.went.items()):
        name, _, act = what.partition("/")
        lines.append(f"  {rows:>9,}  {name} {act}")
    lines += ["", "What stays, and why"]
    lines += [f"  - {what}: {why}." for what, why in stays(erasure, backup_kept_days)]
    if head is not None:
        lines += ["", "The sealed log, as it is now", *(f"  {line}" for line in head.rstrip().splitlines())]
    return "\n".join(lines)


def as_html(erasure: Erasure, head: str | None = None, backup_kept_days: int | None = None) -> str:
    """One file, to be kept or printed."""
    return page_of(TITLE, LEAD, _parts(erasure, head, backup_kept_days))


def _parts(erasure: Erasure, head: str | None, backup_kept_days: int | None) -> Iterator[str]:
    yield facts(about(erasure))
    if erasure.done_at is None:
        return
    yield heading("What went")
    yield table(("What", "Rows"), [(what, f"{rows:,}") for what, rows in going(erasure.went)], numbers=(1,))
    if emptied := staying(erasure.went):
        yield heading("What stays, and what went of it")
        yield table(("What", "Rows"), [(what, f"{rows:,}") for what, rows in emptied], numbers=(1,))
    yield heading("What stays, and on which ground")
    grounds = stays(erasure, backup_kept_days)
    yield table(("What", "Why"), [(what, f"{why[:1].upper()}{why[1:]}.") for what, why in grounds])
    if head is not None:
        yield heading("The sealed log")
        yield paragraph(
            "A notice of the erasure stands in the sealed log of this site. Its newest head, as it is now:",
            quiet=True,
        )
        yield exact(head.rstrip())


def as_pdf(erasure: Erasure, head: str | None = None, backup_kept_days: int | None = None) -> PdfDocument:
    """The same to be made into a PDF; of one that is done."""
    gone = [(what, f"{rows:,}", "gone") for what, rows in going(erasure.went)]
    emptied = [(what, f"{rows:,}", "stays without it") for what, rows in staying(erasure.went)]
    sealed = () if head is None else (("Sealed log", " ".join(head.split())),)
    return PdfDocument(
        title=TITLE,
        about="Certificate",
        made_at=erasure.done_at or erasure.asked_at,
        footer=f"Erasure {erasure.id}",
        lead=(LEAD, *(f"{name}: {text}." for name, text in about(erasure))),
        columns=("What", "Rows", "What happened"),
        widths=(60, 15, 25),
        rows=(*gone, *emptied),
        facts_title="What stays, and on which ground",
        facts=(*stays(erasure, backup_kept_days), *sealed),
    )


def about(erasure: Erasure) -> list[tuple[str, str]]:
    """What it is, as pairs of name and text."""
    told = [
        ("Erasure", str(erasure.id)),
        ("Person", str(erasure.person)),
        ("State", _STATES[erasure.state]),
        ("Asked for", f"{erasure.asked_at:%Y-%m-%d %H:%M} UTC, by {_by(erasure)}"),
        ("Reason", erasure.reason),
    ]
    if erasure.done_at is not None:
        again = ", once more, after a restore" if erasure.again else ""
        return [*told, ("Done", f"{erasure.done_at:%Y-%m-%d %H:%M} UTC{again}")]
    if erasure.taken_back_at is not None:
        return [*told, ("Undone", f"{erasure.taken_back_at:%Y-%m-%d %H:%M} UTC")]
    return [*told, ("Due", f"{erasure.due_at:%Y-%m-%d %H:%M} UTC")]


def _by(erasure: Erasure) -> str:
    if erasure.asked_by is None:
        return "the operator"
    return "themselves" if erasure.is_own else f"administrator {erasure.asked_by}"
