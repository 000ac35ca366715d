"""In a wrong folder, or with a typo in the data directory, nothing is made and nothing is said to be well."""

import json
import subprocess
from pathlib import Path

import pytest
import typer

from sertantai.cli.tree import app
from tests.fixtures.forked import run_forked
from tests.fixtures.postgres import DatabaseUnderTest
from tests.fixtures.process import COMMAND, COMMAND_S_MAX, environment_of
from tests.fixtures.servers import StartServer
from tests.unit.cli.test_usage import commands

NOBODY = "nobody@example.org"
GIVEN = {
    "backup create": ("there.backup",),
    "audit accept": ("--reason", "A trial"),
    "audit pack": ("--person", NOBODY, "--output", "a.zip"),
    "audit report": ("removals",),
    "changes follow": ("default",),
    "organizations admit": ("works", NOBODY),
    "organizations copy": ("works", NOBODY, "Site"),
    "organizations create": ("Works", "--owner", NOBODY),
    "organizations hand-back": ("works", NOBODY, "Site"),
    "organizations hand-over": ("works", NOBODY, "Site"),
    "organizations invite": ("works", NOBODY),
    "organizations members": ("works",),
    "organizations remove": ("works", NOBODY),
    "organizations restore-member": ("works", NOBODY),
    "organizations retention": ("works",),
    "retention hold": ("installation", "--reason", "A court"),
    "retention release": ("018f0000-0000-7000-8000-000000000016", "--reason", "It is over"),
    "retention report": ("--year", "2026"),
    "retention set": ("deeds", "--action", "annotate", "--months", "24", "--reason", "A trial"),
    "users certificate": ("018f0000-0000-7000-8000-000000000016",),
    "users disable": (NOBODY,),
    "users enable": (NOBODY,),
    "users erase": (NOBODY, "--reason", "They asked"),
    "users export": (NOBODY, "--output", "a.zip"),
    "users reset-second-factor": (NOBODY,),
    "users reset-link": (NOBODY,),
    "records find": ("COSHH",),
    "records generate": ("--count", "5"),
    "sync rejections retry": ("--all",),
    "sync rejections drop": ("--all",),
}
"""What commands want to be given, besides what they are about."""
MAKE_ONE = {"serve", "records import", "users create", "backup restore", "witness serve"}
NOT_ABOUT_ONE = {"doctor", "version", "backup verify", "security alerts test"}
LOOK = sorted(set(commands(typer.main.get_command(app))) - MAKE_ONE - NOT_ABOUT_ONE)


def call(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return run_forked(
        [COMMAND, *arguments],
        environment_of(settings),
        folder=folder,
        stdin="a long pass phrase 9\n",
        seconds_max=COMMAND_S_MAX,
    )


@pytest.mark.parametrize("command", LOOK)
def test_a_command_that_only_looks_or_changes_refuses_and_makes_nothing(tmp_path: Path, command: str) -> None:
    done = call(tmp_path, *command.split(), *GIVEN.get(command, ()))
    assert done.returncode == 1, done.stdout
    assert done.stderr.startswith(f"sertantai: There is no data directory at {tmp_path / 'data'}.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", LOOK)
def test_nor_in_a_folder_that_is_something_else(tmp_path: Path, command: str) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").touch()
    done = call(tmp_path, *command.split(), *GIVEN.get(command, ()), SERTANTAI_DATA_DIR="letters")
    assert done.returncode == 1, done.stdout
    assert "There is no data directory at" in done.stderr
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["a.txt"]


def test_the_doctor_makes_nothing_either(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    done = call(tmp_path, "doctor", "--json")
    found = {check["check"]: check["found"] for check in json.loads(done.stdout)["checks"]}
    assert found["database"] == "none yet; serve creates it"
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("command", ["audit verify", "users list", "backup create", "security rotate-key"])
def test_an_empty_database_elsewhere_is_not_filled(
    tmp_path: Path, empty: DatabaseUnderTest, command: str
) -> None:
    done = call(tmp_path, *command.split(), *GIVEN.get(command, ()), SERTANTAI_DATABASE_URL=empty.dsn)
    assert done.returncode == 1, done.stdout
    assert (
        "The database does not hold a Sertantai register" in done.stderr or "no data directory" in done.stderr
    )
    assert list(tmp_path.iterdir()) == []


def test_who_may_make_one_does_and_an_empty_trail_is_said_to_be_empty(tmp_path: Path) -> None:
    done = call(tmp_path, "users", "create", NOBODY)
    assert done.returncode == 0, done.stderr
    assert NOBODY in call(tmp_path, "users", "list").stdout
    verified = call(tmp_path, "audit", "verify")
    assert verified.returncode == 0
    assert verified.stdout.startswith("clean, but empty: there is nothing to compare")
    assert json.loads(call(tmp_path, "audit", "verify", "--json").stdout)["empty"] is True


def test_a_backup_replaces_no_file_unless_it_is_told_to(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server()
    file = tmp_path / "kept.backup"
    file.write_text("kept")
    refused = server.command("backup", "create", str(file))
    assert (refused.returncode, file.read_text()) == (1, "kept")
    assert refused.stderr == (
        f"sertantai: {file} already exists. Choose another name, or use --force to replace it.\n"
    )
    done = server.command("backup", "create", str(file), "--force")
    assert done.returncode == 0, done.stderr
    assert server.command("backup", "verify", str(file)).returncode == 0
