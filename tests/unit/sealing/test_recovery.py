"""A recovery key as it is put on paper, and as somebody types it years later."""

import secrets

import pytest

from sertantai.core.sealing.recovery import PAPER_CHARACTERS_MAX, NotAPaperKey, from_paper, on_paper

SEED = bytes(range(32))
PAPER = on_paper(SEED)


def test_it_comes_back_however_it_is_typed() -> None:
    assert len(PAPER) == 69
    for text in (PAPER, PAPER.lower(), PAPER.replace("-", ""), f"  {PAPER.replace('-', ' ')}\n"):
        assert from_paper(text) == SEED
    seed = secrets.token_bytes(32)
    assert from_paper(on_paper(seed)) == seed


def test_each_letter_that_is_another_one_is_noticed() -> None:
    for at, letter in enumerate(PAPER):
        if letter != "-":
            other = "A" if letter != "A" else "B"
            with pytest.raises(NotAPaperKey, match="one of its letters is another"):
                from_paper(PAPER[:at] + other + PAPER[at + 1 :])


@pytest.mark.parametrize("text", ["", "A", PAPER[:-1], PAPER[:-5], PAPER + "A", "1" * 56, "é" * 56])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(NotAPaperKey):
        from_paper(text)


def test_it_is_not_read_without_end() -> None:
    assert from_paper(PAPER + " " * (PAPER_CHARACTERS_MAX - len(PAPER))) == SEED
    with pytest.raises(NotAPaperKey, match="too long"):
        from_paper(PAPER + " " * (PAPER_CHARACTERS_MAX + 1 - len(PAPER)))
