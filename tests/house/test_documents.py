"""What the documents say is so."""

import re
import tomllib
from datetime import date
from pathlib import Path

from scripts import settings_doc, speed_doc
from tests.house.repository import ROOT, files, place, text_of

LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)
HEADING = re.compile(r"^#{1,6}\s+(.*)$", re.M)
MAKE = re.compile(r"(?:`|^|&& )make ([a-z][a-z-]*)", re.M)
TARGET = re.compile(r"^([a-z][a-z-]*):.*?## ", re.M)
PROMISE = re.compile(r"^\| (\d+(?:, \d+)*) \| [^|\n]+ \| ([^|\n]+) \|$", re.M)
RECORD = re.compile(r"^(\d{4})-[a-z0-9-]+\.md$")


def documents() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


def anchors(text: str) -> set[str]:
    """The fragments that GitHub gives the headings."""
    headings = HEADING.findall(FENCE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> list[str]:
    broken = []
    for target in LINK.findall(FENCE.sub("", text_of(path))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists() or (
            fragment and file.suffix == ".md" and fragment not in anchors(text_of(file))
        ):
            broken.append(f"{place(path)}: {target}")
    return broken


def test_links_between_documents_resolve() -> None:
    broken = [link for path in documents() for link in broken_links(path)]
    assert not broken, "\n".join(broken)


def test_the_settings_guide_is_current() -> None:
    assert settings_doc.DOCUMENT.read_text() == settings_doc.document(), "run `make docs`"


def test_the_guide_to_speed_shows_the_newest_figures() -> None:
    assert speed_doc.DOCUMENT.read_text() == speed_doc.document(), "run `make docs`"


def test_every_make_command_in_a_document_exists() -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))
    named = {(place(path), target) for path in documents() for target in MAKE.findall(text_of(path))}
    assert {target for name, target in named if name == "README.md"} >= {"run", "test"}
    assert not {(name, target) for name, target in named if target not in targets}


def test_every_decision_is_in_the_index_and_has_its_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    records = sorted(path for path in folder.iterdir() if RECORD.match(path.name))
    numbers = [path.name[:4] for path in records]
    assert numbers == sorted(set(numbers)), "two records have one number"
    for path in records:
        assert f"]({path.name})" in index, f"{path.name} is not in the index"
        text = text_of(path)
        for part in ("## Decision", "## Why", "## Consequences"):
            assert part in text, f"{path.name} has no {part!r}"


def test_every_guide_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    guides = [path for path in documents() if path.parent == ROOT / "docs" / "guides"]
    assert not [path.name for path in guides if f"](guides/{path.name})" not in index]


def test_the_changelog_has_a_place_for_what_comes_next_and_tells_of_this_version() -> None:
    entries = re.findall(r"^## \[([^\]]+)\](?: - (.+))?$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    (coming, undated), (newest, dated) = entries[:2]
    assert (coming, undated) == ("Unreleased", "")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert newest == project["version"]
    assert date.fromisoformat(dated).isoformat() == dated


def test_each_promise_of_the_sealed_log_names_tests_that_are_there() -> None:
    text = text_of(ROOT / "docs" / "decisions" / "0074-the-sealed-log.md")
    rows = PROMISE.findall(text)
    numbers = [int(number) for said, _ in rows for number in said.split(", ")]
    assert numbers == list(range(1, 27))
    tests = [path for path in files() if place(path).startswith("tests/")]
    for said, named in rows:
        names = re.findall(r"`([\w./]+\.(?:py|js))`", named)
        assert names, f"{said} names no test"
        found = {name: [path for path in tests if f"/{place(path)}".endswith(f"/{name}")] for name in names}
        assert not [name for name, paths in found.items() if not paths], f"{said} names {found}"
        written = "".join(text_of(path) for paths in found.values() for path in paths)
        for test in re.findall(r"`(test_\w+)`", named):
            assert f"def {test}(" in written, f"{said} names {test}, which is in none of {names}"
