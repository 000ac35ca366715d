"""Files of other people's making, each read by a process of its own that may be ended at any time."""

import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.files.tables.archive import DAMAGED
from sertantai.files.tables.model import Tables
from sertantai.files.tables.reading import (
    ANSWER_BYTES_MAX,
    CLIPBOARD,
    REFUSED,
    TOO_LONG,
    TOO_MUCH_MEMORY,
    Clipboard,
    Refusal,
)
from sertantai.process.logs import logger

WITHIN_S_MAX: Final = 60.0
"""By the clock on the wall: of a busy machine it gets little, as it is nicer than others."""
PIECE_BYTES: Final = 256 * 1024
SAID_CHARS_MAX: Final = 500
NAME_CHARS_MAX: Final = 255
_KEPT: Final = ("PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL")
"""Of the environment: what else is there, passwords of the database among it, is nothing to this process."""

log = logger(__name__)


async def tables_of_file(path: Path, name: str) -> Tables:
    """What is in a file that its owner calls ``name``.

    Raises `InvalidInput` and `TooLarge`, with a sentence that says what to do.
    """
    return msgspec.json.decode(await encoded_tables_of_file(path, name), type=Tables)


async def encoded_tables_of_file(path: Path, name: str) -> bytes:
    """`tables_of_file` as JSON: a large one is not for the event loop to decode."""
    return await _read(path, "" if name == CLIPBOARD else name[-NAME_CHARS_MAX:].replace("\x00", ""))


async def encoded_tables_of_clipboard(path: Path) -> bytes:
    """Of a `Clipboard` that is in a file, as JSON."""
    return await _read(path, CLIPBOARD)


async def tables_of_clipboard(text: str, html: str | None) -> Tables:
    """What was pasted. Raises as `tables_of_file`."""
    with tempfile.NamedTemporaryFile(prefix="sertantai-paste-") as file:
        path = Path(file.name)
        await asyncio.to_thread(path.write_bytes, msgspec.json.encode(Clipboard(text, html)))
        return msgspec.json.decode(await encoded_tables_of_clipboard(path), type=Tables)


async def _read(path: Path, name: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "sertantai.files.tables.reading", str(path), name),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={key: os.environ[key] for key in _KEPT if key in os.environ},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(WITHIN_S_MAX):
            answer, said = await asyncio.gather(
                _all(process.stdout, ANSWER_BYTES_MAX), _all(process.stderr, PIECE_BYTES)
            )
            code = await process.wait()
    except TimeoutError:
        raise TooLarge(TOO_LONG, field="file") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code == 0:
        return answer
    raise _refused(code, answer, said)


async def _all(stream: asyncio.StreamReader, bytes_max: int) -> bytes:
    """All of it, as long as that is bearable; what comes after it is read and let go."""
    pieces, left = [], bytes_max
    while piece := await stream.read(PIECE_BYTES):
        if left > 0:
            pieces.append(piece[:left])
            left -= len(piece)
    return b"".join(pieces)


def _refused(code: int, answer: bytes, said: bytes) -> InvalidInput | TooLarge:
    if code == REFUSED:
        refusal = msgspec.json.decode(answer, type=Refusal)
        kind = TooLarge if refusal.code == TooLarge.code else InvalidInput
        return kind(refusal.message, field=refusal.field)
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return TooLarge(TOO_LONG, field="file")
    reason = said.decode(errors="replace").strip()[-SAID_CHARS_MAX:]
    if "MemoryError" in reason:
        return TooLarge(TOO_MUCH_MEMORY, field="file")
    log.warning("table_not_read", code=code, said=reason)
    return InvalidInput(DAMAGED, field="file")
