"""Nobody takes an entry out as if its time were over."""

import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from sertantai.audit.comparing.differences import SealFault
from sertantai.postgres.roles import Role
from sertantai.sealing.dropped import Stub, leaf_of, stub_in, stub_line
from sertantai.sealing.fsck import fsck
from sertantai.sealing.notices import Kind
from sertantai.sealing.reached import HistoryDiffers
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.looks.conftest import Site
from tests.postgres.audit.test_sealed_retention import NOW, in_force


async def test_a_row_that_came_back_changed_is_told(site: Site, sealer: Sealer) -> None:
    await site.superuser.execute("CREATE TABLE notices_then AS SELECT * FROM audit_notices")
    await site.retain()
    await sealer.seal()
    await site.forget(
        "INSERT INTO audit_notices (id, at, kind, subject, actor, body, mac)"
        " SELECT id, at, kind, subject, NULL, body, mac FROM notices_then WHERE id = $1",
        site.told[0],
    )
    assert await site.faults() == {SealFault.NOTICE_DIFFERS}


async def test_a_forged_stub_is_told_and_made_good_where_the_database_has_it(site: Site) -> None:
    lines = site.lines
    young = next(number for number, line in enumerate(lines) if str(site.told[-1]) in line)
    stub = stub_line(Stub(leaf_of(lines[young]).hex(), site.told[-1], young + 1)).decode()
    site.write([*lines[:young], stub, *lines[young + 1 :]])
    assert await site.faults() == {SealFault.NOT_TOLD}
    assert "no act of retention tells that it went" in (await site.differences())[0]
    assert any("no act of retention" in fault for fault in fsck(site.files.folder).faults)
    await site.start().seal()
    assert site.lines == lines
    site.write([*lines[:young], stub, *lines[young + 1 :]])
    await site.forget("DELETE FROM audit_notices WHERE id = $1", site.told[-1])
    assert await site.faults() == {SealFault.NOT_TOLD}
    with pytest.raises(HistoryDiffers, match="Notices in the sealed log's files are missing"):
        await site.start().seal()


async def test_a_row_taken_beside_its_line_in_the_database_is_told(site: Site) -> None:
    await site.forget("DELETE FROM audit_notices WHERE id = $1", site.told[-1])
    await site.forget(
        "INSERT INTO audit_notices_dropped VALUES ($1, 1, 1, sha256('x'), 'example.org/trail/1', $1)",
        site.told[-1],
    )
    assert await site.faults() == {SealFault.NOTICE_GONE}


async def test_another_id_in_a_stub_is_told(site: Site, sealer: Sealer) -> None:
    await site.retain()
    await sealer.seal()
    lines = site.lines
    at = next(number for number, line in enumerate(lines) if stub_in(line) is not None)
    stub = stub_in(lines[at])
    assert stub is not None
    other = stub_line(Stub(stub.dropped, UUID(int=7), stub.number)).decode()
    site.write([*lines[:at], other, *lines[at + 1 :]])
    assert SealFault.NOT_TOLD in await site.faults()
    assert any("is not what it told of" in fault for fault in fsck(site.files.folder).faults)
    moved = stub_line(Stub(stub.dropped, stub.id, stub.number + 1)).decode()
    site.write([*lines[:at], moved, *lines[at + 1 :]])
    assert SealFault.NOT_TOLD in await site.faults()
    assert not fsck(site.files.folder).clean


@pytest.mark.parametrize(
    "body",
    [
        {"numbers": [[1, 1]], "count": 2, "hash": "0" * 64},
        {"numbers": [[1, 9_000]], "count": 1, "hash": "0" * 64},
        {"numbers": [], "count": 0, "hash": ""},
        {"numbers": "all"},
        ["nonsense"],
    ],
    ids=json.dumps,
)
async def test_an_act_that_tells_of_something_else_covers_nothing(
    site: Site, sealer: Sealer, body: Any
) -> None:
    await site.tell(Kind.RETENTION, NOW, body={"act": str(UUID(int=9)), "dropped": body})
    await sealer.seal()
    assert site.stubs == []
    await site.forget("DELETE FROM audit_notices WHERE id = $1", site.told[0])
    assert await site.faults() & {SealFault.NOTICE_GONE, SealFault.NOT_TOLD}


async def test_nobody_takes_a_notice_away_but_by_retention(site: Site) -> None:
    for row in await site.superuser.fetch("SELECT id FROM audit_notices"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await site.superuser.execute("DELETE FROM audit_notices WHERE id = $1", row["id"])
    with pytest.raises(asyncpg.RestrictViolationError):
        await site.superuser.execute("UPDATE audit_notices SET body = '{}'")
    await site.retaining().take_settings()
    await in_force(site.superuser)
    drop = "SELECT id FROM sertantai_drop_access($1, '{1}', ARRAY[sha256('x')], 'a', ARRAY[$2::uuid])"
    async with site.database.transaction(Role.SYNC) as connection:
        assert await connection.fetch(drop, [site.told[-1]], UUID(int=1)) == []
