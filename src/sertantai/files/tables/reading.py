"""The process that reads what was brought: ``python -m sertantai.files.tables.reading PATH NAME``.

A file of strangers' making may hold whatever makes a reader go on for ever or take all memory, and may even
find a fault in the parser itself. So the process has little: some memory, some seconds, no file to write, no
room for another process. What it says on standard output is the `Tables`, as JSON, or with the exit code
`REFUSED` a `Refusal`.
"""

import os
import resource
import sys
from pathlib import Path
from typing import Final

import msgspec

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.files.tables.model import Tables
from sertantai.files.tables.recognising import read_clipboard, read_file

NICENESS: Final = 10
MEMORY_BYTES_MAX: Final = 512 * 1024 * 1024
"""Of addresses. A workbook of 20,000 rows takes 50 MB."""
PROCESSOR_S_MAX: Final = 20
"""A workbook of 20,000 rows takes two."""
OPEN_FILES_MAX: Final = 32
ANSWER_BYTES_MAX: Final = 32 * 1024 * 1024
REFUSED: Final = 3
CLIPBOARD: Final = "clipboard"
"""In the place of a name: the file is a `Clipboard`."""

_DEMANDING: Final = "{} Divide it, or copy the rows that you need into a new one."
TOO_MUCH_MEMORY: Final = _DEMANDING.format("The file needs too much memory to be read.")
TOO_LONG: Final = _DEMANDING.format("The file takes too long to be read.")


class Clipboard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was pasted, as plain text and as the markup beside it."""

    text: str
    html: str | None = None


class Refusal(msgspec.Struct, frozen=True):
    """A cause that a person can do something about."""

    code: str
    message: str
    field: str | None = None


def main(path: Path, name: str) -> int:
    _bind()
    try:
        answer = msgspec.json.encode(_read(path, name))
        if len(answer) > ANSWER_BYTES_MAX:
            raise TooLarge(_DEMANDING.format("The file holds too much text."), field="file")
    except (InvalidInput, TooLarge) as error:
        answer = msgspec.json.encode(Refusal(error.code, error.message, error.field))
        sys.stdout.buffer.write(answer)
        return REFUSED
    except MemoryError:
        sys.stdout.buffer.write(msgspec.json.encode(Refusal(TooLarge.code, TOO_MUCH_MEMORY, "file")))
        return REFUSED
    sys.stdout.buffer.write(answer)
    return 0


def _bind() -> None:
    os.nice(NICENESS)
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_CPU, PROCESSOR_S_MAX),  # at its end comes SIGKILL
        (resource.RLIMIT_NOFILE, OPEN_FILES_MAX),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))


def _read(path: Path, name: str) -> Tables:
    if name != CLIPBOARD:
        return read_file(path, name)
    try:
        given = msgspec.json.decode(path.read_bytes(), type=Clipboard)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{error}.".replace("`", ""), field="text") from None
    except msgspec.DecodeError:
        raise InvalidInput("The body is not valid JSON.", field="body") from None
    return read_clipboard(given.text, given.html)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
