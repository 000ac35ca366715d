"""What pasted lines mean: certain, to be chosen, or not there; never guessed, never hidden."""

import asyncio
from uuid import UUID

import pytest

from sertantai.core.errors import TooLarge, Unavailable
from sertantai.core.ids import UserId
from sertantai.lists.importing import matching as matching_citations
from sertantai.lists.importing.lines import ImportItem
from sertantai.lists.importing.matching import AT_ONCE_MAX, CANDIDATES_MAX, Match, Matching, match
from sertantai.process.under_way import UnderWay, Work, WorkState
from tests.unit.records.small_register import Law, catalogue_of

ACTS = [
    Law(1, "UK_ukpga_1974_37", "Health and Safety at Work etc. Act", "ukpga", 1974, "37"),
    Law(2, "UK_uksi_2002_2677", "The Control of Substances Regulations", "uksi", 2002, "2677"),
    Law(3, "UK_nisr_2002_2677", "The Control of Substances Regulations", "nisr", 2002, "2677"),
]
MANY = [
    Law(number, f"UK_uksi_2020_{number}", f"The Coastal Order {number}", "uksi", 2020, str(number))
    for number in range(100, 100 + 3 * CANDIDATES_MAX)
]
CATALOGUE = catalogue_of([*ACTS, *MANY])
WHO = UserId(UUID(int=1))


def meant(*texts: str) -> Match:
    return match(CATALOGUE, ImportItem(1, texts))


def test_an_id_a_name_a_link_a_citation_and_a_whole_title_are_certain() -> None:
    for text in (
        str(ACTS[0].id),
        "UK_ukpga_1974_37",
        "https://www.legislation.gov.uk/ukpga/1974/37",
        "1974 c. 37",
        "health and safety at work ETC act",
    ):
        found = meant(text)
        assert (found.found, list(found.candidates), found.possible) == ("matched", [1], 1), text


def test_a_title_of_two_laws_is_to_be_chosen() -> None:
    found = meant("Control of Substances Regulations")
    assert (found.found, set(found.candidates), found.possible) == ("ambiguous", {2, 3}, 2)


def test_words_of_many_laws_are_to_be_chosen_with_how_many_there_are() -> None:
    found = meant("coastal order")
    assert found.found == "ambiguous"
    assert list(found.candidates) == [law.record_no for law in MANY[:CANDIDATES_MAX]]
    assert found.possible == len(MANY)


def test_what_no_law_is_called_is_missing() -> None:
    assert meant("The Unwritten Act") == Match(ImportItem(1, ("The Unwritten Act",)), "missing")
    assert meant("…").found == "missing"


def test_the_next_text_decides_where_the_surest_finds_nothing() -> None:
    found = meant("5f0f0a1c-0000-4000-8000-000000000000", "1974 c. 37")
    assert (found.found, list(found.candidates)) == ("matched", [1])


def test_a_law_that_the_register_lacks_is_not_the_one_that_another_field_names() -> None:
    found = meant("UK_uksi_1900_1", "1974 c. 37")
    assert (found.found, list(found.candidates)) == ("ambiguous", [1])


def items(*texts: str) -> list[ImportItem]:
    return [ImportItem(line, (text,)) for line, text in enumerate(texts, 1)]


async def test_the_same_line_again_is_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    def counted(_catalogue: object, item: ImportItem, _own: object) -> Match:
        looked.append(item.line)
        return Match(item, "missing")

    monkeypatch.setattr(matching_citations, "match", counted)
    found = await Matching(UnderWay()).match_all(CATALOGUE, items("a", "b", "a", "a"), who=WHO)
    assert looked == [1, 2]
    assert [one.item.line for one in found] == [1, 2, 3, 4]


async def test_a_text_that_takes_too_long_is_given_up_and_others_are_served_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matching_citations, "TURN_S_MAX", 0.0)
    monkeypatch.setattr(matching_citations, "WORK_S_MAX", 0.0)
    with pytest.raises(TooLarge, match="only 1 of 2 lines"):
        await Matching(UnderWay()).match_all(CATALOGUE, items("a", "b"), who=WHO)

    monkeypatch.setattr(matching_citations, "WORK_S_MAX", 60.0)
    others = 0

    async def other() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    served = asyncio.create_task(other())
    many = items(*(f"coastal order {number}" for number in range(50)))
    await Matching(UnderWay()).match_all(CATALOGUE, many, who=WHO)
    served.cancel()
    assert others >= 50


async def test_more_than_may_wait_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching_citations, "TURN_S_MAX", 0.0)
    monkeypatch.setattr(matching_citations, "WAITING_MAX", 1)
    matching = Matching(UnderWay())
    texts = items("a", "b", "c")
    answers = await asyncio.gather(
        *(matching.match_all(CATALOGUE, texts, who=WHO) for _ in range(AT_ONCE_MAX + 2)),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert len(refused) == 1
    assert len(await matching.match_all(CATALOGUE, texts, who=WHO)) == 3


async def test_beyond_a_bound_ambiguous_lines_only_say_how_many_they_may_mean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matching_citations, "OFFERED_MAX", CANDIDATES_MAX + 1)
    first, second, certain = await Matching(UnderWay()).match_all(
        CATALOGUE, items("coastal order", "the coastal", "1974 c. 37"), who=WHO
    )
    assert len(first.candidates) == CANDIDATES_MAX
    assert (list(second.candidates), second.possible) == ([], len(MANY))
    assert list(certain.candidates) == [1]


async def test_a_search_of_several_turns_tells_how_far_it_is_and_one_of_a_moment_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[Work] = []
    under_way = UnderWay()
    under_way.listeners.append(lambda _whose, work: told.append(work))
    matching = Matching(under_way)
    monkeypatch.setattr(matching_citations, "TURN_S_MAX", 60.0)
    await matching.match_all(CATALOGUE, items("1974 c. 37"), who=WHO)
    assert not told
    monkeypatch.setattr(matching_citations, "TURN_S_MAX", 0.0)
    await matching.match_all(CATALOGUE, items("a", "b"), who=WHO)
    assert [(one.state, one.done, one.of) for one in told] == [
        (WorkState.RUNNING, 1, 2),
        (WorkState.RUNNING, 2, 2),
        (WorkState.DONE, None, None),
    ]
