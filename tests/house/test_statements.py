"""Each SQL statement stands once, in the file of the room that owns it; none deletes from the register."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house.repository import SOURCE, constants, line_of, place, source_files, text_of, tree

STATEMENT = re.compile(
    r"\s*(SELECT\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\S+\s|DELETE\s+FROM\s|WITH\s+\S+\s.*AS\s|TRUNCATE\s|"
    r"(CREATE|ALTER|DROP)\s+(TABLE|INDEX|ROLE|DATABASE|SCHEMA|FUNCTION|TRIGGER|POLICY|TEMP)\s|"
    r"COPY\s+\S+\s|GRANT\s+\w+)",
    re.DOTALL,
)

BEGINS = re.compile(r"SELECT|INSERT|UPDATE|DELETE|WITH|TRUNCATE|CREATE|ALTER|DROP|COPY|GRANT")
MIGRATIONS = "postgres/migrations/"
OTHER_HOMES = {
    "journal/sqlite.py": "the journal is the only room that speaks SQLite; its tables are its own",
}
PULSE = "SELECT 1"
"""Asks whether a connection lives; no statement about anything."""

REMOVAL = re.compile(
    r"(DELETE\s+FROM|TRUNCATE(?!\s+ON\b)|DROP\s+TABLE)\s+(IF\s+EXISTS\s+)?(TABLE\s+)?(ONLY\s+)?"
    r'(?:"?\w+"?\s*,\s*)*(public\.)?"?uk_lrt_records\b',
    re.IGNORECASE,
)


def statements(module: ast.Module) -> Iterator[tuple[int, str]]:
    for line, text in constants(module):
        if text != PULSE and STATEMENT.match(text):
            yield line, text


@cache
def statements_of(path: Path) -> list[tuple[int, str]]:
    """Only texts with a word that begins a statement are worth to be parsed."""
    return list(statements(tree(path))) if BEGINS.search(text_of(path)) else []


def has_home(path: Path) -> bool:
    name = str(path.relative_to(SOURCE))
    own = path.name == "sql.py" or path.name.endswith(
        "_sql.py"
    )  # a room with many has a file for each subject
    return own or name.startswith(MIGRATIONS) or name in OTHER_HOMES


def test_statements_stand_in_sql_modules_only() -> None:
    astray = [
        f"{place(path, line)}: {' '.join(text.split())[:60]}"
        for path in source_files(".py")
        if not has_home(path)
        for line, text in statements_of(path)
    ]
    assert not astray, "SQL outside the room's sql.py:\n" + "\n".join(astray)


def test_no_statement_is_written_twice() -> None:
    seen: dict[str, str] = {}
    twice = []
    for path in source_files(".py"):
        for line, text in statements_of(path):
            words = " ".join(text.split())
            if len(words) > 40 and words in seen:
                twice.append(f"{place(path, line)} repeats {seen[words]}: {words[:60]}")
            seen.setdefault(words, place(path, line))
    assert not twice, "\n".join(twice)


def removals(text: str) -> list[int]:
    return [line_of(text, found.start()) for found in REMOVAL.finditer(text)]


def test_nothing_in_the_source_removes_a_law_from_the_register() -> None:
    found = [place(path, line) for path in source_files(".py", ".sql") for line in removals(text_of(path))]
    assert not found, f"the register is never deleted from: {found}"


@pytest.mark.parametrize(
    "text",
    [
        "DELETE FROM uk_lrt_records WHERE id = $1",
        "delete from only public.uk_lrt_records",
        "TRUNCATE users, uk_lrt_records",
        "TRUNCATE TABLE uk_lrt_records CASCADE",
        "DROP TABLE IF EXISTS uk_lrt_records",
    ],
)
def test_the_rule_sees_a_removal(text: str) -> None:
    assert removals(text) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "BEFORE DELETE OR TRUNCATE ON uk_lrt_records",
        "DELETE FROM uk_lrt_record_notes",
        "SELECT 1 FROM uk_lrt_records",
    ],
)
def test_the_rule_lets_the_rest_be(text: str) -> None:
    assert removals(text) == []


def test_the_rule_sees_a_statement_but_not_a_sentence() -> None:
    module = ast.parse(
        '"""Select the rows."""\nx = "SELECT 2"\ny = "Select a list"\nz = "WITH a AS (SELECT 1)"'
    )
    assert [line for line, _ in statements(module)] == [2, 4]
