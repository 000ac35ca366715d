"""What stands now and differs, without what was found before, or accepted."""

from sertantai.audit.standing.as_found import found_standing
from sertantai.audit.standing.checking import Pause, all_standing
from sertantai.audit.standing.difference import SAID_MAX, Differing
from sertantai.audit.standing.told import Known
from sertantai.postgres import Connection


async def check_standing(connection: Connection, known: Known, pause: Pause | None = None) -> list[Differing]:
    """`SAID_MAX` of each kind. Nothing, until a server has told how it found what stood before."""
    marks = await found_standing(connection, known)
    if marks is None:
        return []
    most = SAID_MAX + len(marks)
    standing = all_standing(connection, known, pause, most)
    return [one async for one in standing if one.mark not in marks][: 10 * SAID_MAX]
