"""What is in the log is not taken a second time, whatever the database lists."""

from uuid import UUID

from sertantai.sealing.sealed_notices import SealedNotices

WENT, BEFORE, LISTED = UUID(int=1), UUID(int=2), UUID(int=3)


def test_what_went_by_retention_is_known_when_an_older_database_brings_it_back() -> None:
    notices = SealedNotices(2)
    for id in (BEFORE, WENT, LISTED):
        notices.add(id)
    notices.keep([LISTED.bytes])
    assert not notices.is_behind(WENT.bytes)
    assert notices.is_behind(BEFORE.bytes), "Of no more than the newest: what is before never comes again."
    assert notices.count == 3


def test_what_is_put_back_or_is_anothers_is_not_behind() -> None:
    notices = SealedNotices(2)
    notices.are_put_back([WENT])
    notices.are_others([LISTED.bytes])
    assert not notices.is_behind(WENT.bytes)
    assert not notices.is_behind(LISTED.bytes)
    assert WENT.bytes not in notices
    notices.begin_anew()
    assert notices.is_behind(LISTED.bytes)
    assert not notices.is_behind(WENT.bytes)
