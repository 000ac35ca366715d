"""Frames of Phoenix Channels: whatever is sent is a frame or none, and what we write is what was meant."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sertantai.http.protocol.text_frames import _MEDIUM_MAX as MEDIUM_MAX
from sertantai.http.protocol.text_frames import _SHORT_MAX as SHORT_MAX
from sertantai.http.protocol.text_frames import text_frame
from sertantai.live.frames import TEXT_MAX, BadFrame, Frame, Version, encoded, read, version_of, written
from sertantai.live.messages import Form, Message

HEARTBEAT = Frame(None, "1", "phoenix", "heartbeat", {})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
REFS = st.none() | st.text(max_size=20)


def frame_or_none(version: Version, message: str | bytes) -> Frame | None:
    try:
        found = read(version, message)
    except BadFrame:
        return None
    for text in (found.join_ref, found.ref):
        assert text is None or len(text) <= TEXT_MAX
    assert len(found.topic) <= TEXT_MAX
    assert len(found.event) <= TEXT_MAX
    assert found.payload is None or isinstance(found.payload, dict)
    written(version, found.join_ref, found.ref, found.topic, found.event, b"{}")
    return found


@given(st.sampled_from(Version), st.text() | st.binary())
@example(Version.V2, "[" * 100_000)
@example(Version.V1, '{"payload":' * 20_000)
@example(Version.V2, '[null,"1","\\ud800","e",{}]')
@example(Version.V2, "[1e999,1,1,1,1]")
@example(Version.V2, f"[{'9' * 5_000},1,1,1,1]")
def test_anything_is_a_frame_or_none(version: Version, message: str | bytes) -> None:
    frame_or_none(version, message)


@given(st.sampled_from(Version), JSON)
def test_any_json_is_a_frame_or_none(version: Version, value: Any) -> None:
    frame_or_none(version, json.dumps(value))


@settings(max_examples=50)
@given(st.lists(JSON, min_size=5, max_size=7))
def test_any_five_parts_are_a_frame_or_none(parts: list[Any]) -> None:
    frame_or_none(Version.V2, json.dumps(parts))


@given(
    st.binary(max_size=40).map(lambda tail: b"\x00" + tail)
    | st.binary(max_size=40).map(lambda tail: b"\x03" + tail)
)
def test_any_bytes_are_a_push_or_none(message: bytes) -> None:
    found = frame_or_none(Version.V2, message)
    assert found is None or found.payload is None, "of bytes there is no payload"


@settings(max_examples=50)
@given(REFS, REFS, st.text(max_size=20), st.text(max_size=20), st.dictionaries(st.text(), JSON, max_size=3))
def test_what_a_client_writes_is_read(
    join_ref: str | None, ref: str | None, topic: str, event: str, payload: dict[str, Any]
) -> None:
    wanted = Frame(join_ref, ref, topic, event, payload)
    assert read(Version.V2, json.dumps([join_ref, ref, topic, event, payload])) == wanted
    said = {"topic": topic, "event": event, "payload": payload, "ref": ref, "join_ref": join_ref}
    assert read(Version.V1, json.dumps(said)) == wanted


@settings(max_examples=50)
@given(
    st.sampled_from(Version), REFS, REFS, st.text(), st.text(), st.dictionaries(st.text(), JSON, max_size=3)
)
def test_what_we_write_is_what_was_meant(
    version: Version, join_ref: str | None, ref: str | None, topic: str, event: str, payload: dict[str, Any]
) -> None:
    found = json.loads(written(version, join_ref, ref, topic, event, encoded(payload)))
    parts = [join_ref, ref, topic, event, payload]
    if version is Version.V1:
        found = [found[name] for name in ("join_ref", "ref", "topic", "event", "payload")]
    assert found == json.loads(json.dumps(parts))


@pytest.mark.parametrize(
    ("message", "payload"),
    [
        ("null", {}),
        ("7", {"value": 7}),
        ('"text"', {"value": "text"}),
        ("[1]", {"value": [1]}),
        ('{"a":1}', {"a": 1}),
    ],
)
def test_a_payload_is_always_an_object(message: str, payload: dict[str, Any]) -> None:
    assert read(Version.V2, f'[null,"1","t","e",{message}]').payload == payload


def test_references_that_are_numbers_are_texts() -> None:
    assert read(Version.V2, '[3,4,"phoenix","heartbeat",{}]') == Frame("3", "4", "phoenix", "heartbeat", {})
    with pytest.raises(BadFrame):
        read(Version.V2, '[true,"1","phoenix","heartbeat",{}]')


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_texts_are_so_long_and_no_longer(place: int) -> None:
    parts: list[Any] = ["1", "2", "topic", "event", {}]
    parts[place] = "x" * TEXT_MAX
    assert frame_or_none(Version.V2, json.dumps(parts)) is not None
    parts[place] += "x"
    assert frame_or_none(Version.V2, json.dumps(parts)) is None


@pytest.mark.parametrize(
    ("vsn", "version"),
    [
        (None, Version.V1),
        ("1.0.0", Version.V1),
        ("1.2.3", Version.V1),
        ("2.0.0", Version.V2),
        ("2.7.1", Version.V2),
        ("3.0.0", None),
        ("2", None),
        ("2.0", None),
        ("2.0.0.0", None),
        ("", None),
        ("²..", None),
        ("2.a.0", None),
    ],
)
def test_versions_are_told_apart_as_phoenix_does(vsn: str | None, version: Version | None) -> None:
    assert version_of(vsn) is version


# ------------------------------------------------------------------------------------- in each form


@pytest.mark.parametrize("size", [0, SHORT_MAX, SHORT_MAX + 1, MEDIUM_MAX, MEDIUM_MAX + 1])
def test_a_frame_is_read_by_websockets(size: int) -> None:
    from websockets.client import ClientProtocol
    from websockets.frames import Frame as Received
    from websockets.frames import Opcode
    from websockets.protocol import OPEN
    from websockets.uri import parse_uri

    client = ClientProtocol(parse_uri("ws://127.0.0.1/"), max_size=None, state=OPEN)
    client.receive_data(text_frame(b"x" * size))
    (received,) = client.events_received()
    assert isinstance(received, Received)
    assert (received.opcode, bytes(received.data), received.fin) == (Opcode.TEXT, b"x" * size, True)


def test_one_message_is_one_text_for_all_who_want_it_alike() -> None:
    message = Message("changes", {"version": 7}, 6, 7)
    form = Form(Version.V2, "1", "list:x")
    assert message.written(form) is message.written(Form(Version.V2, "1", "list:x"))
    assert message.written(form).frame is message.written(form).frame
    assert message.written(Form(Version.V2, "2", "list:x")) is not message.written(form)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Form(Version.V2, "1", "list:x"), '["1",null,"list:x","changes",{"version":7}]'),
        (
            Form(Version.V1, "1", "list:x"),
            '{"topic":"list:x","event":"changes","payload":{"version":7},"ref":null,"join_ref":"1"}',
        ),
        (
            Form(Version.V2, "1", "realtime:list:x"),
            '["1",null,"realtime:list:x","broadcast",{"type":"broadcast","event":"changes","payload":{"version":7}}]',
        ),
        (Form(None, None, "list:x"), 'event: changes\nid: 7\ndata: {"version":7}\n\n'),
    ],
)
def test_each_form_has_its_text(form: Form, text: str) -> None:
    assert Message("changes", {"version": 7}, 6, 7).written(form).text.decode() == text


def test_what_supabase_knows_by_itself_is_no_broadcast_of_ours() -> None:
    form = Form(Version.V2, "1", "realtime:list:x")
    assert json.loads(Message("presence_state", {}).written(form).text)[3] == "presence_state"


def test_an_end_has_the_reference_of_its_beginning() -> None:
    assert json.loads(Form(Version.V2, "4", "list:x").ending("phx_close").text) == [
        "4",
        "4",
        "list:x",
        "phx_close",
        {},
    ]
