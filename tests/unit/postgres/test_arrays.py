"""Arrays as texts hold what they are made of; what PostgreSQL reads in them, statements' own tests say."""

from datetime import UTC, datetime

from sertantai.postgres.arrays import moments_as_text, numbers_as_text


def test_arrays_as_texts() -> None:
    assert numbers_as_text([]) == "{}"
    assert numbers_as_text([7, 1, 2**31 - 1]) == "{7, 1, 2147483647}"
    assert moments_as_text([]) == "{}"
    assert moments_as_text([datetime(2026, 11, 30, 12, tzinfo=UTC)]) == "{2026-11-30T12:00:00+00:00}"
