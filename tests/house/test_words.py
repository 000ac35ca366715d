"""A word of the code is one thing, as the glossary has decided."""

import ast
from collections import defaultdict

from tests.house.repository import ROOT, SOURCE, source_files, tree

ONE_THING = (
    *("AnyCaller", "AnyConnection", "AnyRequest", "Caller", "FoundPage", "GroupFacts", "HistoryView"),
    *("ListView", "Origin", "PastLists", "Placing", "RefusedRow", "RegisterView", "SavedView", "Scope"),
    *("ShownPage", "SortPlace", "TokenScope", "Wanted", "Whereabouts"),
)
GONE = ("GroupView", "Listing", "Places", "RejectionFile", "TimeTravel", "View")
"""What they were called while they meant two things."""


def defined() -> dict[str, list[str]]:
    """Where classes and types of a module have their names."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in source_files(".py"):
        for node in tree(path).body:
            names: list[str] = []
            if isinstance(node, ast.ClassDef):
                names = [node.name]
            elif isinstance(node, ast.Assign):
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            for name in names:
                found[name].append(path.relative_to(SOURCE).as_posix())
    return found


def test_a_word_is_one_thing() -> None:
    found = defined()
    assert {name: found[name] for name in ONE_THING if len(found[name]) != 1} == {}
    assert {name: found[name] for name in GONE if found[name]} == {}


def test_the_glossary_says_what_it_is() -> None:
    decided = (ROOT / "docs" / "glossary.md").read_text().partition("| word in code |")[2]
    said = {name for name in ONE_THING if f"`{name}`" in decided}
    assert set(ONE_THING) - said == {"AnyConnection", "AnyRequest", "Scope", "Wanted"}
