"""Nobody else on the machine reads lists, notes and keys, whatever umask and directory there are."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fixtures.servers import StartServer

NOTE = "Ask about the takeover"


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def open_places(data_dir: Path) -> list[str]:
    return [
        f"{path.relative_to(data_dir)} {path.lstat().st_mode & 0o777:o}"
        for path in [data_dir, *data_dir.rglob("*")]
        if not path.is_symlink() and not path.is_socket() and path.lstat().st_mode & 0o077
    ]


async def test_every_file_is_its_owners_alone_and_is_made_so_again(
    start_server: StartServer, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o755)
    with umask(0):
        server = start_server(data)
        async with await server.register() as person:
            record = (await person.records(limit=1))[0]["id"]
            await person.select(record)
            noted = await person.http.patch(f"/groups/default/records/{record}", json={"note": NOTE})
            assert noted.is_success, noted.text
        assert open_places(data) == [], "while it runs"
        server.terminate()
        assert open_places(data) == [], "after it"
    for path in (data, data / "journal.sqlite", data / "catalogue.bin", *(data / "keys").rglob("*")):
        path.chmod(0o755)
    sick = server.command("doctor")
    assert sick.returncode == 1
    assert f"FAIL  permissions: open to other users: {data} (755)" in sick.stdout
    server.start()
    assert open_places(data) == []
    assert "ok    permissions: readable by their owner only" in server.command("doctor").stdout
