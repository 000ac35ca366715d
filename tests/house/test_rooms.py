"""Rooms: each has its sentence, its row in the documents and its layers; what documents name is there."""

import ast
import re
import tomllib
from pathlib import Path

from tests.house.repository import ROOT, SOURCE, files, place, source_files, tree

FILES_MAX = 31
"""Modules of one folder; with more, some of them are a subject of their own."""
IMPORTS_MAX = 20
COMPOSED = {
    "accounts/password_changes.py": "a new password ends sessions, tokens, links and steps, all at once",
    "accounts/service.py": "puts all parts of accounts together",
    "app.py": "puts the server together",
    "audit/guarding/accepting.py": "ends a log, and begins the next with all that belongs to it",
    "synchronising.py": "puts the process of the synchroniser together",
    "audit/verify_seals.py": "rows, notices, files and all that stands beside them, held against the log",
    "backend.py": "puts together what is behind the web",
    "engine/engine.py": "puts the parts of the engine together",
    "lists/actions.py": "makes an operation of whatever people do to a list",
    "live/hub.py": "reads all that happens, and tells it to whoever listens to whatever",
    "live/service.py": "puts the live channels together",
    "organizations/invitations.py": "rights, letters, the organization's log and the trail, both ways of it",
    "organizations/provisioning/users.py": "what a directory wants becomes members, accounts and invitations",
    "web/services.py": "what all routes work with",
    "http/application.py": "puts the toolkit around the routes",
    "web/pages/lists/list.py": "a list, and all that can be done with it",
    "web/pages/lists/suggestions.py": "lists, laws and rights come together",
    "web/pages/lists/who_sees.py": "lists, members and rights come together",
    "web/pages/organizations/audit.py": "shows a bit of every room",
    "web/pages/organizations/home.py": "its lists, what waits, what changed and a form come together",
    "web/api/imports.py": "laws, notes, who answers for them and a report of each line come together",
    "web/api/groups.py": "a list as programs see it, and all that is done with it",
    "web/parts/list_rows.py": "laws, notes, changes and who made them come together",
    "web/pages/history/audit.py": "whose trail, its form, its calendar and its lines come together",
    "web/pages/history/history.py": "shows a bit of every room",
    "web/pages/register/register.py": "shows a bit of every room",
    "web/pages/reports/reports.py": "whose trail, a question, its form and its answer come together",
}
"""Modules that import from more than `IMPORTS_MAX` others, each with why."""
WITHOUT_LAYERS = {"postgres/migrations/versions"}
NAMED = re.compile(r"`([\w.-]+(?:/[\w.-]+)*(?:/|\.(?:py|md|sql|html|js|css|toml|yml|sh)))`")
ROW = re.compile(r"^\| (`[^|]+`) \|", re.M)


def packages() -> set[str]:
    folders = {path.parent for path in source_files(".py")} - {SOURCE}
    return {str(folder.relative_to(SOURCE)) for folder in folders}


def imported(module: ast.Module) -> set[str]:
    found = {node.module or "" for node in ast.walk(module) if isinstance(node, ast.ImportFrom)}
    return {name for name in found if name.startswith("sertantai")}


def test_every_room_says_in_one_sentence_what_it_is_about() -> None:
    silent = []
    for name in packages():
        said = ast.get_docstring(tree(SOURCE / name / "__init__.py")) or ""
        if name not in WITHOUT_LAYERS and not said.partition("\n\n")[0].endswith("."):
            silent.append(name)
    assert not silent


def rows_of_rooms() -> set[str]:
    text = (ROOT / "docs" / "architecture.md").read_text()
    table = text.partition("## Rooms")[2].partition("\n## ")[0]
    return {name.rstrip("/") for row in ROW.findall(table) for name in re.findall(r"`([\w./]+)`", row)}


def test_the_table_of_rooms_is_that_of_the_folders() -> None:
    named = rows_of_rooms()
    there = {name for name in packages() if "/" not in name}
    there |= {path.name for path in source_files(".py") if path.parent == SOURCE} - {"__init__.py"}
    assert there <= named, "a room without a row"
    assert not [name for name in named if not (SOURCE / name).exists()], "a row without a room"


def has_layers(name: str) -> bool:
    """A folder of one module has none: there is nothing to be in order."""
    return len([path for path in (SOURCE / name).glob("*.py") if path.name != "__init__.py"]) > 1 or any(
        other.startswith(f"{name}/") for other in packages()
    )


def test_every_folder_has_its_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layered = {name for one in contracts if one["type"] == "layers" for name in one["containers"]}
    assert all(one.get("exhaustive") for one in contracts if one["type"] == "layers")
    apart = [name for one in contracts if one["type"] == "independence" for name in one["modules"]]
    layered |= {name.removesuffix(".*") for name in apart if name.endswith(".*")}
    needing = {name for name in packages() if has_layers(name)}
    lacking = [name for name in needing if f"sertantai.{name.replace('/', '.')}" not in layered]
    assert set(lacking) == WITHOUT_LAYERS


def test_a_folder_is_not_too_full_to_find_things_in() -> None:
    counts = {name: len([*(SOURCE / name).glob("*.py")]) for name in packages() - WITHOUT_LAYERS}
    assert not {name: count for name, count in counts.items() if count > FILES_MAX}


def test_only_what_puts_things_together_imports_from_many() -> None:
    many = {
        str(path.relative_to(SOURCE))
        for path in source_files(".py")
        if len(imported(tree(path))) > IMPORTS_MAX and "cli/tree.py" not in str(path)
    }
    assert many == COMPOSED.keys()


def is_there(name: str, document: Path) -> bool:
    roots = (ROOT, SOURCE, ROOT / "src", document.parent)
    last = name.rstrip("/")
    return any((root / name).exists() for root in roots) or any(
        last in path.relative_to(ROOT).parts[-1 if last == name else 0 :] for path in files()
    )


def test_every_path_that_a_document_names_is_there() -> None:
    """From the root, from the package, or the name alone of a file or a folder."""
    gone = [
        f"{place(path)}: {name}"
        for path in files()
        if path.suffix == ".md" and path.name != "CHANGELOG.md"
        for name in NAMED.findall(path.read_text())
        if "data/" not in name and not is_there(name, path)
    ]
    assert not gone, "\n".join(gone)
