"""The audit's words are written out where Python cannot hand them over: there they are the same ones."""

import re
from itertools import chain
from pathlib import Path

import pytest

from sertantai.core import audit_words
from sertantai.core.audit_words import (
    ADDING,
    ALL,
    NOTES,
    OF_LISTS,
    OF_ORGANIZATIONS,
    OF_RECORDS,
    OF_SUGGESTIONS,
    REMOVING,
    WITHOUT_RECORD,
)
from sertantai.core.operations import ACCESS_KINDS, SINGLE, SUGGESTION_KINDS
from sertantai.web.parts import history_wording
from tests.house.repository import ROOT, SOURCE, constants, place, source_files, text_of, tree

HOME = SOURCE / "core" / "audit_words.py"
MIGRATIONS = sorted((SOURCE / "postgres" / "migrations" / "sql").rglob("*.sql"))
ASKED = re.compile(r"\baction\s*(?:=|<>|(?:NOT\s+)?IN)\s*(\([^()]*\)|'\w+')", re.IGNORECASE)
MEANT = [set(words) for words in (ADDING, REMOVING, NOTES, OF_LISTS, WITHOUT_RECORD, ALL)]
TICKS = {str(kind.__struct_config__.tag) for kind in SINGLE}  # type: ignore[attr-defined]  # of msgspec's
"""What one statement writes by itself, see migration 0013."""
DEFINED = re.compile(
    r"\bCREATE (?:OR REPLACE )?FUNCTION (\w+).*?\$\$.*?\$\$"
    r"|\bCONSTRAINT (\w+) CHECK \((?:[^()]|\([^()]*\))*\)",
    re.DOTALL,
)
DROPPED = re.compile(r"\bDROP (?:FUNCTION|CONSTRAINT)(?: IF EXISTS)? (\w+)")
SAYS_WHAT_WAS_DONE = SOURCE / "web" / "browser" / "register" / "record_panel.js"


def words_in(text: str) -> set[str]:
    return set(re.findall(r"'(\w+)'", text))


def without_comments(path: Path) -> str:
    return re.sub(r"--.*", "", text_of(path))


def test_the_groups_of_words_are_the_whole_vocabulary_without_overlap() -> None:
    words = [word for name, word in vars(audit_words).items() if name.isupper() and isinstance(word, str)]
    assert sorted(words) == sorted(ALL)
    assert sorted(chain(ADDING, REMOVING, NOTES)) == sorted(OF_RECORDS)
    assert len(set(ALL)) == len(ALL)


def test_what_is_done_to_organizations_is_called_as_its_operations_are() -> None:
    assert set(OF_SUGGESTIONS) == {kind.__struct_config__.tag for kind in SUGGESTION_KINDS}  # type: ignore[attr-defined]  # of msgspec's
    assert set(OF_ORGANIZATIONS) == {kind.__struct_config__.tag for kind in ACCESS_KINDS}  # type: ignore[attr-defined]  # of msgspec's


def definitions() -> dict[str, tuple[Path, str]]:
    """The functions and constraints of the migrations by name, each as the newest migration left it."""
    newest: dict[str, tuple[Path, str]] = {}
    for path in MIGRATIONS:
        text = without_comments(path)
        for dropped in DROPPED.findall(text):
            newest.pop(dropped, None)
        newest |= {
            found.group(1) or found.group(2): (path, found.group()) for found in DEFINED.finditer(text)
        }
    return newest


NOW = definitions()


@pytest.mark.parametrize("name", [name for name, (_, text) in NOW.items() if ASKED.search(text)])
def test_what_the_database_asks_of_actions_is_a_group_of_the_words(name: str) -> None:
    path, text = NOW[name]
    for found in ASKED.finditer(text):
        words = words_in(found.group(1))
        one = len(words) == 1 and words <= TICKS
        assert one or words in [*MEANT, TICKS], f"{name} in {place(path)}, to be made anew: {words}"


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_migration_knows_a_word_that_there_is_not(path: Path) -> None:
    """What it did once was right for the words of its time; of a word that went the trail still has rows."""
    asked = [words_in(found.group(1)) for found in ASKED.finditer(without_comments(path))]
    assert set().union(*asked) <= set(ALL), place(path)


@pytest.mark.parametrize(("check", "words"), [("action_known", ALL), ("record_named", WITHOUT_RECORD)])
def test_the_table_takes_the_whole_vocabulary(check: str, words: tuple[str, ...]) -> None:
    _, text = NOW[f"selection_audit_log_{check}"]
    assert words_in(text) == set(words)


def test_the_history_words_all_that_is_done() -> None:
    """What it says of records else it tells by what came and what went."""
    assert set(history_wording.DONE_TO_LISTS) == set(OF_LISTS)
    assert set(history_wording.HEADINGS) == {*REMOVING, *NOTES}
    assert {*OF_LISTS, *NOTES} <= set(history_wording.ICONS) <= set(ALL)


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
