"""At each bound, and one beyond it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sertantai.core.ids import UserId
from sertantai.persons.given import FILES_MAX, KEPT_FOR, Given

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_the_oldest_file_goes_for_a_new_one_where_there_are_too_many(tmp_path: Path) -> None:
    given, people = Given(tmp_path), [UserId(uuid4()) for _ in range(FILES_MAX + 1)]
    for number, person in enumerate(people):
        file = given.new(person, person, NOW + timedelta(seconds=number))
        file.path.touch()
        if number >= FILES_MAX - 1:
            given.only(file)
            assert (given.of(people[0], people[0], NOW) is None) == (number == FILES_MAX)
    assert given.of(people[1], people[1], NOW) is not None


def test_a_file_is_there_for_seven_days_for_who_asked_and_nobody_else(tmp_path: Path) -> None:
    given, me, other = Given(tmp_path), UserId(uuid4()), UserId(uuid4())
    file = given.new(me, me, NOW)
    file.path.write_bytes(b"zip")
    assert file.size == 3
    last = NOW + KEPT_FOR - timedelta(seconds=1)
    assert given.find(me, file.id, last) == file == given.of(me, me, last)
    assert given.find(other, file.id, NOW) is given.of(other, me, NOW) is None
    given.sweep(last)
    assert file.path.exists()
    assert given.find(me, file.id, NOW + KEPT_FOR) is given.of(me, me, NOW + KEPT_FOR) is None
    given.sweep(NOW + KEPT_FOR)
    assert not file.path.exists()
    assert file.size == 0


def test_only_the_newest_of_one_pair_stays_and_what_is_not_ours_is_let_be(tmp_path: Path) -> None:
    given, me, other = Given(tmp_path), UserId(uuid4()), UserId(uuid4())
    files = [given.new(*pair, NOW) for pair in ((me, me), (other, me), (me, me))]
    foreign = files[0].path.with_name("notes.zip")
    for path in (*(file.path for file in files), foreign):
        path.touch()
    given.only(files[2])
    assert [file.path.exists() for file in files] == [False, True, True]
    given.forget(me)
    assert list(foreign.parent.iterdir()) == [foreign]
    assert foreign.parent.stat().st_mode & 0o777 == 0o700


def test_what_a_killed_process_left_goes_after_a_day(tmp_path: Path) -> None:
    given = Given(tmp_path)
    draft = given.new(UserId(uuid4()), UserId(uuid4()), NOW).path.with_name(".x.zip.unfinished")
    draft.touch()
    begun = datetime.fromtimestamp(draft.stat().st_mtime, UTC)
    given.sweep(begun + timedelta(hours=23))
    assert draft.exists()
    given.sweep(begun + timedelta(hours=25))
    assert not draft.exists()
