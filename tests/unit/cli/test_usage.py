"""The command as a person calls it: its exit codes, and what it says to whom."""

import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from sertantai.cli import main
from sertantai.cli.tree import app
from sertantai.process.garbage import LOADED_OBJECTS_MAX

COMMAND = str(Path(sys.executable).with_name("sertantai"))


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SERTANTAI_")}
    return subprocess.run(
        [COMMAND, *arguments],
        env={**inherited, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-command",),
        ("serve", "--port", "abc"),
        ("records", "import", "/no/such/file.csv"),
        ("records", "generate"),
        ("users", "create", "a@example.org", "--role", "king"),
        ("audit", "list", "--since", "yesterday"),
        ("sync", "rejections", "retry"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(arguments: tuple[str, ...]) -> None:
    done = call(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_a_wrong_setting_is_wrong_usage_and_named() -> None:
    done = call("users", "list", SERTANTAI_DATABASE_POOL_SIZE_MAX="1")
    assert done.returncode == 2
    assert "SERTANTAI_DATABASE_POOL_SIZE_MAX" in done.stderr


def test_a_failure_is_one_plain_sentence_and_ends_with_1(tmp_path: Path) -> None:
    url = f"postgresql://nobody@/none?host={tmp_path}"
    done = call("audit", "verify", "--data-dir", str(tmp_path), "--database-url", url)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("sertantai: ")
    assert "Traceback" not in done.stderr


def test_something_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "no.backup"
    file.write_text("no")
    done = call("backup", "verify", str(file))
    assert done.returncode == 1
    assert "is not a Sertantai backup" in done.stderr


def test_every_option_is_an_environment_variable_too() -> None:
    """Either by a name of its own or, for an option of one command, with the command's name in it."""
    done = call("records", "generate", "--data-dir", "/dev/null/no", SERTANTAI_RECORDS_GENERATE_COUNT="5")
    assert done.returncode == 1
    assert "/dev/null/no" in done.stderr


def commands(command: Any, *path: str) -> list[str]:
    if not hasattr(command, "commands"):
        return [" ".join(path)]
    return [found for name, inner in command.commands.items() for found in commands(inner, *path, name)]


def test_the_commands_are_those_that_were_promised() -> None:
    names = set(commands(typer.main.get_command(app)))
    promised = {
        "serve",
        "records import",
        "records generate",
        "users create",
        "users list",
        "sync status",
        "sync flush",
        "sync rejections list",
        "sync rejections retry",
        "sync rejections drop",
        "audit list",
        "audit verify",
        "backup create",
        "backup verify",
        "backup restore",
        "doctor",
    }
    assert promised <= names


def test_the_commands_load_neither_database_nor_server_before_one_is_called() -> None:
    heavy = ("asyncpg", "litestar", "prometheus_client", "rich", "sqlite3", "structlog", "uvicorn")
    script = f"import sys, sertantai.cli.tree; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_no_garbage_is_looked_for_in_what_is_just_being_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr("sertantai.cli.tree.app", lambda **_: looked.append(gc.get_threshold()[0]))
    before = gc.get_threshold()
    try:
        main()
    finally:
        gc.set_threshold(*before)
    assert looked == [LOADED_OBJECTS_MAX]
