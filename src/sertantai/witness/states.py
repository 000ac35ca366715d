"""What a witness keeps: its key, its name, and the last head of each log that it has signed.

Below its data directory ``witness/``: ``name``, and a file a log with the checkpoint as it came. Such a file
is whole and on the disk before anybody is answered: a witness that forgets would sign a second history.
"""

from hashlib import sha256
from pathlib import Path
from typing import Final

from sertantai.core.errors import InvalidInput, Unavailable
from sertantai.core.sealing.notes import Head, NotANote, parse_head, parse_note
from sertantai.process.data_directory import DataDirectoryMissing
from sertantai.process.private_files import make_private_folder, write_whole
from sertantai.process.secret_file import secret_in
from sertantai.sealing.keys import KEYS_FOLDER, Cosigner

FOLDER: Final = "witness"
KEY_FILE: Final = "witness"
NAME_FILE: Final = "name"
NAME_CHARACTERS_MAX: Final = 200


class StateDamaged(Unavailable):
    code = "witness_state_damaged"


def cosigner_in(data_path: Path) -> Cosigner:
    """Of a witness that is there. Raises `DataDirectoryMissing`."""
    name = data_path / FOLDER / NAME_FILE
    if not name.exists():
        raise DataDirectoryMissing(data_path)
    return Cosigner(name.read_text().strip(), secret_in(data_path / KEYS_FOLDER / KEY_FILE))


def begin(data_path: Path, name: str | None) -> Cosigner:
    """The witness of this directory, made where there is none. Its name is for good: others know its key by
    it. Raises `InvalidInput`."""
    kept = data_path / FOLDER / NAME_FILE
    if not kept.exists():
        secret = secret_in(data_path / KEYS_FOLDER / KEY_FILE)
        name = _fitting(name) if name is not None else f"witness-{sha256(secret).hexdigest()[:8]}"
        make_private_folder(kept.parent)
        write_whole(kept, f"{name}\n".encode())
    found = cosigner_in(data_path)
    if name is not None and name != found.key.name:
        raise InvalidInput(
            f"The witness here is called {found.key.name}, and others know its key by that name.",
            field="name",
        )
    return found


class States:
    """The last head of each log, also on the disk."""

    def __init__(self, folder: Path) -> None:
        """Raises `StateDamaged`: a witness that does not know what it has signed signs nothing."""
        self._folder = folder
        self.seen: dict[str, Head] = {}
        for path in folder.glob("*.head"):
            try:
                head = parse_head(parse_note(path.read_text()).text)
            except (NotANote, UnicodeDecodeError) as error:
                raise StateDamaged(f"{path} is damaged: {error}. This witness signs nothing.") from None
            self.seen[head.origin] = head

    def keep(self, head: Head, note: str) -> None:
        """On the disk before it returns. Raises `OSError`: then it may be there, or not."""
        path = self._folder / f"{sha256(head.origin.encode()).hexdigest()}.head"
        write_whole(path, note.encode())
        self.seen[head.origin] = head


def _fitting(name: str) -> str:
    if not 0 < len(name) <= NAME_CHARACTERS_MAX or "+" in name or any(one.isspace() for one in name):
        raise InvalidInput(
            f"A witness is called by 1 to {NAME_CHARACTERS_MAX} characters without space and plus.",
            field="name",
        )
    return name
