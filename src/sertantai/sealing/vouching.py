"""Which keys of a log the ones before vouch for: told of in the log, under a head that such a key signed; or
with the signature of the recovery key, which the log told of in that way.

Whoever has the first key can follow to today's by that. A key that began to sign because the one before was
lost has nobody's word; it is told so wherever keys are shown. Of a key that was compromised, only heads count
that a witness saw, or an authority stamped, before: what came later somebody else may have signed.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from sertantai.core.sealing.entries import time_of
from sertantai.core.sealing.notes import (
    Key,
    NotANote,
    Note,
    cosigned_at,
    is_signed,
    parse_head,
    parse_key,
    parse_note,
    strict_base64,
)
from sertantai.core.sealing.recovery import vouched_text
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import verifies
from sertantai.sealing.log import keys_of
from sertantai.sealing.outside.remembered import cosigned_notes, cosigners_of
from sertantai.sealing.outside.stamped import stamped_notes
from sertantai.sealing.outside.tokens import stamped_at

_KIND: Final = '"kind":"key"'


class By(StrEnum):
    """Whose word there is for a key: the ``FIRST`` needs none."""

    FIRST = "first"
    KEY = "key"
    RECOVERY = "recovery"
    NOBODY = "nobody"


class Standing(msgspec.Struct, frozen=True):
    """``compromised``: since when somebody else may have it, in microseconds since 1970; None: it is not."""

    key: Key
    by: By
    compromised: int | None = None

    @property
    def compromised_at(self) -> datetime | None:
        return None if self.compromised is None else time_of(self.compromised)


class Told(msgspec.Struct, frozen=True):
    """What a notice tells of keys, at its place in the log: of the next one, or of the ``recovery`` key."""

    index: int
    key: str | None = None
    vouched_for: str | None = None
    recovery: str | None = None
    signature: str | None = None
    compromised: int | None = None


def standings(folder: Path) -> list[Standing]:
    """Of every key that ever signed, oldest first. Raises `FileDamaged`."""
    keys = keys_of(folder)
    told = list(told_of(TrailFiles(folder)))
    since = compromised_in(told)
    words = _words(folder, keys, told, since) if len(keys) > 1 else {keys[0]: By.FIRST}
    return [Standing(key, words.get(key, By.NOBODY), since.get(str(key))) for key in keys]


def not_vouched_for(folder: Path) -> list[Key]:
    """Raises `FileDamaged`."""
    return [one.key for one in standings(folder) if one.by is By.NOBODY]


def compromised_in(told: Sequence[Told]) -> dict[str, int]:
    """Since when, by the key as it is written; told twice, the earlier one counts."""
    found: dict[str, int] = {}
    for one in told:
        if one.compromised is not None and one.vouched_for is not None:
            found[one.vouched_for] = min(one.compromised, found.get(one.vouched_for, one.compromised))
    return found


def told_of(files: TrailFiles) -> Iterator[Told]:
    """All that the log tells of keys, in its order."""
    lines = files.notice_lines()
    for index in files.notice_indexes():
        line = next(lines, "{}")
        if _KIND in line:
            yield _told(index, msgspec.json.decode(line).get("body", {}))


def _told(index: int, body: Mapping[str, Any]) -> Told:
    since = body.get("compromised")
    return Told(
        index,
        key=_text(body, "key"),
        vouched_for=_text(body, "vouched_for"),
        recovery=_text(body, "recovery"),
        signature=_text(body, "signature"),
        compromised=since if isinstance(since, int) else None,
    )


def _text(body: Mapping[str, Any], name: str) -> str | None:
    found = body.get(name)
    return found if isinstance(found, str) else None


def _words(
    folder: Path, keys: Sequence[Key], told: Sequence[Told], since: Mapping[str, int]
) -> dict[Key, By]:
    known, words = {str(key): key for key in keys}, {keys[0]: By.FIRST}
    reach = _reach(folder, keys, since)
    while True:
        upto, recovery, before = max(reach[key] for key in words), None, len(words)
        for one in told:
            if one.recovery is not None and one.index < upto:
                recovery = one.recovery
            key = known.get(one.key or "")
            if key is None or key in words:
                continue
            if one.index < upto:
                words[key] = By.KEY
            elif recovery is not None and one.vouched_for == recovery and is_vouched(one):
                words[key] = By.RECOVERY
        if len(words) == before:
            return words


def is_vouched(told: Told) -> bool:
    """Whether the signature of a recovery key under it is true."""
    if told.key is None or told.vouched_for is None or told.signature is None:
        return False
    try:
        recovery, signature = parse_key(told.vouched_for), strict_base64(told.signature)
    except NotANote:
        return False
    return verifies(recovery.public, signature, vouched_text(told.key))


def _reach(folder: Path, keys: Sequence[Key], since: Mapping[str, int]) -> dict[Key, int]:
    """The size of the largest head that counts, of each that signed it."""
    reach = dict.fromkeys(keys, 0)
    witnesses, stamps = cosigners_of(folder), _stamps(folder) if since else {}
    for text in [*TrailFiles(folder).notes(), *cosigned_notes(folder), *stamps]:
        try:
            note = parse_note(text)
            size = parse_head(note.text).size
        except NotANote:
            continue
        for key in keys:
            if size <= reach[key] or not _names(note, key) or not is_signed(note, key, verifies):
                continue
            seen = min(seen_by(note, witnesses), stamps.get(text, float("inf")))
            if str(key) not in since or seen <= since[str(key)]:
                reach[key] = size
    return reach


def _stamps(folder: Path) -> dict[str, float]:
    """Heads that an authority stamped, and when, in microseconds since 1970."""
    found = ((note, stamped_at(answer)) for note, answer in stamped_notes(folder))
    return {note: at.timestamp() * 1_000_000 for note, at in found if at is not None}


def seen_by(note: Note, witnesses: Sequence[Key]) -> float:
    """When one of them saw a head first, in microseconds since 1970; infinity: none did."""
    times = [
        time
        for key in witnesses
        if _names(note, key) and is_signed(note, key, verifies)
        for one in note.signatures
        if (one.name, one.key_hash) == (key.name, key.hash) and (time := cosigned_at(one)) is not None
    ]
    return min(times) * 1_000_000 if times else float("inf")


def _names(note: Note, key: Key) -> bool:
    return any((one.name, one.key_hash) == (key.name, key.hash) for one in note.signatures)
