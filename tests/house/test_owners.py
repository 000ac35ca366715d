"""Who owns lists is not who acts on them: a person's id becomes an owner's at one door, `lists/access.py`."""

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "sertantai"

DOOR = "lists/access.py"
READ_FROM_A_ROW = {
    "audit/reports.py": "and an administrator's own words for an owner",
    "audit/verify.py": "what the database has and the log has not",
    "engine/salvaging.py": "which owners PostgreSQL knows",
    "lists/deleted_lists.py": "owners with lists that are due; the first is looked for behind the lowest id",
    "lists/live_lists.py": "lists that follow a filter",
}


def test_an_owner_is_made_at_the_door_or_read_from_a_row() -> None:
    made = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"\bOwnerId\(", path.read_text("utf-8"))
    }

    assert made == {DOOR, *READ_FROM_A_ROW}
