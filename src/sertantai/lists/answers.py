"""What is answered to whoever changes the laws of a list."""

import msgspec

from sertantai.core.ids import OperationId, RecordId


class Ticked(msgspec.Struct, frozen=True):
    """The answer to one tick."""

    changed: bool
    version: int
    count: int
    operation_id: OperationId


class Bulk(msgspec.Struct, frozen=True):
    """The answer to a bulk operation. ``unchanged`` were as wished before; ``unknown`` are no records."""

    operation_id: OperationId
    changed: int
    unchanged: int
    unknown: list[RecordId]
    version: int
    count: int


class Undone(msgspec.Struct, frozen=True):
    operation_id: OperationId
    undone: OperationId
    changed: int
    version: int
    count: int
