"""Templates are compiled once for all starts, and what is kept of it is never a reason to fail."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

from sertantai.http.pages.compiled_templates import CompiledTemplates


def rendered(folder: Path, *compiled_with: Callable[..., Any]) -> str:
    """By an environment of its own, as a new start has."""
    kept = CompiledTemplates(folder, compiled_with)
    return (
        Environment(loader=FileSystemLoader(folder), bytecode_cache=kept, autoescape=True)
        .get_template("a.html")
        .render()
    )


@pytest.fixture(autouse=True)
def as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    monkeypatch.setattr("sys.pycache_prefix", None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.html").write_text("one")
    return tmp_path


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was compiled, and how often."""
    sources: list[str] = []
    compile_it = Environment.compile

    def counted(self: Environment, source: str, *rest: Any, **named: Any) -> Any:
        sources.append(source)
        return compile_it(self, source, *rest, **named)

    monkeypatch.setattr(Environment, "compile", counted)
    return sources


def files_of(folder: Path) -> list[Path]:
    return sorted((folder / "__pycache__").iterdir())


def test_a_template_is_compiled_by_the_first_start_alone(folder: Path, compiled: list[str]) -> None:
    assert [rendered(folder) for _ in range(3)] == ["one"] * 3
    assert compiled == ["one"]
    assert len(files_of(folder)) == 1


def test_what_was_changed_is_compiled_again(folder: Path, compiled: list[str]) -> None:
    rendered(folder)
    (folder / "a.html").write_text("two")
    assert rendered(folder) == "two"
    assert len(files_of(folder)) == 1, "in the place of what it was"


def test_a_filter_of_another_file_makes_all_anew(folder: Path, compiled: list[str]) -> None:
    rendered(folder, files_of)
    rendered(folder, files_of)
    rendered(folder, CompiledTemplates.clear)
    assert len(compiled) == 2


@pytest.mark.parametrize("share", [0.0, 0.1, 0.2, 0.3, 0.5, 0.9])
def test_what_was_cut_off_is_compiled_again(folder: Path, compiled: list[str], share: float) -> None:
    rendered(folder)
    [kept] = files_of(folder)
    whole = kept.read_bytes()
    kept.write_bytes(whole[: int(len(whole) * share)])
    assert rendered(folder) == "one"
    assert len(compiled) == 2
    assert kept.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_no_fault(folder: Path, compiled: list[str]) -> None:
    (folder / "__pycache__").write_text("in its place")
    assert [rendered(folder) for _ in range(2)] == ["one"] * 2
    assert len(compiled) == 2


def test_nothing_is_written_where_python_writes_nothing(
    folder: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    rendered(folder)
    assert not (folder / "__pycache__").exists()


def test_another_place_for_what_python_compiles_is_used(
    folder: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.pycache_prefix", str(folder / "elsewhere"))
    rendered(folder)
    rendered(folder)
    assert not (folder / "__pycache__").exists()
    assert len(compiled) == 1
