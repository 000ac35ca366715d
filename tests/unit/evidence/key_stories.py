"""Packs of logs whose key changed: vouched for, lost, recovered, compromised; and what each proves."""

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sertantai.core.sealing.notes import COSIGNATURE, ED25519
from sertantai.core.sealing.recovery import recovery_name, vouched_text
from sertantai.evidence.packing import Line
from sertantai.evidence.verify import CANNOT_TELL, FALSE, TRUE
from tests.unit.evidence.small_log import BESIDE, ORIGIN, Signer, SmallLog, packed
from tests.unit.evidence.stamps import stamps_of

OLD, NEW, OTHER = (Signer(ORIGIN, ED25519, seed) for seed in (1, 2, 3))
PAPER, PAPER_AFTER = (Signer(recovery_name(ORIGIN), ED25519, seed) for seed in (21, 22))
WITNESS, STRANGER = (Signer(f"witness.example/{seed}", COSIGNATURE, seed) for seed in (7, 8))


class Story(NamedTuple):
    """``keys``, ``witnesses`` and ``stamps_checked``: what is given to whoever checks; ``said``: a part of a
    sentence."""

    name: str
    pack: bytes
    keys: list[str]
    witnesses: list[str]
    status: int
    said: str
    stamps_checked: bool = False


class KeyLog:
    """A log whose entries are a law each, and all that it tells of its keys."""

    def __init__(self, *witnesses: Signer) -> None:
        self.witnesses = list(witnesses)
        self.log = SmallLog([OLD, *witnesses])
        self.log.ever = [signer.key for signer in (OLD, *witnesses)]
        self.lines: list[Line] = []
        self.changes = 0
        self.beside = dict(BESIDE)

    def change(self) -> "KeyLog":
        self.changes += 1
        self.lines.append(self.log.change([("select", self.changes, None)]))
        return self

    def tell(self, **body: Any) -> "KeyLog":
        self.lines.append(self.log.notice("key", body))
        return self

    def sign(self, *signers: Signer, witnessed: bool = True) -> "KeyLog":
        """From now on these sign."""
        self.log.signers = [*signers, *(self.witnesses if witnessed else ())]
        self.log.ever += [one.key for one in signers if one.key not in self.log.ever]
        return self

    def pack(self) -> bytes:
        return packed(self.log, self.lines, heads=range(1, len(self.log.leaves) + 1), beside=self.beside)

    def stamp(self) -> "KeyLog":
        """An authority stamps the newest head."""
        at = datetime.fromtimestamp(self.log.at / 1_000_000, UTC)
        self.beside |= stamps_of(self.log, [len(self.log.leaves)], at)
        return self


def recovered(new: Signer, paper: Signer = PAPER, seed: int = 21) -> dict[str, str]:
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    signature = base64.b64encode(private.sign(vouched_text(str(new.key)))).decode()
    return {"key": str(new.key), "signature": signature, "vouched_for": str(paper.key)}


def rotated() -> KeyLog:
    story = KeyLog().change().tell(key=str(NEW.key), vouched_for=str(OLD.key))
    return story.sign(OLD, NEW).change().sign(NEW).change()


def lost(*witnesses: Signer) -> KeyLog:
    story = KeyLog(*witnesses).tell(recovery=str(PAPER.key)).change()
    return story.sign(NEW).tell(key=str(NEW.key), vouched_for="nobody").change()


def leaked(*, witnessed: bool, vouched: bool) -> KeyLog:
    story = KeyLog(WITNESS).tell(recovery=str(PAPER.key)).change()
    since = story.log.at
    story.log.at += 86_400_000_000
    story.sign(OLD, witnessed=witnessed).change()
    story.tell(compromised=since, key=str(NEW.key), vouched_for=str(OLD.key))
    story.sign(NEW)
    return (story.tell(**recovered(NEW)) if vouched else story).change()


def stamped(late: bool = False) -> KeyLog:
    """A key that leaked a minute after its head was stamped, or a minute before."""
    story = KeyLog().tell(recovery=str(PAPER.key)).change().stamp()
    since = story.log.at + (-60_000_000 if late else 60_000_000)
    story.tell(compromised=since, key=str(NEW.key), vouched_for=str(OLD.key)).sign(NEW)
    return story.tell(**recovered(NEW)).change()


def told_later() -> KeyLog:
    """That a key leaked before another one followed it: told once that one signed, without a third."""
    story = rotated()
    return story.tell(compromised=story.log.at - 600_000_000, vouched_for=str(OLD.key)).change()


