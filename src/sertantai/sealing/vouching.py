"""Which keys of a log the ones before vouch for: told of in the log, under a head that such a key signed.

Whoever has the first key can follow to today's by that. A key that began to sign because the one before was
lost has nobody's word; it is told so wherever keys are shown.
"""

from pathlib import Path

import msgspec

from sertantai.core.sealing.notes import Key, NotANote, is_signed, parse_head, parse_note
from sertantai.sealing.files import NOTICE, TrailFiles
from sertantai.sealing.keys import verifies
from sertantai.sealing.log import keys_of


def not_vouched_for(folder: Path) -> list[Key]:
    """Raises `NotANote` where the file of keys is damaged."""
    [first, *others] = keys_of(folder)
    if not others:
        return []
    files, trusted = TrailFiles(folder), [first]
    told, reach = _told(files), _reach(files, [first, *others])
    while True:
        upto = max(reach[str(key)] for key in trusted)
        found = [key for key in others if key not in trusted and told.get(str(key), upto) < upto]
        if not found:
            return [key for key in others if key not in trusted]
        trusted += found


def _told(files: TrailFiles) -> dict[str, int]:
    """Each key that a notice tells of, and the first entry that does."""
    told: dict[str, int] = {}
    lines = files.notice_lines()
    for index, (_, part) in enumerate(files.places()):
        if part == NOTICE:
            line = next(lines, "{}")
            key = msgspec.json.decode(line)["body"].get("key") if '"kind":"key"' in line else None
            if isinstance(key, str):
                told.setdefault(key, index)
    return told


def _reach(files: TrailFiles, keys: list[Key]) -> dict[str, int]:
    """The size of the largest head that each of them signed."""
    reach = {str(key): 0 for key in keys}
    for text in files.notes():
        try:
            note = parse_note(text)
            size = parse_head(note.text).size
        except NotANote:
            continue
        for key in keys:
            if any(one.key_hash == key.hash for one in note.signatures) and is_signed(note, key, verifies):
                reach[str(key)] = max(reach[str(key)], size)
    return reach
