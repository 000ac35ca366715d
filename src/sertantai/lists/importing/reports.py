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

IN_THE_LIST: Final[tuple[Outcome, ...]] = ("imported", "already")
"""Which of the two it is says the list, whichever a client sends."""
WITH_LAW: Final[tuple[Outcome, ...]] = (*IN_THE_LIST, "repeated")

UNKNOWN_LAW: Final = "There is no law with this id in the register."
NOT_BROUGHT: Final = "This import did not bring it, and the list does not hold it."

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
    elif given.outcome in WITH_LAW:
        raise InvalidInput(f"{where}.record_id: which law was imported?", field="report")
    if record is not None and given.outcome == "missing":
        raise InvalidInput(f"{where}.record_id: a law was found, so the line is not missing.", field="report")
    reason = _bounded(given.reason, REASON_CHARACTERS_MAX) if given.reason else None
    return ReportLine(given.line, _bounded(given.text, TEXT_CHARACTERS_MAX), given.outcome, record, reason)


def _bounded(text: str, most: int) -> str:
    kept = without_refused(text)
    return kept if len(kept) <= most else f"{kept[: most - 1]}…"


def refuse_unreported(lines: Iterable[ReportLine], brought: Iterable[RecordId]) -> None:
    """Each law that a request brings stands in a line of its report. Raises `InvalidInput`."""
    reported = {line.record_id for line in lines if line.outcome in IN_THE_LIST}
    for at, law in enumerate(brought):
        if law not in reported:
            raise InvalidInput(f"report: no line of it brings items[{at}].", field="report")


def settled(
    lines: Iterable[ReportLine], numbers: Mapping[RecordId, int], brought: BitMap, held: BitMap, there: BitMap
) -> Iterator[ReportLine]:
    """What really came of lines, whatever a client says: whether a law was ``brought`` by the request, or the
    list ``held`` it before, or it is ``there`` now from another request, or no law has that id, whose number
    is then negative or not told."""
    for line in lines:
        if line.record_id is None:
            yield line
            continue
        number = numbers.get(line.record_id, -1)
        if number < 0:
            yield _unknown(line)
        elif line.outcome not in IN_THE_LIST:
            yield line
        elif number in held or (number in there and number not in brought):
            yield msgspec.structs.replace(line, outcome="already")
        elif number in brought:
            yield msgspec.structs.replace(line, outcome="imported")
        else:
            yield msgspec.structs.replace(line, outcome="left_out", reason=NOT_BROUGHT)


def saying(lines: Iterable[ReportLine], told_of: Mapping[RecordId, tuple[str, ...]]) -> Iterator[ReportLine]:
    """With what of a line is not imported, though its law is."""
    for line in lines:
        told = told_of.get(line.record_id) if line.record_id and line.outcome == "imported" else None
        if not told:
            yield line
            continue
        said = "; ".join((line.reason, *told) if line.reason else told)
        yield msgspec.structs.replace(line, reason=_bounded(said, REASON_CHARACTERS_MAX))


def _unknown(line: ReportLine) -> ReportLine:
    outcome: Outcome = "missing" if line.outcome in WITH_LAW else line.outcome
    return msgspec.structs.replace(line, outcome=outcome, record_id=None, reason=UNKNOWN_LAW)


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
