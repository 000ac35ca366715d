"""What each audit row of an operation says again, a column a list, as the statements of the trail take it."""

from collections.abc import Sequence
from typing import Any

from sertantai.sync.store import AuditedOperation


def operation_columns(operations: Sequence[AuditedOperation], parts: Sequence[int]) -> list[list[Any]]:
    """``parts``: of each operation the number of its part."""
    return [
        [o.owner for o in operations],
        [o.actor for o in operations],
        [o.group for o in operations],
        [o.group_name for o in operations],
        [o.id for o in operations],
        [o.position for o in operations],
        [o.session for o in operations],
        [o.ip for o in operations],
        [o.user_agent for o in operations],
        [o.at for o in operations],
        list(parts),
    ]
