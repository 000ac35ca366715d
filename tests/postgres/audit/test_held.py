"""All that is held about somebody, as a file for themselves: whole, and nothing of others."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.errors import Conflict
from sertantai.core.ids import UserId
from sertantai.engine.engine import Engine
from sertantai.persons.held import export_to
from sertantai.persons.parts import PARTS
from sertantai.postgres import Database
from sertantai.process.settings import Settings
from sertantai.sealing.notices import Notices
from tests.postgres.audit.conftest import Person


async def test_somebody_is_given_all_that_is_held_about_them_and_nothing_of_others(
    somebody: Person,
    another: Person,
    engine: Engine,
    database: Database,
    superuser: Any,
    notices: Notices,
    clock: ManualClock,
    tmp_path: Path,
) -> None:
    for person, note in ((somebody, "mine"), (another, "not for you")):
        await person.bulk_select(1, 2, 3)
        await person.note(2, note)
        await person.make_list(f"A list with {note}")
    await engine.flush()
    await superuser.execute(
        "INSERT INTO saved_views (user_id, id, name, query, created_at, updated_at)"
        " VALUES ($1, gen_random_uuid(), 'Fire', '?q=fire', now(), now())",
        somebody.id,
    )
    path = tmp_path / "about.zip"
    counts = await export_to(path, database, UserId(somebody.id), clock, notices, Settings())
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        found = {part.name: json.loads(file.read(f"{part.name}.json")) for part in PARTS}
        said = "".join(file.read(name).decode() for name in file.namelist())
        assert str(somebody.id) in file.read("README.txt").decode()
    assert {name: len(rows) for name, rows in found.items()} == counts
    assert [row["email"] for row in found["account"]] == ["first@example.org"]
    assert {row["list"] for row in found["laws"]} == {
        row["name"] for row in found["lists"] if row["is_default"]
    }
    assert [row["metadata"].get("note") for row in found["laws"]] == [None, "mine", None]
    assert {row["ip_address"] for row in found["trail"]} == {"192.0.2.7"}
    assert [row["name"] for row in found["views"]] == ["Fire"]
    assert [row["kind"] for row in found["notices"]] == ["access"], "that it was asked for stands in it"
    for secret in ("not for you", str(another.id), "second@example.org", "hashed_password", "token_hash"):
        assert secret not in said, secret
    with pytest.raises(Conflict):
        await export_to(path, database, UserId(somebody.id), clock, notices, Settings())
    assert [left.name for left in tmp_path.glob("*about*")] == ["about.zip"]
