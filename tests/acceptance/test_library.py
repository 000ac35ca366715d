"""The library: the engine in a script, without the web. What docs/guides/library.md shows is run here."""

from pathlib import Path

import pytest

import sertantai
from sertantai.core.errors import NotFound
from sertantai.data_directory import DataDirectoryBusy

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
