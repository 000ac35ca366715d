"""The timeline, narrowed by what has no index of its own: looked for among so many operations, the newest."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sertantai.audit import sql

_AMONG: Final = """
SELECT w.* FROM ({walk}) AS w
 WHERE (${first}::text IS NULL OR coalesce(w.source, 'hand') = ${first})
   AND (${second}::boolean IS NULL OR EXISTS (SELECT FROM selection_operations u
                                        WHERE u.user_id = $1 AND u.undoes = w.operation_id) = ${second})
   AND (${third}::uuid IS NULL OR coalesce(w.actor_id, $1) = ${third})
 ORDER BY w.created_at DESC, w.operation_id DESC LIMIT ${fourth}
"""


class Narrowed(NamedTuple):
    """``page`` takes, behind what the timeline's own statement takes: by what means, whether it is undone, by
    whom, and how many; where that one says how many, as many as are walked. ``last``: of as many, and of what
    that one takes only: the last that is walked, if there are so many."""

    page: str
    last: str


def _narrowed(statements: Mapping[str, str], behind: int) -> dict[str, Narrowed]:
    """``behind``: how many parameters the statements take."""
    numbers = dict(zip(("first", "second", "third", "fourth"), range(behind + 1, behind + 5), strict=True))
    return {
        kind: Narrowed(
            _AMONG.format(walk=walk, **numbers), walk.replace(" LIMIT $6", " OFFSET $6::bigint - 1 LIMIT 1")
        )
        for kind, walk in statements.items()
    }


TIMELINE: Final = _narrowed(sql.TIMELINE, 6)
OF_ACTOR: Final = _narrowed(sql.TIMELINE_OF_ACTOR, 7)
OF_OWNER: Final = _narrowed(sql.TIMELINE_OF_OWNER, 6)
OF_RECORDS: Final = _narrowed(sql.TIMELINE_OF_RECORDS, 7)
OF_FORMER: Final = _narrowed(sql.TIMELINE_OF_FORMER, 8)
