"""What went stays gone, whatever comes back: a crash, an older database, older files, another log."""

from collections.abc import Iterator
from typing import Any
from unittest import mock
from uuid import UUID

import pytest

from sertantai.audit.guarding.accepting import accept
from sertantai.sealing import dropped
from sertantai.sealing import files as files_module
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.fsck import fsck
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import newest_log
from sertantai.sealing.restores import behind, put_back_notices
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.looks.conftest import OLD, Site


@pytest.mark.parametrize("at", ["before it is sealed", "while the file is written"])
async def test_a_crash_at_any_moment_is_made_good_by_the_next_start(
    site: Site, sealer: Sealer, at: str
) -> None:
    await site.retain()
    if at == "while the file is written":
        whole = dropped.without_bodies

        def cut_off(lines: Any, covered: Any) -> Iterator[bytes]:
            for number, line in enumerate(whole(lines, covered)):
                if number == 2:
                    raise OSError("the power is gone")
                yield line

        before = site.lines
        with (
            mock.patch.object(files_module, "without_bodies", cut_off),
            pytest.raises(OSError, match="power"),
        ):
            await sealer.seal()
        assert site.lines[: len(before)] == before
        assert await site.differences() == []

    # Nobody takes what is still in the file for something that the database lost.
    def hears(ids: Any) -> None:
        """Nobody seals them twice."""

    assert await put_back_notices(site.database, site.files, macs_in(site.path), hears) == 0
    await site.start().seal()
    assert len(site.stubs) == OLD
    assert await site.differences() == []
    assert fsck(site.files.folder).clean


async def test_a_database_of_before_raises_no_alarm_and_loses_it_again(site: Site, sealer: Sealer) -> None:
    await site.superuser.execute("CREATE TABLE notices_then AS SELECT * FROM audit_notices")
    await site.retain()
    await sealer.seal()
    await site.forget(
        "WITH a AS (DELETE FROM audit_notices_dropped), b AS (DELETE FROM retention_acts),"
        " c AS (DELETE FROM audit_notices) SELECT"
    )
    await site.forget(
        "INSERT INTO audit_notices (id, at, kind, subject, actor, body, mac)"
        " SELECT id, at, kind, subject, actor, body, mac FROM notices_then ORDER BY told"
    )
    state = await behind(site.database, site.files, {site.engine.journal.id})
    assert state.lacks_notices
    started = site.start()
    async with started.held() as hears:
        await put_back_notices(site.database, site.files, macs_in(site.path), hears)
    assert set(await site.there()) == set(site.told)
    assert await site.differences() == []
    await started.seal()
    sealed = len(site.lines)
    await site.retain()
    await started.seal()
    assert await site.there() == site.told[OLD:]
    assert len(site.lines) == sealed  # told once
    assert await site.superuser.fetchval("SELECT count(*) FROM retention_acts") == 0
    acts = await site.superuser.fetch("SELECT DISTINCT act FROM audit_notices_dropped")
    told = await site.superuser.fetchval("SELECT body ->> 'act' FROM audit_notices WHERE kind = 'retention'")
    assert [str(row["act"]) for row in acts] == [told]
    assert await site.differences() == []


async def test_a_database_that_knew_nothing_of_it_gets_nothing_back(site: Site, sealer: Sealer) -> None:
    await site.retain()
    await sealer.seal()
    await site.forget("DELETE FROM audit_notices_dropped")

    def hears(ids: Any) -> None:
        """Nobody seals them twice."""

    assert await put_back_notices(site.database, site.files, macs_in(site.path), hears) == 0
    assert await site.differences() == []


async def test_files_of_before_and_files_that_are_lost_are_made_whole(site: Site, sealer: Sealer) -> None:
    names = ("hashes.0", "places", "notices.ndjson")
    then = {name: (site.files.folder / name).read_bytes() for name in names}
    await site.retain()
    await sealer.seal()
    whole = {name: (site.files.folder / name).read_bytes() for name in names}
    for lost in (then, dict.fromkeys(names, b"")):
        for name in names:
            (site.files.folder / name).write_bytes(lost[name])
        await site.start().seal()
        assert {name: (site.files.folder / name).read_bytes() for name in names} == whole
        assert await site.differences() == []


async def test_a_log_that_follows_an_ended_one_goes_on_without_what_went(site: Site, sealer: Sealer) -> None:
    await site.retain()
    await sealer.seal()
    await site.forget("UPDATE audit_notices SET actor = $1 WHERE id = $2", UUID(int=3), site.told[-1])
    id = site.engine.journal.id
    await accept(site.database, site.path, id, "Looked into it", None, site.clock)
    site.files = TrailFiles(newest_log(site.path))
    assert site.stubs == []
    assert await site.differences() == []
    assert fsck(site.files.folder).clean
    # Its numbers are its own: what the ended log told of its own covers nothing here.
    started = site.start()
    await site.retain(access_retention_months=1)
    await started.seal()
    assert [stub.id for stub in site.stubs] == site.told[OLD:]
    assert await site.differences() == []
    assert fsck(site.files.folder).clean
