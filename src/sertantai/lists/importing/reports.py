"""The report of an import: every line that somebody brought, and what became of it. Packed as it is kept."""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, get_args

import msgspec
from pyroaring import BitMap

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.core.ids import RecordId, parse_uuid
from sertantai.core.spelling import without_refused

LINES_MAX: Final = 25_000
"""Of one request; an import may be sent in several."""
TEXT_BYTES_MAX: Final = 1_500_000
"""Of all texts and reasons of one request, in UTF-8."""
TEXT_CHARACTERS_MAX: Final = 3_000
"""Of one text: as much as a line is looked at for. What is longer is kept up to there."""
REASON_CHARACTERS_MAX: Final = 500
LINE_NUMBER_MAX: Final = 2**31 - 1

Outcome = Literal["imported", "already", "repeated", "ambiguous", "missing", "left_out"]
"""``already``: the list held the law before; ``repeated``: an earlier line names it too; ``ambiguous``:
which of several is not chosen; ``missing``: no law was found; ``left_out``: by whoever imported."""
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
NOT_FOUND: Final[tuple[Outcome, ...]] = ("missing", "ambiguous")
"""What is still to be looked for."""

UNKNOWN_LAW: Final = "There is no law with this id in the register."

OUTCOME_WORDS: Final[Mapping[Outcome, str]] = {
    "imported": "Imported",
    "already": "Already in the list",
    "repeated": "Same law as an earlier line",
    "ambiguous": "Not chosen: several laws could be meant",
    "missing": "Not found",
    "left_out": "Left out",
}


class ReportLine(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """``line``: where it stood, from 1. ``reason``: why this law, or why none."""

    line: int
    text: str
    outcome: Outcome
    record_id: RecordId | None = None
    reason: str | None = None


class GivenLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A line as it is sent with an import."""

    line: int
    text: str
    outcome: Outcome
    record_id: str | None = None
    reason: str | None = None


class PackedReport(msgspec.Struct, frozen=True):
    """``outcomes``: how many lines had which. ``plain_bytes``: of what ``report`` is when it is unpacked."""

    outcomes: Mapping[str, int]
    plain_bytes: int
    report: bytes


def read_report(given: Sequence[GivenLine]) -> list[ReportLine]:
    """The lines as they are kept. Raises `InvalidInput`, `TooLarge` before anything is done."""
    if len(given) > LINES_MAX:
        raise TooLarge(
            f"report: at most {LINES_MAX:,} lines in one request. Send the rest in others with the same "
            "import_id.",
            field="report",
        )
    read, size = [], 0
    for at, one in enumerate(given):
        line = _read(one, at)
        size += len(line.text.encode()) + len((line.reason or "").encode())
        if size > TEXT_BYTES_MAX:
            raise TooLarge(
                f"report: at most {TEXT_BYTES_MAX:,} bytes of text in one request. Send the rest in others "
                "with the same import_id.",
                field="report",
            )
        read.append(line)
    return read


def _read(given: GivenLine, at: int) -> ReportLine:
    where = f"report[{at}]"
    if not 1 <= given.line <= LINE_NUMBER_MAX:
        raise InvalidInput(f"{where}.line: a whole number from 1.", field="report")
    record = None
    if given.record_id is not None:
        record = RecordId(parse_uuid(given.record_id, f"{where}.record_id"))
    elif given.outcome in ("imported", "already"):
        raise InvalidInput(f"{where}.record_id: which law was imported?", field="report")
    reason = _bounded(given.reason, REASON_CHARACTERS_MAX) if given.reason else None
    return ReportLine(given.line, _bounded(given.text, TEXT_CHARACTERS_MAX), given.outcome, record, reason)


def _bounded(text: str, most: int) -> str:
    kept = without_refused(text)
    return kept if len(kept) <= most else f"{kept[: most - 1]}…"


def settled(
    lines: Iterable[ReportLine], numbers: Mapping[RecordId, int], held: BitMap
) -> Iterator[ReportLine]:
    """What came of lines that name a law to import: the list may have ``held`` it before, and no law may have
    that id, whose number is then negative."""
    for line in lines:
        number = numbers.get(line.record_id) if line.record_id and line.outcome == "imported" else None
        if number is None:
            yield line
        elif number < 0:
            yield msgspec.structs.replace(line, outcome="missing", reason=UNKNOWN_LAW)
        else:
            yield msgspec.structs.replace(line, outcome="already") if number in held else line


def packed(lines: Sequence[ReportLine]) -> PackedReport:
    # One by one, so that the thread that does it lets others go on between them.
    encode = msgspec.json.Encoder().encode
    plain = b"\n".join([encode(line) for line in lines])
    outcomes = Counter(line.outcome for line in lines)
    counts: dict[str, int] = {outcome: outcomes[outcome] for outcome in OUTCOMES}
    return PackedReport(counts, len(plain), zlib.compress(plain))


def unpacked(report: bytes) -> list[ReportLine]:
    decode = msgspec.json.Decoder(ReportLine).decode
    return [decode(line) for line in zlib.decompress(report).split(b"\n") if line]