def of(
    name: str,
    made: Callable[[], KeyLog],
    key: Signer,
    status: int,
    said: str,
    witnesses: Sequence[Signer] = (),
    *,
    stamps_checked: bool = False,
) -> Story:
    trusted = [str(one.key) for one in witnesses]
    return Story(name, made().pack(), [str(key.key)], trusted, status, said, stamps_checked)


def superseded() -> KeyLog:
    story = KeyLog().tell(recovery=str(PAPER.key)).tell(recovery=str(PAPER_AFTER.key)).change()
    story.sign(NEW).tell(key=str(NEW.key), vouched_for="nobody")
    return story.tell(**recovered(NEW)).change()


def told_too_late() -> KeyLog:
    """Of a recovery key that nobody heard of while the old key signed."""
    story = KeyLog().change().sign(NEW).tell(key=str(NEW.key), vouched_for="nobody")
    return story.tell(recovery=str(PAPER.key)).tell(**recovered(NEW)).change()


def forged() -> KeyLog:
    """With a signature that is another key's."""
    return lost().tell(**(recovered(NEW) | {"signature": recovered(OTHER)["signature"]})).change()


def untold() -> KeyLog:
    return KeyLog().change().sign(NEW).change()


def after_a_leak_by_the_old_one() -> KeyLog:
    """What somebody signs who has the key now, told in a log that told of the leak."""
    story = leaked(witnessed=False, vouched=False)
    return story.sign(OLD, witnessed=False).change()


def stories() -> list[Story]:
    leak = datetime.fromtimestamp(leaked(witnessed=True, vouched=True).lines[3].entry.at / 1e6, UTC)
    assert leak.year == 2026
    return [
        of("vouched for", rotated, OLD, TRUE, "a key that follows from the one you gave"),
        of("vouched for, by today's", rotated, NEW, TRUE, "is signed with the key you gave"),
        of("lost", lost, OLD, CANNOT_TELL, "as the one before was lost: ask the operator in person"),
        of("lost, by today's", lost, NEW, TRUE, "is signed with the key you gave"),
        of(
            "lost, and a witness saw both",
            lambda: lost(WITNESS),
            OLD,
            CANNOT_TELL,
            "witness.example/7+",
            [WITNESS],
        ),
        of(
            "recovered",
            lambda: lost().tell(**recovered(NEW)).change(),
            OLD,
            TRUE,
            "by the recovery key, in entry 4",
        ),
        of("another recovery key told since", superseded, OLD, CANNOT_TELL, "Nobody vouched"),
        of("a recovery key told too late", told_too_late, OLD, CANNOT_TELL, "Nobody vouched"),
        of("a recovery key's signature of another", forged, OLD, CANNOT_TELL, "Nobody vouched"),
        of("untold", untold, OLD, FALSE, "not signed with the key, nor with one that follows"),
        of(
            "leaked, seen before and recovered",
            lambda: leaked(witnessed=True, vouched=True),
            OLD,
            TRUE,
            "the recovery key",
            [WITNESS],
        ),
        of(
            "leaked, seen by somebody else",
            lambda: leaked(witnessed=True, vouched=True),
            OLD,
            CANNOT_TELL,
            "the one that did may be somebody else's",
            [STRANGER],
        ),
        of(
            "leaked, no witness given",
            lambda: leaked(witnessed=True, vouched=True),
            OLD,
            CANNOT_TELL,
            "the others count for nothing",
        ),
        of(
            "leaked, seen, not recovered",
            lambda: leaked(witnessed=True, vouched=False),
            OLD,
            CANNOT_TELL,
            "the one that did may be somebody else's",
            [WITNESS],
        ),
        of("leaked, stamped before", stamped, OLD, TRUE, "the recovery key", stamps_checked=True),
        of("leaked, stamped before, nobody checked", stamped, OLD, CANNOT_TELL, "openssl ts -verify -digest"),
        of(
            "leaked, stamped after",
            lambda: stamped(late=True),
            OLD,
            CANNOT_TELL,
            "the one that did may be",
            stamps_checked=True,
        ),
        of(
            "leaked, by today's key",
            lambda: leaked(witnessed=True, vouched=False),
            NEW,
            TRUE,
            "of 4 heads that it signed, 2 were seen before",
            [WITNESS],
        ),
        of("leaked, told later", told_later, OLD, CANNOT_TELL, "the one that did may be somebody else's"),
        of("leaked, told later, by today's key", told_later, NEW, TRUE, "0 were seen before"),
        of(
            "leaked, and signed with it after that",
            after_a_leak_by_the_old_one,
            OLD,
            CANNOT_TELL,
            "ask the operator for the key of today",
        ),
    ]
