"""What is counted of the trail as it is written: operations, and changes in each quarter of an hour."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from sertantai.audit.standing import sql
from sertantai.audit.standing.difference import Differing
from sertantai.core.audit_words import NOTES
from sertantai.postgres import Connection


async def differing_operations(connection: Connection, most: int) -> AsyncIterator[Differing]:
    """One pass over the trail, the database's own: all at once, as it works on it with several processes
    then. What is said of each is worked out one after another."""
    for row in await connection.fetch(sql.OPERATIONS, most, list(NOTES)):
        yield _operation(row)


async def differing_activity(connection: Connection, most: int) -> AsyncIterator[Differing]:
    for row in await connection.fetch(sql.ACTIVITY, most):
        yield Differing(
            f"{row['at']:%Y-%m-%d %H:%M}: in this quarter of an hour {row['counted']:,} changes of user "
            f"{row['user_id']} are counted, and the trail has {row['lines']:,}.",
            row["user_id"],
            at=row["at"],
            found=[str(row["user_id"]), row["at"].isoformat(), row["counted"] - row["lines"]],
        )


def _operation(row: Any) -> Differing:
    group = None if row["group_id"] is None else UUID(row["group_id"])
    in_list = "" if group is None else f" in the list {row['name']!r} ({group})"
    what = row["what"]
    if not what.startswith("is "):
        what = f"is counted otherwise than its lines in the trail say: {what}"
    of = f"operation {row['operation_id']} of user {row['user_id']}"
    said = f"{row['at']:%Y-%m-%d %H:%M}: {of}{in_list} {what}."
    found = [str(row["operation_id"]), row["what"], row["found"]]
    return Differing(said, row["user_id"], group, row["at"], found)
