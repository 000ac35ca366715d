"""What a server of Phoenix Channels must answer to frames that are in order, and to those that are not.

Over one socket of the real server, without a client that would mend anything.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosed

from sertantai.http.protocol.websocket_protocol import BAD_DATA, BROKEN_RULE, MESSAGE_BYTES_MAX
from sertantai.live.bounds import JOINS_AT_ONCE, MESSAGES_AT_ONCE
from sertantai.live.frames import TEXT_MAX
from tests.fixtures.client import Client
from tests.fixtures.live.wire import NOBODYS, Wire, dial, socket
from tests.fixtures.process import ServerProcess

OK: tuple[str, dict[str, str]] = ("ok", {})
TOO_BIG = 1009
UNMATCHED: tuple[str, dict[str, str]] = ("error", {"reason": "unmatched topic"})

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(shared_server: ServerProcess) -> AsyncIterator[Client]:
    async with await shared_server.register() as person:
        yield person


@pytest_asyncio.fixture(loop_scope="module")
async def topic(ada: Client) -> str:
    """Of a list of hers."""
    made = await ada.http.post("/groups", json={"name": uuid4().hex})
    return f"list:{made.json()['id']}"


@pytest_asyncio.fixture(loop_scope="module")
async def wire(shared_server: ServerProcess, ada: Client) -> AsyncIterator[Wire]:
    async with socket(shared_server.url, ada.token) as opened:
        yield opened


def group(topic: str) -> str:
    return topic.removeprefix("list:")


# ------------------------------------------------------------------------------------------- what is in order


async def test_a_heartbeat_is_answered_before_during_and_without_joins(wire: Wire, topic: str) -> None:
    assert await wire.heartbeat() == []
    await wire.listen(topic)
    await wire.heartbeat()
    assert await wire.ask(topic, "phx_leave", join_ref=f"j{topic}") == OK
    await wire.heartbeat()


async def test_a_heartbeat_without_a_reference_is_answered_without_one(wire: Wire) -> None:
    await wire.send(None, None, "phoenix", "heartbeat", {})
    heard = await wire.next()
    assert (heard.ref, heard.event) == (None, "phx_reply")


async def test_references_come_back_as_they_were_sent(wire: Wire, topic: str) -> None:
    await wire.send("0017", "☃", topic, "phx_join", {})
    heard = await wire.next()
    assert (heard.join_ref, heard.ref, heard.topic, heard.event) == ("0017", "☃", topic, "phx_reply")


async def test_a_join_without_a_join_reference_has_its_own(wire: Wire, topic: str) -> None:
    await wire.send(None, "5", topic, "phx_join", {})
    heard = await wire.next()
    assert (heard.join_ref, heard.ref, heard.reply[0]) == ("5", "5", "ok")


async def test_further_parts_of_a_frame_are_passed_over(wire: Wire) -> None:
    await wire.connection.send(json.dumps([None, "1", "phoenix", "heartbeat", {}, "more", 7]))
    assert (await wire.next()).reply == OK


async def test_leaving_is_answered_then_closed_once_and_nothing_more(
    wire: Wire, ada: Client, topic: str
) -> None:
    await wire.listen(topic)
    await wire.event("presence_state")
    await wire.send(f"j{topic}", "9", topic, "phx_leave", {})
    assert await wire.next() == (f"j{topic}", "9", topic, "phx_reply", {"status": "ok", "response": {}})
    assert await wire.next() == (f"j{topic}", f"j{topic}", topic, "phx_close", {})
    record = (await ada.records(limit=1))[0]["id"]
    await ada.select(record, group(topic))
    assert await wire.ask(topic, "phx_leave") == OK, "what was not joined is left, too"
    assert await wire.heartbeat() == [], "and nothing is closed that was not open"


async def test_what_is_told_has_the_reference_of_the_join(wire: Wire, ada: Client, topic: str) -> None:
    """One of the clients drops all that has none."""
    version = (await wire.listen(topic))["version"]
    record = (await ada.records(limit=1))[0]["id"]
    await ada.select(record, group(topic))
    heard = await wire.event("changes")
    assert (heard.join_ref, heard.ref, heard.topic) == (f"j{topic}", None, topic)
    assert heard.payload["from"] == version
    assert (heard.payload["added"], heard.payload["removed"]) == ([record], [])


# ----------------------------------------------------------------------------------------------- joined twice


async def test_a_second_join_closes_the_first_and_then_is_one(wire: Wire, ada: Client, topic: str) -> None:
    await wire.send("1", "1", topic, "phx_join", {})
    await wire.event("presence_state")
    wire.unseen.clear()
    await wire.send("2", "2", topic, "phx_join", {"presence": False})
    assert await wire.next() == ("1", "1", topic, "phx_close", {}), "with the reference of the old one"
    heard = await wire.next()
    assert (heard.join_ref, heard.ref, heard.reply[0]) == ("2", "2", "ok")
    await ada.select((await ada.records(limit=1))[0]["id"], group(topic))
    assert (await wire.event("changes")).join_ref == "2"
    assert [one.join_ref for one in wire.unseen if one.event != "presence_state"] in ([], ["2"])
    assert "changes" not in [one.event for one in await wire.heartbeat()], "each change comes once"


async def test_a_join_overtakes_one_that_is_not_answered_yet(wire: Wire, topic: str) -> None:
    for ref in ("1", "2", "3"):
        await wire.send(ref, ref, topic, "phx_join", {"presence": False})
    answer = await wire.until(lambda heard: heard.ref == "3")
    assert answer.reply[0] == "ok"
    ends = [(one.join_ref, one.ref) for one in wire.unseen if one.event == "phx_close"]
    assert ends == [("1", "1"), ("2", "2")]
    answered = [one.ref for one in wire.unseen if one.event == "phx_reply"]
    assert len(set(answered)) == len(answered), "no join is answered twice"
    assert await wire.ask(topic, "phx_leave", join_ref="3") == OK


async def test_leaving_while_joining_leaves(wire: Wire, ada: Client, topic: str) -> None:
    await wire.send("1", "1", topic, "phx_join", {"presence": False})
    await wire.send("1", "2", topic, "phx_leave", {})
    await wire.until(lambda heard: heard.event == "phx_close")
    await wire.heartbeat()
    await ada.select((await ada.records(limit=1))[0]["id"], group(topic))
    assert await wire.ask(topic, "look", {"law": None}) == UNMATCHED
    assert await wire.heartbeat() == []


async def test_a_push_right_behind_a_join_is_no_stranger_to_it(wire: Wire, topic: str) -> None:
    await wire.send("1", "1", topic, "phx_join", {})
    await wire.send("1", "2", topic, "look", {"law": None})
    assert (await wire.until(lambda heard: heard.ref == "2")).reply == OK


async def test_what_belongs_to_an_old_join_is_passed_over_in_silence(wire: Wire, topic: str) -> None:
    await wire.listen(topic)
    await wire.event("presence_state")
    await wire.send("old", "1", topic, "look", {"law": None})
    await wire.send("old", "2", topic, "phx_leave", {})
    assert await wire.heartbeat() == []
    assert await wire.ask(topic, "look", {"law": None}, join_ref=f"j{topic}") == OK


# -------------------------------------------------------------------------------------- what is not to be had


async def test_a_hopeless_join_is_refused_and_ended(wire: Wire) -> None:
    """Without the end behind it a client would ask for ever."""
    for name in (
        "nothing",
        f"list:{NOBODYS}",
        "list:",
        "list:7",
        f"user:{NOBODYS}",
        "phoenixes",
        "register:7",
        "",
    ):
        await wire.send("4", "4", name, "phx_join", {})
        refused, ended = await wire.next(), await wire.next()
        assert refused.reply == UNMATCHED, name
        assert ended == ("4", "4", name, "phx_close", {})
    assert await wire.heartbeat() == []


async def test_a_list_is_named_in_one_way_only(wire: Wire, topic: str) -> None:
    id = group(topic)
    for name in (
        f"list:{id.upper()}",
        f"list:{id.replace('-', '')}",
        f"list: {id}",
        f"list:{{{id}}}",
        f"LIST:{id}",
    ):
        assert await wire.join(name) == UNMATCHED, name
    assert (await wire.join(f"realtime:{topic}"))[0] == "ok"


async def test_nobody_can_tell_what_is_not_from_what_is_not_theirs(
    shared_server: ServerProcess, wire: Wire, ada: Client, topic: str
) -> None:
    """One that never was, one that is gone and one of a stranger: the same bytes."""
    gone = (await ada.http.post("/groups", json={"name": uuid4().hex})).json()["id"]
    assert (await ada.http.delete(f"/groups/{gone}")).is_success
    async with await shared_server.register() as stranger:
        foreign = (await stranger.http.post("/groups", json={"name": "theirs"})).json()["id"]
        for topics in ((NOBODYS, gone, foreign), (foreign, NOBODYS, gone)):
            answers = []
            for id in topics:
                await wire.send("7", "8", f"list:{id}", "phx_join", {})
                texts = [str(await wire.connection.recv()) for _ in range(2)]
                answers.append([text.replace(id, "?") for text in texts])
            assert answers[0] == answers[1] == answers[2]
            assert "unmatched topic" in answers[0][0]
            assert "phx_close" in answers[0][1]


async def test_pushes_without_a_join_are_refused(wire: Wire, topic: str) -> None:
    await wire.send("3", "1", topic, "look", {"law": None})
    heard = await wire.next()
    assert (heard.join_ref, heard.reply) == (None, UNMATCHED)
    assert await wire.ask("nothing", "look") == UNMATCHED


async def test_events_that_mean_nothing_here_are_refused(wire: Wire, topic: str) -> None:
    await wire.listen(topic)
    status, said = await wire.ask(topic, "select", {"record": 1}, join_ref=f"j{topic}")
    assert (status, said) == ("error", {"reason": "unknown event"})


async def test_bytes_are_refused_and_harm_nobody(wire: Wire, topic: str) -> None:
    await wire.listen(topic)
    head = [f"j{topic}", "b1", topic, "upload"]
    lengths = bytes([0, *(len(one.encode()) for one in head)])
    await wire.connection.send(lengths + "".join(head).encode() + b"\x00\xff\x00")
    heard = await wire.until(lambda heard: heard.ref == "b1")
    assert (heard.join_ref, heard.reply[0]) == (f"j{topic}", "error")
    supabases = bytes([3, *(len(one.encode()) for one in head), 2, 1])
    await wire.connection.send(supabases + "".join(head).encode().replace(b"b1", b"b2") + b"{}{}")
    assert (await wire.until(lambda heard: heard.ref == "b2")).reply[0] == "error"
    await wire.heartbeat()


# ----------------------------------------------------------------------------------------------- out of order

TEXT_OF_V1 = json.dumps({"topic": "phoenix", "event": "heartbeat", "payload": {}, "ref": "1"})
BROKEN = {
    "no JSON": "[",
    "not even text": "",
    "an object": TEXT_OF_V1,
    "a number": "7",
    "too short": '[null,"1","phoenix","heartbeat"]',
    "a topic that is a number": '[null,"1",7,"heartbeat",{}]',
    "a reference that is a list": '[null,[],"phoenix","heartbeat",{}]',
    "a very long topic": json.dumps([None, "1", "x" * (TEXT_MAX + 1), "phx_join", {}]),
    "a lone surrogate": '[null,"1","\\ud800","phx_join",{}]',
    "deeply nested": "[" * 5_000,
    "bytes without a head": b"\x00\x01",
    "no bytes": b"",
    "an unknown kind of bytes": b"\x09abcdef",
    "a head that ends too soon": b"\x00\xff\xff\xff\xff",
    "a head that is no UTF-8": b"\x00\x01\x01\x01\x01\xff\xff\xff\xff",
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
async def test_what_is_no_frame_ends_its_socket_alone(
    shared_server: ServerProcess, wire: Wire, ada: Client, broken: str | bytes
) -> None:
    async with socket(shared_server.url, ada.token) as other:
        await other.heartbeat()
        await other.connection.send(broken)
        assert await other.closed() == BAD_DATA
    await wire.heartbeat()


async def test_text_that_is_no_utf8_ends_its_socket_alone(
    shared_server: ServerProcess, wire: Wire, ada: Client
) -> None:
    async with socket(shared_server.url, ada.token) as other:
        await other.connection.send(b'[null,"1","\xff","heartbeat",{}]', text=True)
        assert await other.closed() == BAD_DATA
    await wire.heartbeat()


async def test_a_message_may_be_so_long_and_no_longer(
    shared_server: ServerProcess, wire: Wire, ada: Client
) -> None:
    def heartbeat(size: int) -> str:
        frame = json.dumps([None, "1", "phoenix", "heartbeat", {"x": ""}])
        return frame.replace('""', f'"{"x" * (size - len(frame))}"')

    async with socket(shared_server.url, ada.token) as other:
        await other.connection.send(heartbeat(MESSAGE_BYTES_MAX))
        assert (await other.next()).reply == OK
        await other.connection.send(heartbeat(MESSAGE_BYTES_MAX + 1))
        assert await other.closed() == TOO_BIG
    await wire.heartbeat()


@pytest.mark.parametrize("kind", ["heartbeat", "phx_join"])
async def test_who_says_too_much_is_closed(
    shared_server: ServerProcess, wire: Wire, ada: Client, kind: str
) -> None:
    most = {"heartbeat": MESSAGES_AT_ONCE, "phx_join": JOINS_AT_ONCE}[kind]
    async with socket(shared_server.url, ada.token) as other:
        await other.join("register")
        frame = json.dumps([None, "1", "phoenix" if kind == "heartbeat" else "service", kind, {}])
        for _ in range(4 * most):
            try:
                await other.connection.send(frame)
            except ConnectionClosed:
                break
        assert await other.closed() == BROKEN_RULE
        ended = [heard.topic for heard in other.unseen if heard.event == "phx_close"]
        assert "register" not in ended, "a client that comes again joins it again"
        assert sum(heard.event == "phx_reply" for heard in other.unseen) >= (
            most - 1 if kind == "heartbeat" else 1
        )
    await wire.heartbeat()


# --------------------------------------------------------------------------------------------------------- V1


async def test_version_1_speaks_in_objects(shared_server: ServerProcess, ada: Client, topic: str) -> None:
    async with await dial(shared_server.url, ada.token, vsn="1.0.0") as other:

        async def ask(**frame: Any) -> dict[str, Any]:
            await other.connection.send(json.dumps(frame))
            answer: dict[str, Any] = json.loads(await other.connection.recv())
            return answer

        beat = await ask(topic="phoenix", event="heartbeat", payload={}, ref=None)
        assert (beat["event"], beat["payload"]["status"]) == ("phx_reply", "ok")
        answer = await ask(topic=topic, event="phx_join", payload={"presence": False}, ref="1", join_ref="1")
        assert (answer["topic"], answer["ref"], answer["payload"]["status"]) == (topic, "1", "ok")
        version = answer["payload"]["response"]["version"]
        await other.connection.recv()  # who is here
        await ada.select((await ada.records(limit=1))[0]["id"], group(topic))
        told = json.loads(await other.connection.recv())
        assert (told["event"], told["payload"]["from"], told["ref"]) == ("changes", version, None)
        await other.connection.send('[null,"1","phoenix","heartbeat",{}]')
        assert await other.closed() == BAD_DATA


async def test_many_sockets_close_without_a_word_and_nothing_is_left(
    shared_server: ServerProcess, ada: Client
) -> None:
    wires = await asyncio.gather(*(dial(shared_server.url, ada.token) for _ in range(10)))
    for one in wires:
        one.connection.transport.abort()
    async with socket(shared_server.url, ada.token) as other:
        await other.heartbeat()
