"""Every entry of the log goes to a collector elsewhere, once, in order, signed, and with nothing in clear."""

import base64
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.errors import InvalidInput
from sertantai.core.sealing.canonical import canonical
from sertantai.core.sealing.tree import ZERO, leaf_hash
from sertantai.engine.engine import Engine
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.sealing.files import NOTICE
from sertantai.sealing.keys import HeadSigner, verifies
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.outside import stream as streaming
from sertantai.sealing.outside.heard import SILENT_S
from sertantai.sealing.outside.outgoing import NoAnswer
from sertantai.sealing.outside.stream import (
    STREAMING_FILE,
    URL_CHARACTERS_MAX,
    Stream,
    require_stream_url,
    streaming_in,
)
from sertantai.sealing.outside.stream_lines import BYTES_AT_ONCE_MAX, FIRST_LINE, Piece, lines_of
from sertantai.sealing.sealer import Sealer
from tests.fixtures.collector import Collector, collector
from tests.postgres.audit.conftest import Person, add_person


@pytest.fixture(scope="module")
def siem_there() -> Iterator[Collector]:
    with collector() as made:
        yield made


@pytest.fixture
def siem(siem_there: Collector) -> Collector:
    siem_there.status, siem_there.lines, siem_there.raw, siem_there.heads = 200, [], [], []
    return siem_there


@pytest.fixture
async def ann(superuser: Any, engine: Engine, clock: ManualClock, sealer: Sealer) -> Person:
    ann = await add_person(superuser, engine, clock, "ann@example.org")
    await ann.select(1)
    await engine.flush()
    await ann.note(1, "We store solvents.")
    await engine.flush()
    await ann.bulk_select(*range(2, 8))
    await engine.flush()
    await sealer.seal()
    return ann


@pytest.fixture
async def stream(sealer: Sealer, database: Database, siem: Collector) -> AsyncIterator[Stream]:
    made = Stream(sealer, database, siem.url, "Splunk secret")
    yield made
    await made.stop()


async def send_all(stream: Stream) -> None:
    while await stream.send_some():
        pass


def require_whole(siem: Collector, sealer: Sealer) -> None:
    """Each entry of the log once, its hash and the one before, all signed with the log's key."""
    files = sealer.files
    assert [line["number"] for line in siem.lines] == list(range(files.size))
    previous = ZERO.hex()
    for raw, line in zip(siem.raw, siem.lines, strict=True):
        assert (line["leaf"], line["previous"]) == (files.leaf(line["number"]).hex(), previous)
        if line["entry"] is not None:
            assert leaf_hash(canonical(line["entry"])).hex() == line["leaf"]
        signature = base64.b64decode(line.pop("signature"))
        assert str(sealer.log.signer.key).startswith(f"{line['key']}+")
        assert verifies(sealer.log.signer.key.public, signature, FIRST_LINE + canonical(line))
        assert msgspec.json.decode(raw)["v"] == 1
        previous = line["leaf"]


async def test_each_entry_is_sent_once_in_order_signed_and_without_anything_in_clear(
    ann: Person, sealer: Sealer, stream: Stream, siem: Collector, database: Database, notices: Notices
) -> None:
    async with database.transaction(Role.SYNC) as connection:
        await notices.tell(connection, Kind.CHECKED, body={"entries": 3})
    await sealer.seal()
    await send_all(stream)
    require_whole(siem, sealer)
    assert all(line["entry"] is not None for line in siem.lines)
    assert any(line["entry"]["kind"] == "checked" for line in siem.lines)
    assert {line["head"].split()[1] for line in siem.lines} == {str(sealer.files.size)}
    everything = b"".join(siem.raw)
    for hidden in (b"solvents", b"192.0.2.7", b"a browser", b"session-1", b"ann@example.org"):
        assert hidden not in everything
    assert {one["authorization"] for one in siem.heads} == {"Splunk secret"}
    assert {one["content-type"] for one in siem.heads} == {"application/x-ndjson"}


