"""How sources are cut, named and annotated."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.repository import ROOT, SOURCE, files, line_of, place, source_files, text_of, texts, tree

LINES_MAX = 400
LONGER_FOR_A_REASON: dict[str, str] = {
    "app.py": "every part of the server, put together",
    "core/operations.py": "every kind of operation, as the journal has it",
    "evidence/verify.py": "handed to people who have nothing of ours but this one file",
    "process/settings.py": "every setting with its description, from which the guide is made",
}
"""Files of src/sertantai over `LINES_MAX` lines, each with why it is still about one thing."""

NAMES_THAT_SAY_NOTHING = re.compile(r"(^|_)(utils?|helpers?|managers?|base|common|misc|stuff)$")

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP)\b|\blorem ipsum\b")
ONE_MACHINE = re.compile(r"(?<![\w.$)}])/(work|home|Users)/\w")
REGISTRY = re.compile(r"\b(pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org)\b")
IGNORE_WITHOUT_REASON = re.compile(
    r"#\s*(type:\s*ignore(\[[\w,\s-]+\])?|noqa(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?)\s*$", re.M
)


def test_a_long_file_says_why() -> None:
    lengths = {str(path.relative_to(SOURCE)): len(text_of(path).splitlines()) for path in source_files(".py")}
    long = {name: lines for name, lines in lengths.items() if lines > LINES_MAX}
    assert long.keys() == LONGER_FOR_A_REASON.keys(), f"over {LINES_MAX} lines: {long}"


def test_files_are_named_from_the_domain() -> None:
    parts = {part for path in source_files(".py") for part in path.relative_to(SOURCE).with_suffix("").parts}
    assert not {part for part in parts if NAMES_THAT_SAY_NOTHING.search(part)}


EVERYTHING = ("Exception", "BaseException")
CATCHES_ALL = re.compile(r"\bexcept\s*:|Exception")


def drops_every_error(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        everything = node.type is None or getattr(node.type, "id", "") in EVERYTHING
        return everything and all(isinstance(part, ast.Pass | ast.Continue) for part in node.body)
    if isinstance(node, ast.Call) and "suppress" in (
        getattr(node.func, "attr", ""),
        getattr(node.func, "id", ""),
    ):
        return any(getattr(argument, "id", "") in EVERYTHING for argument in node.args)
    return False


def silenced(module: ast.Module) -> Iterator[int]:
    """Lines where any error at all is caught and nothing is done about it."""
    return (getattr(node, "lineno", 0) for node in ast.walk(module) if drops_every_error(node))


def test_no_error_is_silenced() -> None:
    found = [
        place(path, line)
        for path in files()
        if path.suffix == ".py" and CATCHES_ALL.search(text_of(path))  # the rest need not be parsed
        for line in silenced(tree(path))
    ]
    assert not found, f"caught and dropped: {found}"


@pytest.mark.parametrize(
    "text",
    ["try: f()\nexcept: pass", "try: f()\nexcept Exception: pass", "with suppress(BaseException): f()"],
)
def test_the_rule_sees_a_silenced_error(text: str) -> None:
    assert list(silenced(ast.parse(text)))


def found_in_texts(pattern: re.Pattern[str]) -> list[str]:
    """Where ``pattern`` stands, but for this file, which has to write it down."""
    return [
        f"{place(path, line_of(text, found.start()))}: {found.group()}"
        for path, text in texts()
        if path.name != "test_sources.py"
        for found in pattern.finditer(text)
    ]


def test_nothing_is_left_for_later() -> None:
    assert found_in_texts(UNFINISHED) == []


def test_no_text_names_a_place_on_one_machine() -> None:
    assert found_in_texts(ONE_MACHINE) == []


def test_no_text_names_a_package_registry() -> None:
    """Where packages come from is the business of the machine that installs them."""
    assert found_in_texts(REGISTRY) == []


def test_every_ignore_carries_its_reason() -> None:
    found = [
        place(path, line_of(text, found.start()))
        for path, text in texts()
        if path.suffix == ".py" and path.name != "test_sources.py"
        for found in IGNORE_WITHOUT_REASON.finditer(text)
    ]
    assert not found, f"say after the ignore why it is right: {found}"


def test_the_rules_see_what_they_forbid() -> None:
    assert UNFINISHED.search("# TODO later")
    assert ONE_MACHINE.search("see /home/me/notes")
    assert not ONE_MACHINE.search("$HOME/work/x or http://host/home/x")
    assert IGNORE_WITHOUT_REASON.search("x = 1  # type: ignore[arg-type]")
    assert IGNORE_WITHOUT_REASON.search("x = 1  # noqa: S608")
    assert not IGNORE_WITHOUT_REASON.search("x = 1  # noqa: S608 - names from a constant")


def test_the_core_asks_for_no_time_and_no_chance() -> None:
    """What it may import is in `pure-core`; these come with types that it needs."""
    asks = re.compile(r"(?<!def )\b(now|today|utcnow|uuid[14]|register_at_fork)\(")
    core = [path for path in source_files(".py") if path.parent == SOURCE / "core"]
    assert core
    assert not [path.name for path in core if asks.search(text_of(path))]


UNHEARD = re.compile(r"\.http\.(post|put|patch|delete)\(")


def test_what_tests_of_pages_do_beside_them_is_asked_again() -> None:
    """A busy server may answer "nothing was changed, try again": `good` and `ask` hear it."""
    browser = ROOT / "tests" / "browser"
    assert UNHEARD.search('person.http.post("/groups", json={})')
    assert not [place(path) for path in files() if browser in path.parents and UNHEARD.search(text_of(path))]
