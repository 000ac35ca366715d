"""Arrays as texts hold what they are made of; what PostgreSQL reads in them, statements' own tests say."""

from datetime import UTC, datetime
from uuid import UUID

from sertantai.postgres.arrays import array_as_text, moments_as_text, new_ids_as_text, numbers_as_text


def test_arrays_as_texts() -> None:
    assert numbers_as_text([]) == "{}"
    assert numbers_as_text([7, 1, 2**31 - 1]) == "{7, 1, 2147483647}"
    assert moments_as_text([]) == "{}"
    assert moments_as_text([datetime(2026, 11, 30, 12, tzinfo=UTC)]) == "{2026-11-30T12:00:00+00:00}"
    assert array_as_text([]) == "{}"
    assert array_as_text([7, None]) == "{7,null}"
    assert array_as_text([UUID(int=1)]) == '{"00000000-0000-0000-0000-000000000001"}'
    assert array_as_text(["a", None, 'a "b" \\ \n']) == '{"a",null,"a \\"b\\" \\\\ \n"}'


def test_new_ids_are_of_version_7_and_follow_one_another() -> None:
    assert new_ids_as_text(0) == "{}"
    ids = [UUID(text) for text in new_ids_as_text(10_000)[1:-1].split(",")]
    assert len(set(ids)) == 10_000
    assert {(id.version, id.variant) for id in ids} == {(7, "specified in RFC 4122")}
    assert ids[:4096] == [UUID(int=ids[0].int + number) for number in range(4096)]
    assert ids[0].int >> 12 != UUID(new_ids_as_text(1)[1:-1]).int >> 12, "Two statements have two blocks."
