"""`@supabase/realtime-js` listens to a list without knowing that we are not supabase."""

from tests.fixtures.client import PASSWORD
from tests.fixtures.live.node import observed
from tests.fixtures.live.wire import NOBODYS
from tests.fixtures.process import ServerProcess


async def test_supabases_client_follows_a_list(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as ada, await shared_server.register() as ben:
        list_ = (await ada.http.post("/groups", json={"name": "followed"})).json()["id"]
        laws = [record["id"] for record in await ada.records(limit=2)]
        signed_in = await ada.http.post("/auth/token", json={"email": ada.email, "password": PASSWORD})
        tokens = {"token": ada.token, "again": signed_in.json()["token"], "others": ben.token}
        given = {"url": shared_server.url, "list": list_, "records": laws, "nobodys": NOBODYS}
        lines = await observed("supabase.mjs", **tokens, **given)
        user = ada.user_id
    seen = {line["what"]: line for line in lines}
    assert seen["subscribed"]["states"] == [["SUBSCRIBED", None]]
    assert list(seen["presence"]["state"]) == [user]
    assert [sorted(meta)[0] for meta in seen["presence"]["state"][user]] == ["presence_ref"]
    told = seen["told"]["told"]
    assert (told["type"], told["event"], told["payload"]["added"]) == ("broadcast", "changes", [laws[0]])
    assert seen["renewed"]["told"]["payload"]["added"] == [laws[1]]
    assert seen["renewed"]["states"] == [["SUBSCRIBED", None]]
    assert seen["hopeless"]["states"] == ["CHANNEL_ERROR", "CLOSED"]
    states = [state for state, _ in seen["refused"]["states"]]
    assert states[0] == "SUBSCRIBED"
    assert set(states[1:]) <= {"CHANNEL_ERROR", "CLOSED"}
    assert states[1:]
    (said,) = seen["refused"]["system"]
    assert (said["status"], said["extension"]) == ("error", "system")
