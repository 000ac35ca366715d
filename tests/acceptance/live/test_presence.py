"""Who is here: two tabs and a colleague, without flicker as pages are loaded again, and without ghosts."""

from sertantai.live.bounds import PRESENCE_GRACE_S
from tests.fixtures.colleagues import organization
from tests.fixtures.live.node import observed
from tests.fixtures.live.wire import socket
from tests.fixtures.process import ServerProcess


async def test_presence_is_without_flicker_and_without_ghosts(shared_server: ServerProcess) -> None:
    async with organization(shared_server, "member") as acme:
        owner, member = acme["owner"], acme["member"]
        list_ = await acme.list()
        people = {
            "ada": {"id": owner.user_id, "token": owner.token},
            "ben": {"id": member.user_id, "token": member.token},
        }
        record = (await owner.records(limit=1))[0]["id"]
        lines = await observed("presence.mjs", url=shared_server.url, list=list_, record=record, **people)
        seen = {line["what"]: line for line in lines}
        assert seen["all"]["now"] == {owner.user_id: 2, member.user_id: 1}
        assert (seen["reloads"]["left"], seen["reloads"]["missing"]) == ([], 0)
        assert seen["reloads"]["syncs"] > 0
        assert seen["looks"]["now"] == {owner.user_id: 2, member.user_id: 1}
        assert seen["looks"]["left"] == []
        assert seen["gone"]["after_ms"] > PRESENCE_GRACE_S * 900
        assert seen["gone"]["left"] == [member.user_id]


async def test_who_wants_not_to_be_seen_sees_and_is_not(shared_server: ServerProcess) -> None:
    async with (
        organization(shared_server, "member") as acme,
        socket(shared_server.url, acme["owner"].token) as owner,
        socket(shared_server.url, acme["member"].token) as member,
    ):
        topic = f"list:{await acme.list()}"
        await owner.listen(topic)
        await member.listen(topic, presence=False)
        here = (await member.event("presence_state")).payload
        assert list(here) == [acme["owner"].user_id]
        assert list((await owner.event("presence_state")).payload) == [acme["owner"].user_id]
        assert "name" in here[acme["owner"].user_id]["metas"][0]
