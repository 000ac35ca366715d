"""What a provider says of itself is asked seldom, and kept within bounds."""

from typing import Any

import pytest

from sertantai.accounts.providers import metadata
from sertantai.accounts.providers.errors import ProviderUnavailable
from sertantai.accounts.providers.fetching import Fetching
from sertantai.accounts.providers.metadata import (
    ENDPOINT_CHARACTERS_MAX,
    FAILED_FOR_S,
    GOOD_FOR_S,
    KEPT_MAX,
    KEYS_AGAIN_AFTER_S,
    KEYS_MAX,
    ProviderFacts,
)
from sertantai.core.clock import ManualClock

ISSUER = "https://login.example.org"


class Answers(Fetching):
    """Says what it is told to say, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.more: dict[str, Any] = {}
        self.keys: list[Any] = [{"kid": "one"}]
        self.is_away = False

    async def get(self, url: str, headers: object = None) -> dict[str, Any]:
        self.asked.append(url)
        if self.is_away:
            raise ProviderUnavailable("away")
        if url.endswith("/keys"):
            return {"keys": self.keys}
        issuer = url.removesuffix(metadata.WELL_KNOWN)
        ends = {"authorization_endpoint": "a", "token_endpoint": "t", "jwks_uri": "keys"}
        return {"issuer": issuer, **{name: f"{issuer}/{end}" for name, end in ends.items()}, **self.more}


async def test_it_is_asked_once_an_hour() -> None:
    answers, clock = Answers(), ManualClock()
    facts = ProviderFacts(answers, clock)
    for _ in range(3):
        assert (await facts.metadata(ISSUER)).token_endpoint == f"{ISSUER}/t"
    assert len(answers.asked) == 2
    clock.advance(GOOD_FOR_S + 1)
    await facts.metadata(ISSUER)
    assert len(answers.asked) == 4


async def test_where_there_is_no_answer_it_is_left_alone_for_a_moment() -> None:
    answers, clock = Answers(), ManualClock()
    facts, answers.is_away = ProviderFacts(answers, clock), True
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            await facts.metadata(ISSUER)
    assert len(answers.asked) == 1
    answers.is_away = False
    clock.advance(FAILED_FOR_S + 1)
    await facts.metadata(ISSUER)


async def test_a_key_that_is_not_known_is_asked_for_and_made_up_ones_not_each_time() -> None:
    answers, clock = Answers(), ManualClock()
    facts = ProviderFacts(answers, clock)
    assert await facts.keys(ISSUER, "one") == [{"kid": "one"}]
    answers.keys = [{"kid": "two"}]
    clock.advance(KEYS_AGAIN_AFTER_S + 1)
    assert await facts.keys(ISSUER, "two") == [{"kid": "two"}]
    asked = len(answers.asked)
    for number in range(5):
        await facts.keys(ISSUER, f"made up {number}")
    assert len(answers.asked) == asked


async def test_only_so_many_keys_and_providers_are_kept() -> None:
    answers = Answers()
    facts = ProviderFacts(answers, ManualClock())
    answers.keys = [{"kid": str(number)} for number in range(KEYS_MAX + 1)]
    assert len(await facts.keys(ISSUER, None)) == KEYS_MAX
    for number in range(KEPT_MAX):
        await facts.metadata(f"https://p{number}.example.org")
    asked = len(answers.asked)
    await facts.metadata("https://p1.example.org")
    assert len(answers.asked) == asked
    await facts.metadata(ISSUER)
    assert len(answers.asked) == asked + 2, "it was the longest unused one"


async def test_an_endpoint_is_an_address_of_some_length() -> None:
    answers = Answers()
    good = f"{ISSUER}/".ljust(ENDPOINT_CHARACTERS_MAX, "x")
    answers.more = {"token_endpoint": good}
    assert (await ProviderFacts(answers, ManualClock()).metadata(ISSUER)).token_endpoint == good
    answers.more = {"token_endpoint": f"{good}x"}
    with pytest.raises(ProviderUnavailable):
        await ProviderFacts(answers, ManualClock()).metadata(ISSUER)
