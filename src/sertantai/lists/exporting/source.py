"""The rows of an export, a few at a time: of a list with its notes, or of any view of the register."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec
from pyroaring import BitMap

from sertantai.audit.effects import Effects
from sertantai.core.ids import RecordNo
from sertantai.core.operations import Annotation
from sertantai.core.responsible import responsible_of, review_on
from sertantai.core.state import GroupState
from sertantai.files.rows import COLUMNS, ExportedException, ExportMeta, ExportRow
from sertantai.http.turns import sliced
from sertantai.lists.access import Allowed, Right, require_still
from sertantai.lists.exceptions import exceptions_of, stored_filter
from sertantai.lists.groups import display_name
from sertantai.lists.listing import Detail, selection_details
from sertantai.lists.order import in_own_order, ranked_numbers
from sertantai.lists.together.signed import person_in
from sertantai.records.catalogue import Catalogue
from sertantai.records.columns import KEPT_ONCE
from sertantai.records.filters import filter_body
from sertantai.records.rows import RecordRow
from sertantai.records.sorting import BY_TITLE, Sort
from sertantai.records.windows import window

READ_ROWS: Final = 250
"""Rows that are read, and asked of the database, in one go."""
_BESIDE: Final = tuple(set(KEPT_ONCE).intersection(COLUMNS).difference(RecordRow.__struct_fields__))
"""What a file has of a law beside all that a row of the table has."""


async def list_rows(
    effects: Effects,
    catalogue: Catalogue,
    found: Allowed,
    matching: BitMap,
    sort: Sort | None,
    right: Right,
) -> AsyncIterator[ExportRow]:
    """Records of a list, in its own order when ``sort`` is None. ``order`` numbers those its owner placed.

    With the database away, when and how each record came in is left out. Raises as the door does once the
    ``right`` to them has ended: what was to follow is not given away any more.
    """
    group = found.group
    places = await asyncio.to_thread(_places, group)
    in_order = await asyncio.to_thread(_numbers, catalogue, matching, group.annotations, sort)
    for numbers in _chunks(in_order):
        await require_still(effects.engine, found, right)
        ids = {number: catalogue.record_id(number) for number in numbers}
        details = await selection_details(effects, found, ids)
        async for number in sliced(numbers):
            annotation = group.annotations.get(number, {})
            row = _selected(catalogue, number, annotation, details.get(number), places.get(number))
            who = None if found.access is None else person_in(found, responsible_of(annotation))
            yield row if who is None else msgspec.structs.replace(row, responsible=who.name)


async def register_rows(catalogue: Catalogue, matching: BitMap, sort: Sort) -> AsyncIterator[ExportRow]:
    """Records of the register, without anybody's notes."""
    in_order = await asyncio.to_thread(_numbers, catalogue, matching, {}, sort)
    for numbers in _chunks(in_order):
        async for number in sliced(numbers):
            yield _plain(catalogue, number)


def list_meta(catalogue: Catalogue, group: GroupState, now: datetime) -> ExportMeta:
    """What the file of a list says of it; of a smart one also its filter, and the exceptions from it."""
    meta = ExportMeta(display_name(group), now, group.id, group.version)
    wanted = stored_filter(group)
    if wanted is None:
        return meta
    known = [one for one in exceptions_of(group) if one.record in catalogue.everything]
    rows = catalogue.rows([one.record for one in known])
    exceptions = tuple(
        ExportedException(row.id, row.name, one.always, one.at) for one, row in zip(known, rows, strict=True)
    )
    frozen = bool(group.metadata.get("frozen"))
    return msgspec.structs.replace(meta, filter=filter_body(wanted), frozen=frozen, exceptions=exceptions)


def _numbers(
    catalogue: Catalogue, matching: BitMap, annotations: Mapping[int, Annotation], sort: Sort | None
) -> list[RecordNo]:
    known = matching & catalogue.everything
    if sort is None:
        return in_own_order(catalogue, known, annotations, BY_TITLE, 0, len(known))
    return window(catalogue.columns, known, sort, 0, len(known))


def _places(group: GroupState) -> dict[RecordNo, int]:
    return {number: at for at, number in enumerate(ranked_numbers(group.records, group.annotations), 1)}


def _chunks(numbers: list[RecordNo]) -> Iterator[list[RecordNo]]:
    for start in range(0, len(numbers), READ_ROWS):
        yield numbers[start : start + READ_ROWS]


def _plain(catalogue: Catalogue, number: RecordNo) -> ExportRow:
    fields = msgspec.structs.asdict(catalogue.row(number))
    for column in _BESIDE:
        fields[column] = catalogue.value(column, number)
    return ExportRow(**fields)


def _selected(
    catalogue: Catalogue,
    number: RecordNo,
    annotation: Annotation,
    detail: Detail | None,
    place: int | None,
) -> ExportRow:
    detail = detail or Detail()
    return msgspec.structs.replace(
        _plain(catalogue, number),
        note=annotation.get("note"),
        tags=tuple(annotation.get("tags", ())),
        order=place,
        selected_at=detail.selected_at,
        source=detail.source,
        review_on=review_on(annotation),
    )
