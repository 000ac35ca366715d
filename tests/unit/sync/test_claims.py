"""Which of several servers with one journal may write."""

from uuid import uuid4

import pytest

from sertantai.sync.claims import Claim, Overtaken, claimed

MINE, OTHERS = uuid4(), uuid4()


def test_who_begins_has_the_newest_claim() -> None:
    assert claimed(Claim(0, MINE), Claim(0, None)) == Claim(1, MINE)
    assert claimed(Claim(0, MINE), Claim(4, OTHERS)) == Claim(5, MINE)


def test_who_has_it_keeps_it_also_where_the_answer_to_claiming_was_lost() -> None:
    assert claimed(Claim(5, MINE), Claim(5, MINE)) == Claim(5, MINE)
    assert claimed(Claim(0, MINE), Claim(5, MINE)) == Claim(5, MINE)


def test_who_began_before_is_overtaken() -> None:
    with pytest.raises(Overtaken):
        claimed(Claim(5, MINE), Claim(6, OTHERS))
    with pytest.raises(Overtaken):  # both claims were lost, and the other was the first to claim again
        claimed(Claim(5, MINE), Claim(5, OTHERS))


def test_a_database_that_has_lost_the_claim_is_told_again() -> None:
    assert claimed(Claim(5, MINE), Claim(4, OTHERS)) == Claim(5, MINE)
    assert claimed(Claim(5, MINE), Claim(0, None)) == Claim(5, MINE)
