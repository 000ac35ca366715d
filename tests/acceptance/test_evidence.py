"""An auditor's walk: packs by a program and by command, checked without the product."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from sertantai.evidence.verify import FALSE, TRUE, verify
from tests.fixtures.client import ask
from tests.fixtures.process import ServerProcess

BY_HAND = Path(__file__).parents[1] / "golden" / "check-tlog-proof.sh"
VERIFIER = Path(__file__).parents[2] / "src" / "sertantai" / "evidence" / "verify.py"


def checked(pack: Path, key: str, *more: str | Path) -> int:
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(pack), "--key", key, *map(str, more)]
    return subprocess.run(command, capture_output=True, check=False).returncode


async def test_one_operation_is_proved_with_nothing_but_openssl(
    start_server: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    """To whoever may read the trail, and to nobody else; a bit changed, it is not true."""
    server = start_server()
    async with await server.register() as client, await server.register() as stranger:
        done = [await client.select(law["id"]) for law in await client.records(limit=3)]
        path = f"/audit/operations/{done[1]['operation_id']}"
        proof = await ask(client.http, "GET", f"{path}.tlog-proof")
        assert "attachment" in proof.headers["content-disposition"]
        missing = await stranger.http.get(f"/audit/operations/{uuid4()}.tlog-proof")
        for refused in (
            await stranger.http.get(f"{path}.tlog-proof"),
            await client.http.get(f"{path}.1.tlog-proof"),
            await client.http.get(path),
        ):
            assert (refused.status_code, refused.json()["detail"]) == (404, missing.json()["detail"])
    extra = proof.text.split("\n")[1].removeprefix("extra ")
    entry = json.loads(base64.b64decode(extra))
    assert (entry["op"], entry["rows"][0][0], entry["count"]) == (done[1]["operation_id"], "select", 2)
    key = server.command("audit", "keys", "show").stdout.strip()
    file = tmp_path / "one.tlog-proof"

    def true(text: str) -> bool:
        file.write_text(text)
        command = ["bash", str(BY_HAND), str(file), key]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    assert true(proof.text)
    false = base64.b64encode(base64.b64decode(extra).replace(b'"count":2', b'"count":3')).decode()
    assert not true(proof.text.replace(extra, false))


async def test_packs_come_by_the_api_a_page_and_a_command_and_are_true(
    start_server: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    server = start_server()
    async with await server.register() as client:
        for law in await client.records(limit=3):
            await client.select(law["id"])
        asked = {"list": "default", "for": "the inspector"}
        made = (await ask(client.http, "POST", "/audit/packs", json=asked)).json()
        fetched = await ask(client.http, "GET", f"/audit/packs/{made['id']}")
        group = (await client.get("/groups/default"))["id"]
        origin, size, _ = fetched.headers["sertantai-trail-head"].split()
        assert (origin, int(size) > 0) == (made["origin"], True)
        assert "sertantai-trail-head" not in (await client.http.get("/me")).headers
    by_api = tmp_path / "api.zip"
    by_api.write_bytes(fetched.content)
    key = server.command("audit", "keys", "show").stdout.strip()
    head = tmp_path / "head.txt"
    head.write_text(server.command("audit", "heads").stdout)
    # Three ticks, and what told the log who they are.
    assert (made["entries"], fetched.headers["content-type"]) == (4, "application/zip")
    assert checked(by_api, key, "--head", head) == TRUE
    assert not any("names of people" in line for line in verify(by_api.read_bytes(), [key])[2])
    for name in ("running.zip", "stopped.zip"):
        pack = tmp_path / name
        done = server.command("audit", "pack", "--list", group, "--output", str(pack))
        assert "4 entries" in done.stdout
        assert checked(pack, key) == TRUE
        pack.write_bytes(pack.read_bytes()[:-1])
        assert checked(pack, key) == FALSE
        if name == "running.zip":
            server.terminate()
