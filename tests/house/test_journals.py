"""Which journal there is, one place says; all others ask what every journal answers."""

import re
import sys

from sertantai.journal.chosen import KIND
from sertantai.journal.protocol import Journal
from tests.house.repository import SOURCE, source_files, text_of

FOR_EVERYBODY = "protocol|errors|damage|chosen"
"""What a journal promises, how it refuses, what can be wrong with it, and the place that says which it is."""


def naming(pattern: str) -> set[str]:
    found = re.compile(pattern, re.M)
    paths = {str(path.relative_to(SOURCE)) for path in source_files(".py") if found.search(text_of(path))}
    return {path for path in paths if not path.startswith("journal/")}


def writers() -> list[str]:
    """What the chosen kind is written with."""
    known = vars(sys.modules[KIND.__module__])
    return [name for name, one in known.items() if hasattr(one, "append") and one is not Journal]


def test_one_place_says_which_journal_it_is() -> None:
    found = re.compile(r"^KIND\b.* = (\w+)$", re.M).findall(text_of(SOURCE / "journal" / "chosen.py"))
    assert len(found) == 1
    assert not naming("|".join(rf"\b{name}\b" for name in [*found, *writers()]))


def test_nobody_outside_asks_more_than_every_journal_promises() -> None:
    assert not naming(rf"^\s*(from|import) sertantai\.journal(?!\.({FOR_EVERYBODY}) )")


def test_nobody_outside_knows_how_its_files_are_called() -> None:
    assert naming(r"[\"/]journal\.|\bJOURNAL_STEM\b") == {"process/data_directory.py"}
