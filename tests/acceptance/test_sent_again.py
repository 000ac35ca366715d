"""What is two operations, and the process ends between both: whoever sends it again has it all, once."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fixtures.client import Client, ask
from tests.fixtures.process import ServerProcess

SEAM = Path(__file__).with_name("faults") / "sudden_end"


@pytest.fixture
def mortal(start_server: Callable[..., ServerProcess], tmp_path: Path) -> tuple[ServerProcess, Path]:
    """A server, and the file that tells it where to end."""
    end = tmp_path / "end"
    path = os.pathsep.join(filter(None, (str(SEAM), os.environ.get("PYTHONPATH"))))
    return start_server(PYTHONPATH=path, SERTANTAI_TEST_END=str(end)), end


async def post(person: Client, path: str, body: Any, key: str) -> dict[str, Any]:
    answer = await ask(person.http, "POST", path, json=body, headers={"Idempotency-Key": key})
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def cut_short(
    server: ServerProcess, end: Path, source: str, person: Client, path: str, body: Any
) -> None:
    """Send it to a server that ends between its two operations, and start it again."""
    end.write_text(source)
    with pytest.raises(httpx.TransportError):
        await post(person, path, body, "the-same")
    assert not end.exists(), "it ended elsewhere"
    await server.restart_async(graceful=False)


async def make_lists(person: Client) -> tuple[str, str, list[str]]:
    records = [record["id"] for record in await person.records(limit=4)]
    source = (await post(person, "/groups", {"name": "From"}, "from"))["id"]
    target = (await post(person, "/groups", {"name": "To"}, "to"))["id"]
    await person.operate("bulk_select", source, record_ids=records[:3])
    await person.operate("bulk_select", target, record_ids=records[2:3])
    return source, target, records


@pytest.mark.parametrize("side", ["source", "target"])
async def test_the_undo_of_a_move_is_finished(mortal: tuple[ServerProcess, Path], side: str) -> None:
    server, end = mortal
    async with await server.register() as person:
        source, target, records = await make_lists(person)
        moving = {"to": target, "move": True, "record_ids": records[:2]}
        await post(person, f"/groups/{source}/transfers", moving, "move")
        path = f"/groups/{source if side == 'source' else target}/undo"
        await cut_short(server, end, "undo", person, path, {})
        assert await person.selected(source) == set(records[:3]), "what comes back comes first"
        assert await person.selected(target) == set(records[:3])
        for group in (source, target):  # newer changes are not what is to be undone
            await person.operate("bulk_select", group, record_ids=records[3:])
        undone = await post(person, path, {}, "the-same")
        assert undone["changed"] == 2
        assert await person.selected(source) == set(records)
        assert await person.selected(target) == set(records[2:])
        await person.select(records[0], target)
        assert (await post(person, path, {}, "the-same"))["operation_id"] == undone["operation_id"]
        await server.restart_async(graceful=False)
        again = await post(person, path, {}, "the-same")
        assert (again["operation_id"], again["changed"]) == (undone["operation_id"], 2)
        assert await person.selected(source) == set(records)
        assert await person.selected(target) == {records[0], *records[2:]}


async def test_a_move_is_finished_and_is_one_move_to_undo(mortal: tuple[ServerProcess, Path]) -> None:
    server, end = mortal
    async with await server.register() as person:
        source, target, records = await make_lists(person)
        path = f"/groups/{source}/transfers"
        moving = {"to": target, "move": True, "record_ids": records, "expected_count": 3}
        await cut_short(server, end, "merge", person, path, moving)
        assert await person.selected(source) == set(records[:3])
        await person.select(records[3], source)  # the copy that was made does not have it
        moved = await post(person, path, moving, "the-same")
        assert (moved["copied"]["changed"], moved["removed"]["changed"]) == (2, 3)
        assert await person.selected(source) == {records[3]}
        assert await person.selected(target) == set(records[:3])
        await server.restart_async(graceful=False)
        again = await post(person, path, moving, "the-same")
        assert again["removed"]["operation_id"] == moved["removed"]["operation_id"]
        assert await person.selected(source) == {records[3]}
        await post(person, f"/groups/{source}/undo", {}, "back")
        assert await person.selected(source) == set(records)
        assert await person.selected(target) == {records[2]}
