"""What was erased of somebody, what was kept and why, and where it is sealed: as text. Pure."""

from typing import Final

from sertantai.persons.model import Erasure

TITLE: Final = "Erasure of a person's data (Art. 17 GDPR)"
STAYS: Final = (
    (
        "What they did in lists, under an id that leads to nobody",
        "who changed what, and when, is evidence of how duties were met (Art. 17(3)(b) and (e))",
    ),
    (
        "What they wrote in lists of organisations, and as whom those knew them while they were members",
        "those are the organisation's records (Art. 17(3)(b) and (e))",
    ),
    ("Hashes of the sealed log", "without the keys, which are gone, they say nothing of anybody"),
    ("Which laws their own lists held", "the trail is compared with it; it names nobody"),
    ("Backups made before", "they age out; whatever is restored from one, they are erased again"),
)


def as_text(erasure: Erasure, head: str | None = None) -> str:
    """``head``: the newest signed head of the sealed log."""
    lines = [TITLE, "", f"Erasure        {erasure.id}", f"Person         {erasure.person}"]
    lines.append(f"Asked for      {erasure.asked_at:%Y-%m-%d %H:%M} UTC, by {_by(erasure)}")
    lines.append(f"Reason         {erasure.reason}")
    if erasure.done_at is None:
        lines.append(f"State          {erasure.state}; due {erasure.due_at:%Y-%m-%d %H:%M} UTC")
        return "\n".join(lines)
    lines += [f"Done           {erasure.done_at:%Y-%m-%d %H:%M} UTC", "", "What went"]
    for what, rows in sorted(erasure.went.items()):
        table, _, act = what.partition("/")
        lines.append(f"  {rows:>9,}  {table} {act}")
    lines += ["", "What stays, and why"]
    lines += [f"  - {what}: {why}." for what, why in STAYS]
    if head is not None:
        lines += ["", "The sealed log, as it is now", *(f"  {line}" for line in head.rstrip().splitlines())]
    return "\n".join(lines)


def _by(erasure: Erasure) -> str:
    return "the operator" if erasure.asked_by is None else str(erasure.asked_by)
