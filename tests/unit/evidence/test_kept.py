"""Packs that wait to be fetched."""

import time
from uuid import UUID

import pytest

from sertantai.core.errors import TooLarge
from sertantai.core.ids import UserId
from sertantai.evidence import kept
from sertantai.evidence.kept import BYTES_MAX, PACKS_MAX, KeptPacks
from sertantai.evidence.packs import Made

ANN, BEN = UserId(UUID(int=2)), UserId(UUID(int=3))


def made(data: bytes = b"x") -> Made:
    return Made(data, 1, "example.org/trail/1", 5)


def test_a_pack_is_fetched_by_whoever_had_it_made_and_nobody_else() -> None:
    packs = KeptPacks()
    id = packs.keep(ANN, made(b"ann's"))
    assert packs.of(ANN, id) == made(b"ann's")
    assert packs.of(BEN, id) is None
    assert packs.of(ANN, UUID(int=9)) is None


def test_after_an_hour_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    packs = KeptPacks()
    id, now = packs.keep(ANN, made()), time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + kept.KEPT_FOR_S + 1)
    assert packs.of(ANN, id) is None


def test_bounds_of_kept_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """`PACKS_MAX` of kept, and `BYTES_MAX`: the oldest go, and one that is too large never comes."""
    packs = KeptPacks()
    ids = [packs.keep(ANN, made()) for _ in range(PACKS_MAX + 1)]
    assert [packs.of(ANN, id) is None for id in ids] == [True] + [False] * PACKS_MAX
    assert BYTES_MAX == 64 << 20
    monkeypatch.setattr(kept, "BYTES_MAX", 10)
    packs = KeptPacks()
    ids = [packs.keep(ANN, made(b"12345")) for _ in range(3)]
    assert [packs.of(ANN, id) is None for id in ids] == [True, False, False]
    packs.keep(ANN, made(b"1234567890"))
    with pytest.raises(TooLarge):
        packs.keep(ANN, made(b"12345678901"))
