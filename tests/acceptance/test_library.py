"""The library: the engine in a script, without the web. What docs/guides/library.md shows is run here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import sertantai
from sertantai.core.errors import NotFound
from sertantai.process.data_directory import DataDirectoryBusy
from tests.fixtures.prepared import copy_prepared
from tests.fixtures.process import COMMAND_S_MAX

SAFETY = "UK_ukpga_1974_37"


async def test_a_tick_is_there_when_the_directory_is_opened_again(tmp_path: Path) -> None:
    async with sertantai.open(data_dir=tmp_path) as selections:
        ticked = await selections.select(SAFETY)
        assert ticked.changed
        assert not (await selections.select(SAFETY)).changed
        site = await selections.create_group("Site A")
        bulk = await selections.select_matching({"q": "health safety"}, site.id)
        assert bulk.changed == bulk.count > 1
        await selections.undo("Site A")
        with pytest.raises(NotFound, match="UK_nowhere"):
            await selections.select("UK_nowhere_1")

    async with sertantai.open(data_dir=tmp_path) as selections:
        assert [row.name for row in await selections.selected()] == [SAFETY]
        assert {group.name: group.count for group in await selections.groups()} == {"default": 1, "Site A": 0}
        with pytest.raises(DataDirectoryBusy, match="in use by process"):
            async with sertantai.open(data_dir=tmp_path):
                pass


SCRIPT = """
import asyncio, json, logging, sys
import sertantai

if sys.argv[2:]:
    logging.basicConfig(level=logging.DEBUG)

async def main():
    async with sertantai.open(data_dir=sys.argv[1]) as selections:
        ticked = await selections.select("UK_ukpga_1974_37")
    print(json.dumps({"changed": ticked.changed}))

asyncio.run(main())
"""


def run_script(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: whose logging is set up is a matter of the whole of it."""
    command = [sys.executable, "-c", SCRIPT, str(data_dir), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_S_MAX, check=True)


def test_a_script_prints_what_it_prints_and_nothing_else(tmp_path: Path) -> None:
    done = run_script(copy_prepared(tmp_path / "data"))
    assert json.loads(done.stdout) == {"changed": True}
    assert done.stderr == ""


def test_logging_is_the_scripts_to_set_up(tmp_path: Path) -> None:
    done = run_script(copy_prepared(tmp_path / "data"), "and say what you do")
    assert json.loads(done.stdout) == {"changed": True}
    assert "DEBUG:sertantai.postgres.embedded:postgres said='database system is ready" in done.stderr
