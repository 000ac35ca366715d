"""Addresses are read and written in one place, so that no two of them mean different things by one name."""

import ast
import re
from collections.abc import Iterator

from tests.house.repository import SOURCE, source_files, text_of, tree

PARSERS = {
    "parse_filter": {"web/query.py", "library.py"},
    "parse_sort": {"web/query.py", "web/api/asked.py", "web/parts/list_view.py"},
    "parse_limit": {"web/query.py"},
    "urlencode": {"web/query.py", "accounts/providers/sign_in.py", "reporting/sending.py"},
    "query_params": {
        "web/query.py",
        "web/pages/lists/filter.py",
        "http/query_names.py",
        "web/pages/account/by_provider.py",
    },
}
"""Who may read or write what an address says: the parser; shapes with an order of their own; the library,
which has no addresses; who must know whether anything is stated at all; and who sends people to a provider of
sign-ins and hears what it sends back, whose addresses are not ours."""

BY_HAND = re.compile(r"URLSearchParams\(|searchParams|\?\w+=\$\{encodeURIComponent")


def names_in(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def test_addresses_are_read_and_written_in_one_place() -> None:
    found: dict[str, set[str]] = {name: set() for name in PARSERS}
    for path in source_files(".py"):
        for name in PARSERS.keys() & set(names_in(tree(path))):
            found[name].add(path.relative_to(SOURCE).as_posix())
    assert found == PARSERS


def test_browsers_write_addresses_in_one_place() -> None:
    """Others look at what `queryOf` gives them, and change an address by `address`."""
    writers = {
        path.relative_to(SOURCE / "web").as_posix()
        for path in source_files(".js")
        if BY_HAND.search(text_of(path))
    }
    assert writers == {"browser/query.js"}
