"""`sertantai backup restore`, killed: no command takes what it left for a product that nobody uses yet."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from sertantai.process.data_directory import RESTORING_FILE
from tests.fixtures.process import COMMAND, COMMAND_S_MAX
from tests.fixtures.servers import StartServer

LOOKING = (("users", "list"), ("sync", "status"), ("audit", "verify"), ("backup", "create", "no.backup"))


async def test_a_killed_restore_is_refused_by_all_and_can_be_done_again(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server()
    async with await server.register() as person:
        email = person.email
    file = tmp_path / "a.backup"
    assert server.command("backup", "create", str(file)).returncode == 0
    server.terminate()
    where = ("--data-dir", str(server.data_dir))
    with subprocess.Popen([COMMAND, "backup", "restore", str(file), "--force", *where]) as restoring:
        async with asyncio.timeout(COMMAND_S_MAX):
            while not (server.data_dir / RESTORING_FILE).exists():  # a file calls nobody
                assert restoring.poll() is None
                await asyncio.sleep(0.001)
        restoring.kill()
    said = f"sertantai: A restore into {server.data_dir} was interrupted, so it is incomplete."
    with pytest.raises(AssertionError, match="exited with 1"):
        server.start()
    assert said in server.log()
    for command in LOOKING:
        refused = server.command(*command)
        assert refused.returncode == 1, command
        assert refused.stderr.startswith(said)
    sick = server.command("doctor")
    assert sick.returncode == 1
    assert "FAIL  data directory: A restore into" in sick.stdout

    done = server.command("backup", "restore", str(file))
    assert done.returncode == 0, done.stderr
    assert email in server.command("users", "list").stdout
    server.start()
