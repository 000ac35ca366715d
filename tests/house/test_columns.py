"""A column of the register is described once, and named in few places: a newcomer adds one in an hour."""

import re

from sertantai.files.rows import COLUMNS as FILE_COLUMNS
from sertantai.records.columns import COLUMNS, KEPT_ONCE, SORTABLE
from sertantai.records.filters import FACETS
from sertantai.records.rows import RecordRow, ShownText
from sertantai.web.parts.columns import ALL
from tests.house.repository import ROOT, SOURCE, source_files, text_of

RECIPE = ("records/columns.py", "records/rows.py", "files/rows.py", "web/parts/columns.py")
"""Any column may be named here, and in a migration."""
FILTERS = ("records/filters.py",)
MIGRATIONS = "postgres/migrations/"
ANYWHERE = {
    "title_en": "how a law is called, wherever one is",
    "type_code": "a filter, with its facet, its words and its chip",
    "family_ii": "a filter, with its words and its chip",
}
ALSO = {
    "md_date": {
        "files/citations.py": "reference managers have a field for it",
        "records/importing/generating.py": "laws that are made up have one",
        "web/pages/register/record.html": "the drawer has a place for it",
        "web/parts/law_details.py": "the drawer has a place for it",
        "web/parts/shown_rows.py": "two hundred days a page are worded once each",
    },
    "md_description": {"web/parts/law_details.py": "the drawer has a place for it"},
    "leg_gov_uk_url": {
        "files/citations.py": "reference managers have a field for it",
        "lists/importing/lines.py": "a law is found by it",
        "records/importing/generating.py": "laws that are made up have one",
        "records/sql.py": "it follows from the name, and is kept where it does not",
        "web/browser/lists/split_file.js": "a law is found by it",
        "web/pages/lists/list_records.html": "each row of a list links to it",
        "web/pages/register/record.html": "the drawer has a place for it",
        "web/parts/law_details.py": "the drawer has a place for it",
    },
}
"""Where a column has something of its own, and what."""


def places_of(column: str) -> set[str]:
    named = re.compile(rf"(?<![\w-]){column}(?![\w-])")
    sources = source_files(".py", ".html", ".js", ".css", ".sql")
    return {str(path.relative_to(SOURCE)) for path in sources if named.search(text_of(path))}


def test_a_column_is_named_where_the_recipe_says_and_nowhere_else() -> None:
    """Of those whose name is no word of English: one that is says something else in most places."""
    wrong = {}
    for column in COLUMNS:
        if "_" in column and column not in ANYWHERE:
            places = {name for name in places_of(column) if not name.startswith(MIGRATIONS)}
            expected = {*ALSO.get(column, ()), *(FILTERS if column in FACETS else ())}
            if unexpected := places.difference(RECIPE, expected) | (expected - places):
                wrong[column] = sorted(unexpected)
    assert not wrong, "see docs/guides/develop.md, A new column in the table"


def test_the_guide_tells_the_files_of_the_recipe() -> None:
    recipe = (ROOT / "docs" / "guides" / "develop.md").read_text()
    recipe = recipe.partition("### A new column in the table")[2].partition("\n### ")[0]
    assert [name for name in RECIPE if f"`{name}`" not in recipe] == []


def test_what_the_table_shows_is_kept_in_memory_and_is_in_files() -> None:
    row = set(RecordRow.__struct_fields__)
    assert row - {"id", *KEPT_ONCE} <= {*ShownText.__struct_fields__, "leg_gov_uk_url"}
    assert row <= set(FILE_COLUMNS)
    assert {column.of for column in ALL} <= row & set(SORTABLE)
