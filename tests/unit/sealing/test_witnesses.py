"""A log asks its witnesses: what they sign is kept, what they deny stops it, and who is away stops nothing.

The witnesses are real ones, reached without a network.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sertantai.core.sealing.notes import Head, is_signed, parse_head, parse_note
from sertantai.core.sealing.witnessing import Witness as Named
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.heads_file import HEAD_END
from sertantai.sealing.keys import Cosigner, HeadSigner, verifies
from sertantai.sealing.outside import witnesses
from sertantai.sealing.outside.heard import SILENT_S
from sertantai.sealing.outside.outgoing import ANSWER_BYTES_MAX, ANSWER_S_MAX, NoAnswer, Outgoing
from sertantai.sealing.outside.remembered import COSIGNED_FILE, Remembered, cosigned_notes, cosigners_of
from sertantai.sealing.outside.witnesses import EVERY_S, SIGNED_ANEW_S, THIN_EVERY_S, Witnesses
from sertantai.witness.service import Witness
from sertantai.witness.states import FOLDER, States, begin

START = 1_700_000_000.0
ORIGIN = "example.org/trail/1"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


class Log:
    """A log with its files, as the sealer has them."""

    def __init__(self, folder: Path, kind: int = 0) -> None:
        self.files = TrailFiles(folder)
        self.files.make()
        self.signer = HeadSigner(ORIGIN, bytes(range(32)))
        self.kind = kind
        self.fault: str | None = None
        self.head: Head | None = None
        self.shown = asyncio.Event()

    def grow(self, count: int) -> None:
        before = self.files.size
        fresh = range(before, before + count)
        self.files.append(
            [bytes([self.kind]) * 30 + n.to_bytes(2) for n in fresh], [(n + 1, 0) for n in fresh], []
        )
        self.head = Head(ORIGIN, self.files.size, self.files.root(self.files.size))
        self.files.keep_head(self.signer.sign(self.head), datetime.now(UTC))

    def halt(self, reason: str) -> None:
        self.fault = self.fault or reason

    async def show(self, note: str) -> None:
        if self.head is not None and parse_note(note).text == self.head.text:
            self.files.show_head(note)
        self.shown.set()


class Clock:
    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> float:
        return self.at


class Street:
    """Where witnesses are reached by their host name; ``away``: who is not reached."""

    def __init__(self) -> None:
        self.houses: dict[str, Any] = {}
        self.away: set[str] = set()
        self.asked: list[str] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        host = dict(scope["headers"])[b"host"].decode()
        self.asked.append(host)
        if host in self.away:
            raise httpx.ConnectError("nobody there")
        await self.houses[host](scope, receive, send)

    @property
    def outgoing(self) -> Outgoing:
        return Outgoing(httpx.ASGITransport(self))  # type: ignore[arg-type]  # a scope is a dictionary

    def witness(self, folder: Path, host: str, log: Log) -> Named:
        cosigner = begin(folder, host)
        self.houses[host] = Witness(States(folder / FOLDER), cosigner, [log.signer.key])
        return Named(cosigner.key, f"http://{host}")


@pytest.fixture
def street() -> Street:
    return Street()


def asks(
    log: Log, street: Street, named: list[Named], now: Callable[[], float], told: list[Any]
) -> Witnesses:
    return Witnesses(log, named, lambda *said: told.append(said), now, street.outgoing)


async def test_what_witnesses_sign_is_shown_with_the_head_and_kept(tmp_path: Path, street: Street) -> None:
    log, now = Log(tmp_path / "log"), Clock()
    told: list[Any] = []
    named = [street.witness(tmp_path / host, host, log) for host in ("w1", "w2")]
    asking = asks(log, street, named, now, told)
    await asking.ask()  # there is no head yet, and nothing to ask
    assert not street.asked
    for size in (3, 400):
        log.grow(size - log.files.size)
        await asking.ask()
        note = parse_note(str(log.files.newest_note()))
        assert parse_head(note.text).size == size
        assert all(is_signed(note, key, verifies) for key in (log.signer.key, *(one.key for one in named)))
    assert (tmp_path / "log" / COSIGNED_FILE).read_text().count(HEAD_END) == 2
    assert [(one.name, one.size, one.problem) for one in asking.heard] == [
        ("w1", 400, None),
        ("w2", 400, None),
    ]
    assert cosigners_of(log.files.folder) == [one.key for one in named]
    await asking.ask()
    assert (tmp_path / "log" / COSIGNED_FILE).read_text().count(HEAD_END) == 2, "nothing new was said"
    assert log.fault is None


async def test_a_witness_that_is_away_holds_nothing_up_and_is_told_of_after_a_day(
    tmp_path: Path, street: Street
) -> None:
    log, now = Log(tmp_path / "log"), Clock()
    told: list[Any] = []
    named = [street.witness(tmp_path / host, host, log) for host in ("w1", "w2")]
    street.away = {"w2"}
    asking = asks(log, street, named, now, told)
    log.grow(5)
    await asking.ask()
    assert is_signed(parse_note(str(log.files.newest_note())), named[0].key, verifies)
    assert asking.heard[1].problem == "no answer (ConnectError)"
    now.at += SILENT_S - 1
    await asking.ask()
    assert not told
    assert not asking.heard[1].is_silent
    asking = asks(log, street, named, now, told)  # a restart does not make it begin anew
    now.at += 1
    await asking.ask()
    await asking.ask()
    assert told == [("w2", "no answer (ConnectError)")]
    assert [one.is_silent for one in asking.heard] == [False, True]
    street.away = set()
    log.grow(1)
    await asking.ask()
    note = parse_note(str(log.files.newest_note()))
    assert all(is_signed(note, one.key, verifies) for one in named)
    assert [one.is_silent for one in asking.heard] == [False, False]
    assert log.fault is None


async def test_a_log_that_was_put_back_is_noticed_at_its_start(tmp_path: Path, street: Street) -> None:
    log, now = Log(tmp_path / "log"), Clock()
    told: list[Any] = []
    named = [street.witness(tmp_path / "w1", "w1", log)]
    log.grow(9)
    await asks(log, street, named, now, told).ask()
    older = Log(tmp_path / "older")
    older.grow(5)
    asking = asks(older, street, named, now, told)
    await asking.look()
    assert older.fault is not None
    assert "has signed 9 entries, and here are 5" in older.fault
    assert asking.heard[0].problem == "It knows another history."


@pytest.mark.parametrize("more", [0, 4])
async def test_a_log_that_was_rewritten_is_noticed(tmp_path: Path, street: Street, more: int) -> None:
    log, now = Log(tmp_path / "log"), Clock()
    told: list[Any] = []
    named = [street.witness(tmp_path / "w1", "w1", log)]
    log.grow(5)
    await asks(log, street, named, now, told).ask()
    other = Log(tmp_path / "other", kind=1)
    other.grow(5 + more)
    await asks(other, street, named, now, told).ask()
    assert other.fault is not None
    assert "5 entries" in other.fault


async def test_what_a_witness_says_wrongly_is_a_silence_and_no_fault(tmp_path: Path, street: Street) -> None:
    """Another key, a stranger to the log, an answer that is none, too large or too late."""

    def saying(status: int, body: bytes, wait_s: float = 0) -> Any:
        async def said(scope: Any, receive: Any, send: Any) -> None:
            await asyncio.sleep(wait_s)
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": body})

        return said

    log, now = Log(tmp_path / "log"), Clock()
    told: list[Any] = []
    stranger = Log(tmp_path / "stranger")
    stranger.signer = HeadSigner("stranger/trail/1", bytes(32))
    at_w5 = Cosigner("w5", bytes(32))
    named = [
        Named(Cosigner("w1", bytes(32)).key, street.witness(tmp_path / "w1", "w1", log).url),
        street.witness(tmp_path / "w2", "w2", stranger),
        *(Named(at_w5.key, f"http://w{number}") for number in range(3, 10)),
    ]
    street.houses |= {
        "w3": saying(200, b"<html>"),
        "w4": saying(200, b"x" * (ANSWER_BYTES_MAX + 1)),
        "w5": saying(409, b"many\n"),
        "w6": saying(409, b"3\n"),
        "w7": saying(302, b""),
        "w8": saying(500, b"\xff"),
        "w9": saying(200, b""),
    }
    log.grow(5)
    for one in named:
        asking, street.asked = asks(log, street, [one], now, told), []
        await asking.ask()
        assert asking.heard[0].problem
        assert len(street.asked) == (witnesses.TURNS_MAX if one.url == "http://w6" else len(street.asked))
        assert asking.heard[0].answered_at is None
    assert log.fault is None
    assert parse_note(str(log.files.newest_note())).signatures[1:] == ()


async def test_an_answer_that_does_not_come_is_not_waited_for(
    tmp_path: Path, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 0 < ANSWER_S_MAX <= witnesses.LOOK_S_MAX
    monkeypatch.setattr("sertantai.sealing.outside.outgoing.ANSWER_S_MAX", 0.01)

    async def never(*_: Any) -> None:
        await asyncio.Event().wait()

    street.houses["w1"] = never
    with pytest.raises(NoAnswer, match="in time"):
        await street.outgoing.post("http://w1/add-checkpoint", b"", "text/plain")
    log, now = Log(tmp_path / "log"), Clock()
    told: list[Any] = []
    log.grow(1)
    monkeypatch.setattr(witnesses, "LOOK_S_MAX", 0.01)
    monkeypatch.setattr("sertantai.sealing.outside.outgoing.ANSWER_S_MAX", 600)
    named = Named(Cosigner("w1", bytes(32)).key, "http://w1")
    await asks(log, street, [named], now, told).look()
    assert log.fault is None


async def test_each_is_asked_once_a_minute_at_most_and_each_hour(tmp_path: Path, street: Street) -> None:
    log, now = Log(tmp_path / "log"), Clock()
    told: list[Any] = []
    [named] = [street.witness(tmp_path / "w1", "w1", log)]
    asking = asks(log, street, [named], now, told)
    log.grow(1)
    assert log.head is not None
    assert asking._is_due(named, log.head), "the first head at once"
    await asking.ask()
    assert not asking._is_due(named, log.head)
    log.grow(1)
    now.at += EVERY_S - 1
    assert not asking._is_due(named, log.head)
    now.at += 1
    assert asking._is_due(named, log.head)
    await asking.ask()
    now.at += SIGNED_ANEW_S - 1
    assert not asking._is_due(named, log.head)
    now.at += 1
    assert asking._is_due(named, log.head)


async def test_what_was_cut_off_when_it_was_written_is_not_glued_to_what_comes(
    tmp_path: Path, street: Street
) -> None:
    log, now = Log(tmp_path / "log"), Clock()
    told: list[Any] = []
    named = [street.witness(tmp_path / "w1", "w1", log)]
    log.grow(2)
    await asks(log, street, named, now, told).ask()
    path = tmp_path / "log" / COSIGNED_FILE
    path.write_text(path.read_text() + path.read_text()[:30])
    (tmp_path / "log" / "witnesses").write_text('{"w')
    log.grow(2)
    await asks(log, street, named, now, told).ask()
    notes = path.read_text().split(HEAD_END)
    assert [parse_head(parse_note(one).text).size for one in notes[:-1]] == [2, 4]


async def test_it_asks_by_itself_once_there_is_a_head_and_goes_on_after_what_it_meets(
    tmp_path: Path, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witnesses, "LOOK_AROUND_S", 0.001)
    monkeypatch.setattr(witnesses, "EVERY_S", 0)
    log = Log(tmp_path / "log")
    told: list[Any] = []
    named = [street.witness(tmp_path / "w1", "w1", log)]
    asking = asks(log, street, named, Clock(), told)
    real, failed = asking.ask, asyncio.Event()

    async def fails_once(*whom: Any) -> None:
        monkeypatch.setattr(asking, "ask", real)
        failed.set()
        raise RuntimeError("the disk is full")

    await asking.look()
    monkeypatch.setattr(asking, "ask", fails_once)
    await asking.start()
    log.grow(3)
    async with asyncio.timeout(60):
        await failed.wait()
        await log.shown.wait()
    await asking.stop()
    assert (tmp_path / "log" / COSIGNED_FILE).exists()
    assert is_signed(parse_note(str(log.files.last_note())), log.signer.key, verifies)


def seen(log: Log, remembered: Remembered, cosigner: Cosigner, at: datetime) -> str:
    """A head that grew by one, with the signature of a witness who saw it then."""
    log.grow(1)
    note = str(log.files.last_note())
    whole = note + cosigner.line(parse_note(note).text, int(at.timestamp()))
    remembered.keep(whole)
    return whole


def test_what_witnesses_signed_is_thinned_as_heads_are(tmp_path: Path) -> None:
    log, cosigner = Log(tmp_path / "log"), Cosigner("w", bytes(32))
    remembered, now = Remembered(log.files), datetime(2026, 11, 30, 12, 30, tzinfo=UTC)
    ages = [40 * DAY, 40 * DAY - MINUTE, 2 * DAY, 2 * DAY - MINUTE, MINUTE, timedelta()]
    kept = [seen(log, remembered, cosigner, now - age) for age in ages]
    assert remembered.thin(now) == 2
    assert cosigned_notes(log.files.folder) == [kept[at] for at in (1, 3, 4, 5)]
    assert remembered.last_note() == kept[-1]
    assert remembered.thin(now) == 0
    assert cosigners_of(log.files.folder) == []


async def test_they_are_thinned_once_a_day_while_witnesses_are_asked(tmp_path: Path, street: Street) -> None:
    log, now = Log(tmp_path / "log"), Clock()
    named = [street.witness(tmp_path / "w1", "w1", log)]
    asking, cosigner = asks(log, street, named, now, []), Cosigner("w", bytes(32))
    now.at = datetime.now(UTC).timestamp()
    remembered, old = Remembered(log.files), datetime.now(UTC) - 40 * DAY
    for _ in range(2):
        seen(log, remembered, cosigner, old)
    await asking.ask()
    assert len(cosigned_notes(log.files.folder)) == 2, "one of the old day, and the newest"
    for _ in range(2):
        seen(log, remembered, cosigner, old)
    await asking.ask()
    assert len(cosigned_notes(log.files.folder)) == 5, "not again on the same day"
    now.at += THIN_EVERY_S
    await asking.ask()
    assert len(cosigned_notes(log.files.folder)) < 5
    await asking.stop()
