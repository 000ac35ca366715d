"""Who knows which journal there is: one place makes it, and some read its file while nobody has it open."""

import re

from tests.house.repository import SOURCE, source_files, text_of

MADE_IN = {"backend.py"}
READ_ITS_FILE = {
    "backup/creating.py": "copies it while it is written",
    "backup/restoring.py": "puts it back, and asks what it holds",
    "backup/verifying.py": "checks a copy of it",
    "cli/health_checks.py": "looks at it beside a server that may be down",
    "cli/journal/accept.py": "an operator accepts what it has lost",
    "cli/journal/inspect.py": "shows what it holds",
    "cli/journal/salvage.py": "reads what is left of a damaged one",
    "cli/sync/flush.py": "waits until all that it holds is synchronised",
    "cli/sync/status.py": "says what waits in it",
    "engine/salvaging.py": "takes up what was salvaged, with the notes of damage",
}
"""To have another journal, each of these has to be asked of the protocol instead."""


def naming(pattern: str) -> set[str]:
    found = re.compile(pattern, re.M)
    paths = {str(path.relative_to(SOURCE)) for path in source_files(".py") if found.search(text_of(path))}
    return {path for path in paths if not path.startswith("journal/")}


def test_one_place_says_which_journal_it_is() -> None:
    assert naming(r"\bSqliteJournal\b") == MADE_IN


def test_the_rest_knows_what_every_journal_promises() -> None:
    assert naming(r"^\s*from sertantai\.journal\.(?!protocol\b|errors\b|sqlite\b)") == READ_ITS_FILE.keys()
