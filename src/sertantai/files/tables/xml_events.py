"""XML as a stream of events, with nothing that makes little into much: no document type, so no entities.

Office documents never have one. What expat itself keeps while it reads is one piece and the names that are
open; how much text comes together is for whoever gathers it.
"""

from collections.abc import Iterator
from typing import Final, Literal, NoReturn, Protocol
from xml.parsers import expat

from sertantai.core.errors import InvalidInput
from sertantai.files.tables.archive import DAMAGED

PIECE_BYTES: Final = 64 * 1024
DEPTH_MAX: Final = 200
TOKEN_BYTES_MAX: Final = 2 * 1024 * 1024
"""Of what is one to XML, such as an element with its attributes: it is in memory whole, and gone through anew
with each piece."""

Kind = Literal["start", "end", "text"]
Event = tuple[Kind, str, dict[str, str]]
"""``(start, name, attributes)``, ``(end, name, {})``, ``(text, text, {})``; names without their prefixes, as
strict and other writers choose their own."""

_NOTHING: Final[dict[str, str]] = {}


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def xml_events(part: Readable) -> Iterator[Event]:
    """Raises `InvalidInput` for what is not XML, or has a document type."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    waiting: list[Event] = []
    depth = silent_bytes = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEPTH_MAX:
            raise InvalidInput(DAMAGED, field="file")
        local = {key.rpartition(":")[2]: value for key, value in attributes.items()} if attributes else {}
        waiting.append(("start", name.rpartition(":")[2], local))

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        waiting.append(("end", name.rpartition(":")[2], _NOTHING))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: waiting.append(("text", text, _NOTHING))
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        while piece := part.read(PIECE_BYTES):
            parser.Parse(piece, False)
            silent_bytes = 0 if waiting else silent_bytes + len(piece)
            if silent_bytes > TOKEN_BYTES_MAX:
                raise InvalidInput(DAMAGED, field="file")
            yield from waiting
            waiting.clear()
        parser.Parse(b"", True)
        yield from waiting
    except (expat.ExpatError, LookupError, ValueError) as error:  # the last two of an encoding that is none
        raise InvalidInput(DAMAGED, field="file") from error


def _refuse(*_given: object) -> NoReturn:
    raise InvalidInput(
        "The file declares entities of its own, which no spreadsheet program writes; it is not read.",
        field="file",
    )
