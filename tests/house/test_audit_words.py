"""The audit's words are written out where Python cannot hand them over: there they are the same ones."""

import re
from itertools import chain
from pathlib import Path

import pytest

from sertantai.core import audit_words
from sertantai.core.audit_words import ADDING, ALL, NOTES, OF_LISTS, OF_RECORDS, REMOVING
from sertantai.core.operations import SINGLE
from tests.house.repository import ROOT, SOURCE, constants, line_of, place, source_files, text_of, tree

HOME = SOURCE / "core" / "audit_words.py"
MIGRATIONS = sorted((SOURCE / "postgres" / "migrations" / "sql").rglob("*.sql"))
ASKED = re.compile(r"\baction\s*(?:=|<>|(?:NOT\s+)?IN)\s*(\([^()]*\)|'\w+')", re.IGNORECASE)
MEANT = [set(words) for words in (ADDING, REMOVING, NOTES, OF_LISTS, ALL)]
TICKS = {str(kind.__struct_config__.tag) for kind in SINGLE}  # type: ignore[attr-defined]  # of msgspec's
"""What one statement writes by itself, see migration 0013."""
SAYS_WHAT_WAS_DONE = SOURCE / "web" / "browser" / "register" / "record_panel.js"


def words_in(text: str) -> set[str]:
    return set(re.findall(r"'(\w+)'", text))


def test_the_groups_of_words_are_the_whole_vocabulary_without_overlap() -> None:
    words = [word for name, word in vars(audit_words).items() if name.isupper() and isinstance(word, str)]
    assert sorted(words) == sorted(ALL)
    assert sorted(chain(ADDING, REMOVING, NOTES)) == sorted(OF_RECORDS)
    assert len(set(ALL)) == len(ALL)


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_the_tables_know_of_actions_is_a_group_of_the_words(path: Path) -> None:
    text = re.sub(r"--.*", "", text_of(path))
    for found in ASKED.finditer(text):
        words = words_in(found.group(1))
        one = len(words) == 1 and words <= TICKS
        assert one or words in [*MEANT, TICKS], f"{place(path, line_of(text, found.start()))}: {words}"


def test_the_table_takes_the_whole_vocabulary() -> None:
    text = text_of(SOURCE / "postgres" / "migrations" / "sql" / "0001" / "audit.sql")
    (known,) = re.findall(r"action_known CHECK \(action IN \(([^()]*)\)", text)
    assert words_in(known) == set(ALL)


def test_the_browser_says_of_each_change_of_a_record_what_was_done() -> None:
    (done,) = re.findall(r"^const DONE = \{(.*?)^\};", text_of(SAYS_WHAT_WAS_DONE), re.DOTALL | re.MULTILINE)
    assert set(re.findall(r"(\w+): \[", done)) == set(OF_RECORDS)


def test_python_takes_the_words_of_lists_from_their_home() -> None:
    """Those that nothing else is called by; they are what each room had a copy of."""
    kinds = SOURCE / "core" / "operations.py"
    written = [
        f"{place(path, line)}: {text}"
        for path in source_files(".py")
        if path not in (HOME, kinds) and any(word in text_of(path) for word in OF_LISTS)
        for line, text in constants(tree(path))
        if text in OF_LISTS
    ]
    assert not written, "\n".join(written)


def test_no_statement_of_python_writes_a_word_out() -> None:
    written = [
        place(path, line)
        for path in source_files(".py")
        if path.name.endswith("sql.py")
        for line, text in constants(tree(path))
        if ASKED.search(text)
    ]
    assert not written, f"tell it by a parameter, from {HOME.relative_to(ROOT)}: {written}"
