"""Which key a pack is believed by, when the one that somebody has is no longer the one that signs."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

import pytest

from sertantai.evidence import verify as verifier
from sertantai.evidence.verify import FALSE, TRUE, is_signed_by, verify
from tests.unit.evidence.key_stories import Story, stories
from tests.unit.evidence.mutants import files_of
from tests.unit.evidence.small_log import BESIDE, packed, small_log
from tests.unit.evidence.stamps import stamp, stamps_of

STORIES = stories()
AT = datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("story", STORIES, ids=[one.name for one in STORIES])
def test_what_a_pack_proves_after_its_key_changed(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "is_signed_by", lru_cache(is_signed_by))
    status, _, said = verify(
        story.pack, story.keys, witnesses=story.witnesses, stamps_checked=story.stamps_checked
    )
    assert (status, [line for line in said if story.said in line] != []) == (story.status, True), said


def test_time_stamps_are_of_heads_in_the_pack_and_say_when() -> None:
    log, lines = small_log()
    pack = packed(log, lines, beside=BESIDE | stamps_of(log, [2, 5], AT))
    status, _, said = verify(pack, [str(log.keys[0])])
    assert status == TRUE
    assert (
        "Time stamps: 2, each of the head beside it; that of 5 entries says 2026-03-01 10:00 UTC."
        in "".join(said)
    )
    assert any("openssl ts -verify -digest" in line for line in said[said.index("Not checked:") :])
    checked = verify(pack, [str(log.keys[0])], stamps_checked=True)[2]
    assert not any("openssl" in line for line in checked)
    assert not any("server's own clock" in line for line in said)


WRONG: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("of something else", lambda _: stamp(bytes(32), AT), "head"),
    ("refused", lambda digest: stamp(digest, AT, status=2), "form"),
    ("by another hash", lambda digest: stamp(digest, AT, algorithm=b"\6\1\1"), "form"),
    ("a short hash", lambda digest: stamp(digest[:20], AT), "form"),
    ("a time that is none", lambda digest: stamp(digest, AT).replace(b"20260301", b"20260230"), "form"),
    ("cut off", lambda digest: stamp(digest, AT)[:-1], "form"),
    ("no DER", lambda _: b"x" * 100, "form"),
    ("nothing", lambda _: b"", "form"),
    ("without end", lambda _: b"\x30\x80" * 1_000, "form"),
]


@pytest.mark.parametrize(("what", "made", "step"), WRONG, ids=[one[0] for one in WRONG])
def test_what_is_no_time_stamp_of_a_head_is_refused(
    what: str, made: Callable[[bytes], bytes], step: str
) -> None:
    log, lines = small_log()
    token = made(sha256(log.heads[1].encode()).digest())
    pack = packed(log, lines, beside=BESIDE | {"heads/2.tsr": token})
    assert verify(pack, [str(log.keys[0])])[:2] == (FALSE, step)


def test_a_signature_whose_last_bits_are_nobodys_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be the same signature, of a file that is another."""
    log, lines = small_log()
    files = dict(files_of(packed(log, lines)))
    monkeypatch.setattr(verifier, "unpacked", lambda _: files)
    assert verify(b"", [str(log.keys[0])])[0] == TRUE
    before, _, signature = files["head.txt"].decode().rstrip("\n").rpartition(" ")
    assert signature.endswith("=")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = f"{signature[:-2]}{letters[letters.index(signature[-2]) + 1]}="
    assert base64.b64decode(other) == base64.b64decode(signature)
    files["head.txt"] = f"{before} {other}\n".encode()
    assert verify(b"", [str(log.keys[0])])[:2] == (FALSE, "form")
