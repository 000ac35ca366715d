"""The repository as the house rules read it: its files and what stands in them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "sertantai"
VENDORED = SOURCE / "web" / "browser" / "vendor"
TEXT_KINDS = {
    *(".py", ".sql", ".html", ".css", ".js", ".svg", ".md", ".toml", ".yaml", ".sh", ".txt", ".csv", ".lock"),
    *("", ".escript", ".erl"),
}


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the project: what git tracks, and what it would if told to."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / name for name in sorted(set(listed.stdout.split("\0"))) if name)
    return tuple(path for path in paths if path.is_file())


def texts() -> Iterator[tuple[Path, str]]:
    """Every text of our own hand."""
    for path in files():
        if path.suffix in TEXT_KINDS and VENDORED not in path.parents:
            yield path, text_of(path)


def source_files(*suffixes: str) -> list[Path]:
    return [path for path in files() if SOURCE in path.parents and path.suffix in suffixes]


@cache
def text_of(path: Path) -> str:
    return path.read_text()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text_of(path), filename=str(path))


def constants(module: ast.Module) -> Iterator[tuple[int, str]]:
    """The texts of a module but its docstrings, with their lines."""
    alone: set[int] = set()
    for node in ast.walk(module):  # what holds a node comes before it
        if isinstance(node, ast.Expr):
            alone.add(id(node.value))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.lineno, node.value


def place(path: Path, line: int | None = None) -> str:
    name = str(path.relative_to(ROOT))
    return name if line is None else f"{name}:{line}"


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
