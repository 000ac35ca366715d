"""All small files of a data directory damaged at once, in one way after the other: `doctor` and the start say
which, in sentences, and nothing ends in a trace."""

import asyncio
from pathlib import Path

import pytest

from tests.fixtures.prepared import copy_prepared
from tests.fixtures.process import ServerProcess
from tests.postgres.audit.test_damaged_files import DAMAGES

ELSEWHERE = ("trail", "keys/trail", "journal.", "lock", "postgres")
"""What other tests damage, and what says nothing."""
SECRET = "page-secret"
MADE_ANEW = (".key", SECRET)
"""Made again where they are gone, of which the log tells."""
TOLD_BY_DOCTOR = (".key", SECRET, "database-rules")


def names_in(data: Path) -> list[str]:
    files = (str(path.relative_to(data)) for path in data.rglob("*") if path.is_file())
    return sorted(name for name in files if not name.startswith(ELSEWHERE))


@pytest.mark.parametrize("how", DAMAGES)
async def test_small_files_of_a_data_directory_are_told_of_or_made_again(tmp_path: Path, how: str) -> None:
    server = ServerProcess(copy_prepared(tmp_path / "data"), forked=True)
    data, names = server.data_dir, names_in(server.data_dir)
    assert {"catalogue.bin", "journals-known.json", SECRET, "sessions", "keys/database-rules"} < set(names)
    secret = (data / SECRET).read_bytes()
    for name in names:
        DAMAGES[how](data / name)
    try:
        doctor = await asyncio.to_thread(server.command, "doctor")
        assert "Traceback" not in doctor.stdout + doctor.stderr
        if how != "removed":
            for name in names:
                assert name in doctor.stdout or not name.endswith(TOLD_BY_DOCTOR), (name, doctor.stdout)
            with pytest.raises(AssertionError, match=f"{SECRET} (is damaged|does not hold a secret)"):
                await server.start_async()
            (data / SECRET).write_bytes(secret)
        await server.start_async()
        told = server.log_file.read_text()
        assert "Traceback" not in told
        for name in names:
            if how != "removed":
                assert f"/{name}" in told, name
            elif name.endswith(MADE_ANEW):
                assert "_made" in told
        async with await server.register() as person:
            assert (await person.get("/groups"))["items"]
    finally:
        await asyncio.to_thread(server.sweep)
