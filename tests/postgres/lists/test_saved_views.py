"""Views with names: each user's own, for writing too, and no more than there is room for."""

from uuid import UUID

import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.errors import Forbidden, InvalidInput, NotFound
from sertantai.lists import saved_views
from sertantai.lists.saved_views import SavedViews, TooManyViews, ViewNameTaken
from sertantai.postgres import Database, Role
from sertantai.process.new_ids import new_id
from tests.fixtures.postgres import made_user


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def views(database: Database, clock: ManualClock) -> SavedViews:
    return SavedViews(database, clock)


async def test_a_view_is_kept_changed_and_forgotten(
    database: Database, views: SavedViews, clock: ManualClock
) -> None:
    owner, id = await made_user(database), new_id()
    made = await views.put(owner, id, "  Noise,  newest first ", "q=noise&sort=-year", "title,year")
    assert (made.name, made.query, made.columns) == (
        "Noise, newest first",
        "q=noise&sort=-year",
        "title,year",
    )
    clock.advance(60)
    changed = await views.put(owner, id, "Noise", "q=noise", None)
    assert changed.created_at == made.created_at
    assert changed.updated_at > made.updated_at
    assert await views.list(owner) == [changed]
    await views.delete(owner, id)
    assert await views.list(owner) == []
    with pytest.raises(NotFound):
        await views.delete(owner, id)


async def test_they_are_listed_by_name(database: Database, views: SavedViews) -> None:
    owner = await made_user(database)
    for name in ("waste", "Air", "noise"):
        await views.put(owner, new_id(), name, "", None)
    assert [view.name for view in await views.list(owner)] == ["Air", "noise", "waste"]


async def test_a_name_is_a_users_once_and_anothers_too(database: Database, views: SavedViews) -> None:
    owner, other = await made_user(database), await made_user(database)
    first = await views.put(owner, new_id(), "Noise", "q=noise", None)
    with pytest.raises(ViewNameTaken):
        await views.put(owner, new_id(), "Noise", "q=other", None)
    await views.put(other, new_id(), "Noise", "q=other", None)
    assert await views.list(owner) == [first]


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\x00b"])
async def test_what_is_no_name_is_refused(database: Database, views: SavedViews, name: str) -> None:
    with pytest.raises(InvalidInput):
        await views.put(await made_user(database), new_id(), name, "", None)


async def test_nobody_reads_changes_or_forgets_anothers(database: Database, views: SavedViews) -> None:
    owner, other, id = await made_user(database), await made_user(database), new_id()
    kept = await views.put(owner, id, "Noise", "q=noise", None)
    assert await views.list(other) == []
    with pytest.raises(NotFound):
        await views.delete(other, id)
    await views.put(other, id, "Mine", "q=mine", None)
    assert await views.list(owner) == [kept], "ids are each user's own"


@pytest.mark.parametrize(
    "statement",
    [
        (
            "INSERT INTO saved_views (user_id, id, name, query, created_at, updated_at)"
            " VALUES ($1, gen_random_uuid(), 'planted', '', now(), now())"
        ),
        "UPDATE saved_views SET user_id = $1 WHERE name = 'Noise'",
    ],
)
async def test_row_security_holds_for_writing_too(
    database: Database, views: SavedViews, statement: str
) -> None:
    owner, other = await made_user(database), await made_user(database)
    await views.put(other, new_id(), "Noise", "q=noise", None)
    with pytest.raises(Forbidden):
        async with database.transaction(Role.APP, other) as connection:
            await connection.execute(statement, owner)


async def test_without_somebodys_id_there_is_nothing(database: Database, views: SavedViews) -> None:
    await views.put(await made_user(database), new_id(), "Noise", "", None)
    async with database.transaction(Role.APP) as connection:
        assert await connection.fetch("SELECT id FROM saved_views") == []
        assert await connection.execute("DELETE FROM saved_views") == "DELETE 0"


async def test_there_is_a_bound_and_what_is_there_can_still_be_changed(
    database: Database, views: SavedViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_views, "VIEWS_MAX", 2)
    owner = await made_user(database)
    ids: list[UUID] = [new_id(), new_id(), new_id()]
    for id in ids[:2]:
        await views.put(owner, id, str(id), "", None)
    with pytest.raises(TooManyViews):
        await views.put(owner, ids[2], "One too many", "", None)
    await views.put(owner, ids[1], "Renamed", "", None)
    await views.delete(owner, ids[0])
    await views.put(owner, ids[2], "Room again", "", None)


async def test_they_go_with_their_user(database: Database, views: SavedViews) -> None:
    owner = await made_user(database)
    await views.put(owner, new_id(), "Noise", "", None)
    async with database.transaction(Role.ACCOUNTS) as connection:
        await connection.execute("DELETE FROM users WHERE id = $1", owner)
    assert await views.list(owner) == []