async def test_after_a_failure_and_a_restart_it_goes_on_where_it_was(
    ann: Person,
    sealer: Sealer,
    stream: Stream,
    siem: Collector,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming, "LINES_AT_ONCE", 2)
    assert await stream.send_some()
    siem.status = 503
    with pytest.raises(NoAnswer, match="it answers 503"):
        await stream.send_some()
    assert len(siem.lines) == 2
    await ann.deselect(1)
    await ann.engine.flush()
    await sealer.seal()
    siem.status = 200
    again = Stream(sealer, database, siem.url)
    await send_all(again)
    await again.stop()
    require_whole(siem, sealer)


async def test_what_is_not_kept_any_more_or_was_changed_is_sent_as_its_hash(
    ann: Person, sealer: Sealer, stream: Stream, siem: Collector, superuser: Any
) -> None:
    rows = await superuser.fetch("SELECT position, part, entries FROM audit_leaves ORDER BY position, part")
    first, second = rows[0], rows[1]
    await superuser.execute("DELETE FROM audit_leaves WHERE position = $1", first["position"])
    forged = bytes(second["entries"]).replace(b'"v":1', b'"v":2')
    await superuser.execute(
        "UPDATE audit_leaves SET entries = $2 WHERE position = $1", second["position"], forged
    )
    await send_all(stream)
    require_whole(siem, sealer)
    changes = [
        line for line, (_, part) in zip(siem.lines, sealer.files.places(), strict=True) if part != NOTICE
    ]
    assert changes[0]["entry"] is None
    assert changes[1]["entry"] is None
    assert changes[2]["entry"] is not None


async def test_a_collector_that_takes_nothing_is_told_of_after_a_day_and_nothing_waits(
    ann: Person, sealer: Sealer, siem: Collector, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, at = list[Any](), [1_700_000_000.0]
    siem.status = 500

    def made() -> Stream:
        return Stream(sealer, database, siem.url, None, lambda *said: told.append(said), lambda: at[0])

    async def missed(stream: Stream) -> None:
        with pytest.raises(NoAnswer) as caught:
            await stream.send_some()
        await stream._missed(f"{caught.value}")
        await stream.stop()

    await missed(stream := made())
    assert (stream.heard.problem, stream.heard.is_silent, told) == ("it answers 500", False, [])
    at[0] += timedelta(seconds=SILENT_S).total_seconds()
    assert made().heard.is_silent, "a restart hides it not"
    await missed(made())
    assert told == [(siem.url.split("/")[2], "it answers 500")], "an alert is for administrators"
    assert "127.0.0.1" not in str(stream.heard), "and readiness, and the page, for everybody"
    siem.status = 200
    await send_all(last := made())
    await last.stop()
    assert not last.heard.is_silent
    assert streaming_in(sealer.files.folder).next == sealer.files.size
    require_whole(siem, sealer)
    (sealer.files.folder / STREAMING_FILE).write_bytes(b"{")
    assert streaming_in(sealer.files.folder).next == 0


def test_a_piece_is_no_larger_than_it_may_be_and_a_large_line_goes_alone() -> None:
    signer = HeadSigner("example.org/trail/1", bytes(32))
    large = b'{"x":"%s"}' % (b"y" * (BYTES_AT_ONCE_MAX // 2))
    places = [(at, 0) for at in range(1, 4)]
    piece = Piece(0, ZERO + leaf_hash(large) * 3, places, [])
    made = lines_of(piece, dict.fromkeys(places, large), "head", signer)
    assert (made.entries, len(made.body) <= BYTES_AT_ONCE_MAX) == (1, True)
    huge = b'{"x":"%s"}' % (b"y" * BYTES_AT_ONCE_MAX)
    piece = Piece(0, ZERO + leaf_hash(huge) * 3, places, [])
    assert lines_of(piece, dict.fromkeys(places, huge), "head", signer).entries == 1


def test_only_https_and_this_machine_are_streamed_to() -> None:
    long = "https://siem.example/" + "x" * (URL_CHARACTERS_MAX - len("https://siem.example/"))
    for url in (
        "https://siem.example:8088/services/collector/raw?channel=1",
        "http://127.0.0.1:8080",
        "http://localhost/x",
        long,
    ):
        assert require_stream_url(url) == url
    for url in (
        "",
        "http://siem.example",
        "http://localhost.example",
        "http://127.0.0.1@siem.example",
        "https://u:p@siem.example",
        "ftp://siem.example",
        long + "x",
    ):
        with pytest.raises(InvalidInput):
            require_stream_url(url)
