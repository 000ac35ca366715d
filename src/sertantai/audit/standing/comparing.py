"""What stands now and differs, without what was found before, or accepted."""

from sertantai.audit.standing.as_found import found_standing
from sertantai.audit.standing.checking import Pause, all_standing
from sertantai.audit.standing.difference import SAID_MAX, Differing
from sertantai.audit.standing.told import Known
from sertantai.postgres import Connection


async def check_standing(connection: Connection, known: Known, pause: Pause | None = None) -> list[Differing]:
    """`SAID_MAX` of each kind. Nothing, until a server has told how it found what stood before."""
    found = await found_standing(connection, known)
    if found is None:
        return []
    most = SAID_MAX + len(found.marks)
    standing = all_standing(connection, known, pause, most)
    return [one async for one in standing if one.compared <= found.upto and one.mark not in found.marks][
        : 10 * SAID_MAX
    ]
