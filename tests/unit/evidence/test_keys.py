"""Which key a pack is believed by, when the one that somebody has is no longer the one that signs."""

from functools import lru_cache

import pytest

from sertantai.evidence import verify as verifier
from sertantai.evidence.verify import is_signed_by, verify
from tests.unit.evidence.key_stories import Story, stories

STORIES = stories()


@pytest.mark.parametrize("story", STORIES, ids=[one.name for one in STORIES])
def test_what_a_pack_proves_after_its_key_changed(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "is_signed_by", lru_cache(is_signed_by))
    status, _, said = verify(story.pack, story.keys, witnesses=story.witnesses)
    assert (status, [line for line in said if story.said in line] != []) == (story.status, True), said
