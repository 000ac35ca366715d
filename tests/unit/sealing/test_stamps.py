"""The last head of each day is stamped by an authority, a real one; one that is away holds nothing up."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from sertantai.core.errors import InvalidInput
from sertantai.core.sealing.notes import COSIGNATURE
from sertantai.evidence.kept_heads import STAMPS_MAX, all_heads_for, stamps_for
from sertantai.evidence.packing import head_of
from sertantai.evidence.verify import TRUE, stamp_of, verify
from sertantai.sealing.outside import stamps, tokens
from sertantai.sealing.outside.heard import SILENT_S
from sertantai.sealing.outside.outgoing import NoAnswer, Outgoing
from sertantai.sealing.outside.stamped import STAMPED_FILE, Stamped, stamping_in, token_path
from sertantai.sealing.outside.stamps import AGAIN_S, URL_CHARACTERS_MAX, TimeStamps, require_tsa_url
from sertantai.sealing.outside.tokens import NOT_INSTALLED, query_for, require_answer
from tests.fixtures.time_stamps import Authority, authority
from tests.unit.evidence.small_log import BESIDE, Signer, packed, small_log
from tests.unit.sealing.test_witnesses import Clock, Log

DAY = 86_400.0


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("authority") / "tsa") as made:
        yield made


@pytest.fixture
def now(tsa: Authority) -> Clock:
    tsa.away = False
    clock = Clock()
    clock.at = datetime.now(UTC).replace(hour=12).timestamp()
    return clock


def asks(log: Log, tsa: Authority, now: Clock, told: list[Any]) -> TimeStamps:
    return TimeStamps(log.files, tsa.url, lambda *said: told.append(said), now)


class HeadsAt(Log):
    """Whose heads are signed when a test says."""

    def grown(self, count: int, at: float) -> str:
        before = self.files.size
        self.grow_only(count)
        assert self.files.size == before + count
        note = self.signer.sign(self.head_now())
        self.files.keep_head(note, datetime.fromtimestamp(at, UTC))
        return note

    def grow_only(self, count: int) -> None:
        before = self.files.size
        fresh = range(before, before + count)
        self.files.append([n.to_bytes(32) for n in fresh], [(n + 1, 0) for n in fresh], [])

    def head_now(self) -> Any:
        from sertantai.core.sealing.notes import Head

        return Head(self.signer.key.name, self.files.size, self.files.root(self.files.size))


async def test_the_first_head_and_then_the_last_of_each_day_are_stamped(
    tmp_path: Path, tsa: Authority, now: Clock
) -> None:
    log = HeadsAt(tmp_path / "log")
    asking = asks(log, tsa, now, [])
    assert not await asking.stamp_what_is_due(), "there is no head yet"
    first = log.grown(3, now.at)
    assert await asking.stamp_what_is_due()
    assert not await asking.stamp_what_is_due()
    log.grown(2, now.at + 60)
    last = log.grown(2, now.at + 120)
    assert not await asking.stamp_what_is_due(), "the day is not over"
    now.at += DAY
    log.grown(1, now.at)
    again = asks(log, tsa, now, [])
    assert await again.stamp_what_is_due()
    assert not await again.stamp_what_is_due(), "one a day, also after a restart"
    await asking.stop()
    await again.stop()

    kept = (log.files.folder / STAMPED_FILE).read_text()
    assert kept == f"{first}---\n{last}---\n"
    for note in (first, last):
        token = token_path(log.files.folder, head_of(note).size)
        digest = sha256(note.encode())
        found, at = stamp_of(token.read_bytes(), "it")
        assert found == digest.digest()
        assert abs(at - datetime.now(UTC).timestamp()) < 3_600
        assert tsa.is_true(token, digest.hexdigest())
    assert again.heard.size == 7
    assert again.heard.problem is None


async def test_an_authority_that_is_away_is_told_of_after_a_day_and_again_only_after_an_answer(
    tmp_path: Path, tsa: Authority, now: Clock
) -> None:
    log, told = HeadsAt(tmp_path / "log"), list[Any]()
    asking = asks(log, tsa, now, told)
    log.grown(1, now.at)
    tsa.away, before = True, tsa.asked
    assert not await asking.stamp_what_is_due()
    assert not await asking.stamp_what_is_due()
    assert tsa.asked == before + 1, "not each time that it looks around"
    assert (asking.heard.problem, asking.heard.is_silent, told) == ("it answers 503", False, [])
    now.at += SILENT_S
    again = asks(log, tsa, now, told)
    assert again.heard.is_silent, "a restart hides it not"
    assert not await again.stamp_what_is_due()
    now.at += AGAIN_S
    assert not await again.stamp_what_is_due()
    assert told == [(again.heard.name, "it answers 503")]
    tsa.away = False
    now.at += AGAIN_S
    assert await again.stamp_what_is_due()
    assert (again.heard.problem, again.heard.is_silent) == (None, False)
    await asking.stop()
    await again.stop()


def answers(body: bytes) -> Outgoing:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return Outgoing(httpx.ASGITransport(app))


async def test_what_is_no_answer_to_the_question_is_a_silence(
    tmp_path: Path, tsa: Authority, now: Clock
) -> None:
    log = HeadsAt(tmp_path / "log")
    log.grown(1, now.at)
    other = tsa.answer(query_for(b"something else").body)
    same = query_for(str(log.files.last_note()).encode())
    refused = tsa.answer(b"\x30\x03\x02\x01\x01")
    for body, problem in (
        (other, "it has stamped something else"),
        (tsa.answer(same.body), "its answer is to another question"),
        (refused, "it refuses, with status 2"),
        (b"", "its answer is no time stamp"),
        (b"<html>", "its answer is no time stamp"),
    ):
        asking = TimeStamps(log.files, tsa.url, now=now, outgoing=answers(body))
        assert not await asking.stamp_what_is_due()
        assert asking.heard.problem == problem
        await asking.stop()
    assert stamping_in(log.files.folder).size == 0
    require_answer(same, tsa.answer(same.body))
    with pytest.raises(NoAnswer):
        require_answer(same, other)


async def test_without_the_package_it_says_in_a_sentence_what_is_missing(
    tmp_path: Path, tsa: Authority, now: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (stamps, tokens):
        monkeypatch.setattr(module, "can_stamp", lambda: False)
    log = HeadsAt(tmp_path / "log")
    log.grown(1, now.at)
    asking = asks(log, tsa, now, [])
    await asking.start()
    assert not await asking.stamp_what_is_due()
    assert str(asking.heard.problem) in NOT_INSTALLED
    await asking.stop()


def test_an_address_is_one_or_is_refused() -> None:
    long = "https://tsa.example/" + "x" * (URL_CHARACTERS_MAX - len("https://tsa.example/"))
    for url in ("https://tsa.example/tsr", "http://tsa.example:8080/x?y=z", long):
        assert require_tsa_url(url) == url
    for url in (
        "",
        "tsa.example",
        "ftp://tsa.example",
        "https://user:secret@tsa.example",
        "https://é",
        long + "x",
    ):
        with pytest.raises(InvalidInput):
            require_tsa_url(url)


def test_a_pack_has_time_stamps_beside_its_heads_and_the_verifier_reads_them(
    tmp_path: Path, tsa: Authority
) -> None:
    witness = Signer("witness.example/1", COSIGNATURE, 7)
    log, lines = small_log(signers=[small_log()[0].signers[0], witness])
    folder = tmp_path / "log"
    kept = Stamped(HeadsAt(folder).files)
    (folder / "heads").write_text("")
    for size in (1, 4, 9):
        text, _, signatures = log.heads[size - 1].partition("\n\n")
        note = f"{text}\n\n{signatures.splitlines()[0]}\n"
        kept.keep(note, tsa.answer(query_for(note.encode()).body), 1.0)
    heads = all_heads_for(folder, lines, 10, log.keys)
    files = stamps_for(folder, heads)
    assert list(files) == ["heads/9.tsr"], "the first that was stamped after what the pack is about"
    sizes = [9]
    pack = packed(log, lines, heads=sizes, beside=BESIDE | files)
    status, _, said = verify(pack, [str(log.keys[0])])
    assert status == TRUE, said
    assert any(f"Time stamps: {len(files)}," in line for line in said)
    [command] = [line for line in said if "openssl ts -verify" in line]
    digest = command.split("-digest ")[1].split()[0]
    assert tsa.is_true(token_path(folder, sizes[-1]), digest), "what the sentence says to run"


def test_a_pack_has_no_more_time_stamps_than_it_may(tmp_path: Path) -> None:
    log = HeadsAt(tmp_path / "log")
    notes = [log.grown(1, 1.7e9 + at) for at in range(STAMPS_MAX + 1)]
    kept = Stamped(log.files)
    for note in notes:
        kept.keep(note, b"token", 1.0)
    assert len(stamps_for(log.files.folder, notes[:STAMPS_MAX])) == STAMPS_MAX
    some = stamps_for(log.files.folder, notes)
    assert len(some) <= STAMPS_MAX
    assert f"heads/{STAMPS_MAX + 1}.tsr" in some, "the newest is among them"
